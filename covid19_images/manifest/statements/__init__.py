"""What sources say of one picture, and where they contradict each other."""
