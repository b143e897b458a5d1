"""What a hostile or broken upstream may send, made by code, and one night over all of it."""
