"""The same image gives the same numbers in every framework, whatever kind of file it was."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

import covid19_images as c19
from covid19_images.download.copy import LocalCopy
from covid19_images.images.resize import sized
from tests.support import local_copy
from tests.support.local_copy import KINDS, every_kind
from tests.support.server import serving

Numbers = NDArray[np.float32]


def _numpy(**o) -> Numbers:
    return c19.numpy.arrays(**o).floats()


def _torch(**o) -> Numbers:
    return np.stack([image[0].numpy() for image, _ in c19.torch.dataset(**o)])


def _torch_workers(**o) -> Numbers:
    from torch.utils.data import DataLoader

    # Spawned: forking beside JAX's and TensorFlow's threads may hang.
    images = c19.torch.dataset(**o)
    loader = DataLoader(images, batch_size=4, num_workers=2, multiprocessing_context="spawn")
    return np.concatenate([images[:, 0].numpy() for images, _ in loader])


def _tensorflow(**o) -> Numbers:
    batches = c19.tensorflow.dataset(**o, batch_size=4, shuffle=False)
    return np.concatenate([images.numpy()[..., 0] for images, _ in batches])


def _huggingface(**o) -> Numbers:
    return _floats(c19.huggingface.dataset(**o)["image"])


def _huggingface_ready(**o) -> Numbers:
    return _floats(c19.huggingface.dataset(**o, images="ready")[:]["image"])


def _floats(images) -> Numbers:
    return np.stack([np.asarray(image) for image in images]).astype(np.float32) / np.float32(255)


def _jax(**o) -> Numbers:
    batches = c19.jax.batches(**o, batch_size=4, shuffle=False)
    return np.concatenate([np.asarray(images)[..., 0] for images, _ in batches])


def _grain(**o) -> Numbers:
    import grain

    return np.stack([i["image"][..., 0] for i in grain.MapDataset.source(c19.jax.source(**o))])


def _monai(**o) -> Numbers:
    return np.stack([np.asarray(item["image"])[0] for item in c19.monai.dataset(**o)])


WAYS: dict[str, Callable[..., Numbers]] = {
    "numpy": _numpy,
    "torch": _torch,
    "torch, two workers": _torch_workers,
    "tensorflow": _tensorflow,
    "huggingface": _huggingface,
    "huggingface, ready": _huggingface_ready,
    "jax": _jax,
    "grain": _grain,
    "monai": _monai,
}


@pytest.fixture(scope="module")
def expected() -> dict[str, NDArray[np.uint8]]:
    """What each kind of file looks like at 224 pixels, from the decoder alone."""
    from covid19_images.images.decode import Picture, read

    found = {}
    for name, content in every_kind().items():
        picture = read(content)
        assert isinstance(picture, Picture)
        found[name] = sized(picture.grey(), 224)
    return found


def _keys(copy: LocalCopy) -> list[str]:
    return [r.path for r in c19.select(split="test", sources="kinds", root=copy.folder).records]


@pytest.mark.parametrize("way", WAYS)
def test_presized_every_kind_is_exactly_the_same(copy: LocalCopy, way: str, expected) -> None:
    found = WAYS[way](split="test", sources="kinds", root=copy.folder)
    assert found.dtype == np.float32
    for name, numbers in zip(_keys(copy), found, strict=True):
        assert np.array_equal(numbers, expected[name].astype(np.float32) / np.float32(255)), name
    assert sorted(_keys(copy)) == sorted(KINDS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cache", [True, False], ids=["cached", "each time"])
def test_resized_on_the_fly_every_kind_is_within_one_level(
    tmp_path_factory: pytest.TempPathFactory, way: str, expected, cache: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "originals"
    if not folder.exists():
        local_copy.make(folder, count=2, ready=False)
    here = local_copy.open_copy(folder)
    found = WAYS[way](split="test", sources="kinds", root=here.folder, cache=cache)
    for name, numbers in zip(_keys(here), found, strict=True):
        assert np.abs(numbers - expected[name] / 255).max() <= 1.001 / 255, name


def test_fastai_gives_the_same_too(copy: LocalCopy) -> None:
    loaders = c19.fastai.dataloaders("xray", sources="journal", root=copy.folder, bs=4)
    loader = loaders.train.new(shuffle=False, drop_last=False)
    found = np.concatenate([batch[0][:, 0].cpu().numpy() for batch in loader])
    train = c19.numpy.arrays("xray", "train", sources="journal", root=copy.folder)
    assert np.array_equal(found, train.floats())


def test_webdataset_gives_the_same_too(copy: LocalCopy) -> None:
    found = list(c19.webdataset.dataset(split="test", root=copy.folder))
    plain = c19.numpy.arrays(split="test", root=copy.folder)
    images = sorted(image[0].tobytes() for image, _ in found)
    assert images == sorted(image.tobytes() for image in plain.floats())
    assert sorted(target for _, target in found) == sorted(plain.targets)


def test_monai_gives_whole_volumes(copy: LocalCopy) -> None:
    [item] = c19.monai.dataset("ct", "test", volumes=True, size=None, root=copy.folder)
    assert item["image"].shape == (1, 3, 260, 300)
    assert item["key"] == "kinds/volume.nii"


def test_own_sizes_are_given_by_pytorch(copy: LocalCopy) -> None:
    images = c19.torch.dataset("xray", "test", size=None, sources="journal", root=copy.folder)
    assert images[0][0].shape == (1, 260, 300)


def test_three_channels_repeat_the_grey(copy: LocalCopy) -> None:
    image, _ = c19.torch.dataset("xray", "test", channels=3, root=copy.folder)[0]
    assert image.shape == (3, 224, 224)
    assert (image[0] == image[2]).all()
    images, _ = next(iter(c19.tensorflow.dataset("xray", "test", channels=3, root=copy.folder)))
    assert images.shape[1:] == (224, 224, 3)


@pytest.fixture(scope="module")
def streamed(copy: LocalCopy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same pictures behind a url, which loaders stream."""
    folder = tmp_path_factory.mktemp("streamed")
    published = local_copy.publish(copy, folder / "releases")
    (published / "latest.txt").write_text(f"{copy.version}\n", encoding="ascii")
    with serving(published) as site, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COVID19_IMAGES_FROM", site.url)
        patch.setenv("COVID19_IMAGES_CACHE", str(folder / "cache"))
        yield


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"huggingface, ready"}))
@pytest.mark.usefixtures("streamed")
def test_streamed_pictures_are_those_of_a_copy(copy: LocalCopy, way: str) -> None:
    here = WAYS[way](split="test", sources="kinds", root=copy.folder)
    assert np.array_equal(_streams(way)(split="test", sources="kinds", stream=True), here)


