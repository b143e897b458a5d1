"""Train a small network in PyTorch, from nothing: no weights to download, and nothing is tuned.

It is seeded, adds up on one thread and in one order, so it comes out the same to the last bit.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.baseline.frozen import Levels, Matrix
from covid19_images.dataset.arguments import SelectionError

SEED = 17
_SIDE_PX = 64  # the side that pictures are shrunk to
_STEPS, _BATCH = 300, 32  # half of a batch is positive, whatever the numbers
_RATE, _DECAY = 2e-3, 1e-2

Numbers = NDArray[np.float64]


def describe(pictures: Iterable[Levels]) -> Matrix:
    """Return pictures as the network sees them, shape (n, pixels).

    Raises:
        SelectionError: PyTorch is not installed.
    """
    _torch()
    return np.stack([_even(picture) for picture in pictures])


def _even(picture: Levels) -> Matrix:
    """Shrink a picture, and free it of its brightness and contrast."""
    small = cv2.resize(picture, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    grey = np.asarray(small, np.float32).ravel()
    return np.asarray((grey - grey.mean()) / (grey.std() + 1), np.float32)


@dataclass(frozen=True, slots=True)
class Network:
    """A trained network."""

    layers: Any

    def probabilities(self, features: Matrix) -> Numbers:
        """Return how probable the positive class is, shape (n,)."""
        torch = _torch()
        with _exactly(torch), torch.no_grad():
            scores = [self.layers(part) for part in _shaped(torch, features).split(_BATCH * 8)]
            found = torch.sigmoid(torch.cat(scores).double()).numpy()
        return np.asarray(found, np.float64)


def fit(features: Matrix, truth: NDArray[np.bool_]) -> Network:
    """Train a network; both classes weigh alike.

    Args:
        features: Of `describe`.
        truth: Which of them are positive; there must be some of either kind.
    """
    torch = _torch()
    pictures, random = _shaped(torch, features), np.random.default_rng(SEED)
    sides = np.flatnonzero(truth), np.flatnonzero(~truth)
    targets = torch.from_numpy(np.repeat(np.array([1, 0], np.float32), _BATCH // 2))
    with _exactly(torch):
        layers = _layers(torch.nn)
        descent = torch.optim.AdamW(layers.parameters(), lr=_RATE, weight_decay=_DECAY)
        loss_of = torch.nn.BCEWithLogitsLoss()
        for _ in range(_STEPS):
            drawn = np.concatenate([random.choice(side, _BATCH // 2) for side in sides])
            descent.zero_grad()
            loss_of(layers(pictures[torch.from_numpy(drawn)]), targets).backward()
            descent.step()
    return Network(layers.eval())


def _layers(nn: Any) -> Any:  # noqa: ANN401  PyTorch is not everywhere, so neither are its types
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 4 * 4, 1), nn.Flatten(0)),
    )


def _shaped(torch: Any, features: Matrix) -> Any:  # noqa: ANN401  … likewise
    return torch.from_numpy(features.reshape(-1, 1, _SIDE_PX, _SIDE_PX))


@contextmanager
def _exactly(torch: Any) -> Iterator[None]:  # noqa: ANN401  … likewise
    """Seed PyTorch and let it add up in one order; afterwards it is as before."""
    threads, exact = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(exact)


def _torch() -> Any:  # noqa: ANN401  … likewise
    try:
        import torch  # noqa: PLC0415  an extra
    except ModuleNotFoundError:
        raise SelectionError(
            "The small network needs PyTorch: pip install 'covid19-images[torch]'. Without it "
            "there is the model `linear`."
        ) from None
    return torch
