"""Decoders of the image formats upstreams publish; only `covid19_images.images.decode` calls them."""
