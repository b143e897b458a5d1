"""A selection of images: labels, augmentation, overviews, and folders that `organize` writes."""
