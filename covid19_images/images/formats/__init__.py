"""Decoders of image formats; only `covid19_images.images.decode` calls them."""
