"""The duplicate engine: features propose pairs, geometry decides about them."""
