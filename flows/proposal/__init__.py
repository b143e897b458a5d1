"""What a pull request carries: the new files and pins, and the words that explain them."""
