"""How each framework loads a release, in one line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework.

    Attributes:
        name: As its makers write it.
        pictures: The function that loads pictures.
        volumes: The function that loads volumes.
        has_split: Whether they take a split; otherwise they give training and validation at once.
    """

    name: str
    pictures: str
    volumes: str
    has_split: bool = True

    def of_pictures(self, modality: str, split: str, source: str | None = None) -> str:
        """Return the line that loads pictures.

        >>> Framework("NumPy", "load", "numpy.volumes").of_pictures("xray", "train", "clinic")
        'c19.load("xray", "train", sources="clinic")'
        """
        return self._call(self.pictures, modality, split, source)

    def of_volumes(self, split: str, source: str | None = None) -> str:
        """Return the line that loads volumes."""
        if self.volumes == self.pictures:
            return f"{self._call(self.volumes, 'ct', split, source)[:-1]}, volumes=True)"
        return self._call(self.volumes, "ct", split, source)

    def _call(self, function: str, modality: str, split: str, source: str | None) -> str:
        words = [f'"{modality}"', *([f'"{split}"'] if self.has_split else [])]
        named = [f'sources="{source}"'] if source else []
        return f"c19.{function}({', '.join([*words, *named])})"


FRAMEWORKS = (
    Framework("NumPy", "load", "numpy.volumes"),
    Framework("PyTorch", "torch.dataset", "torch.dataset"),
    Framework("TensorFlow, Keras", "tensorflow.dataset", "tensorflow.volumes"),
    Framework("fastai", "fastai.dataloaders", "fastai.volumes", has_split=False),
    Framework("Hugging Face", "huggingface.dataset", "huggingface.volumes"),
    Framework("JAX", "jax.batches", "jax.volumes"),
    Framework("WebDataset", "webdataset.dataset", "webdataset.volumes"),
    Framework("MONAI", "monai.dataset", "monai.volumes"),
)
