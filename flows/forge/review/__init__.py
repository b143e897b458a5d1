"""What to do with a proposal, from what a forge shows of it as plain values."""
