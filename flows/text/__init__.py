"""Text that people read: escaped, in the plural, sampled. It knows nothing of the rest."""