def _streams(way: str) -> Callable[..., Numbers]:
    if way != "huggingface":
        return WAYS[way]
    return lambda **o: _floats([row["image"] for row in c19.huggingface.dataset(**o)])


@pytest.mark.usefixtures("streamed")
def test_streamed_webdataset_gives_the_same_too(copy: LocalCopy) -> None:
    found = list(c19.webdataset.dataset(split="test", stream=True))
    plain = c19.numpy.arrays(split="test", root=copy.folder)
    assert np.array_equal(np.stack([image[0] for image, _ in found]), plain.floats())
    assert [target for _, target in found] == list(plain.targets)


@pytest.mark.usefixtures("streamed")
def test_the_order_of_a_streamed_epoch_is_that_of_a_copy(copy: LocalCopy) -> None:
    from torch.utils.data import DataLoader

    def epochs(**where) -> list[float]:
        images = c19.torch.dataset("xray", "train", augment="light", seed=4, **where)
        loader = DataLoader(images, batch_size=8, sampler=c19.torch.blocks(images, seed=5))
        return [float(one.sum()) for _ in range(2) for batch, _ in loader for one in batch]

    assert epochs(stream=True) == epochs(root=copy.folder)
    tensors = (
        c19.tensorflow.dataset("xray", "train", seed=4, shuffle=True, **where)
        for where in ({"stream": True}, {"root": copy.folder})
    )
    streamed, here = (np.concatenate([i.numpy() for i, _ in each]) for each in tensors)
    assert np.array_equal(streamed, here)
