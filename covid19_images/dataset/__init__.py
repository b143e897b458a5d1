"""What loaders start from: a selection of images, labels, augmentation, overviews."""
