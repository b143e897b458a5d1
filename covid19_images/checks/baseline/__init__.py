"""A small model that anybody can beat, and what its figures are worth."""

NOT_MEANT = (
    "These figures say how much of the labels a small model finds in the pictures of this release, "
    "with all habits of their sources; they do not mean that it recognises COVID-19, nor that a "
    "model with higher ones is of any use to a patient."
)
"""What nobody may read into the figures; printed wherever they are."""
