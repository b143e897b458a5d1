"""Shortcuts: what a model could learn of a set of pictures instead of the lungs."""
