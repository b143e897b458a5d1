"""CPU time an image, in one run on the same images: ours beside what people use otherwise.

    .venv-frameworks/bin/python -m benchmarks.loaders [--images 400] [--folder DIR]

Every way gives float32 batches of 224 × 224 from 0 to 1, in one process. CPU time is that of the
process with its threads; the first pass, which builds caches and warms the disk, is not counted.
PyTorch has one thread, as in a worker of its DataLoader: more of them spin between two batches.
"""

import argparse
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import covid19_images as c19
from covid19_images.dataset.organize import organize
from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.release.row import Row
from flows.publish.image.process import Processed, members, process
from tests.covid19_images.download.copies import VERSION, record, write_copy
from tests.support.local_copy import lungs
from tests.support.pictures import encoded

BATCH = 32
SIDE_PX = (1024, 900)  # originals, as JPEG; published X-rays are about so large


def collection(folder: Path, images: int, pictures: Path | None) -> LocalCopy:
    """Make a local copy of drawn pictures, or of those of a folder."""
    rows, shards = [], dict[str, dict[str, bytes]]()
    for at, content in enumerate(_contents(images, pictures)):
        given = record(
            f"{at}.jpg",
            content,
            source="set",
            modality="XR",
            split="train",
            licence="CC-BY-4.0",
            finding=("COVID-19",) if at % 2 else ("No finding",),
        )
        made = process(content, str(given.image_id))
        if not isinstance(made, Processed):
            continue
        for layer in ("images", "sized224"):
            shards.setdefault(f"{layer}-set-00000.tar", {}).update(
                members(made.frames[0], layer, b"{}")
            )
        rows.append(
            Row(
                record=given,
                commit="c",
                added_in=VERSION,
                changed_in=VERSION,
                shard="images-set-00000.tar",
                member=made.member,
                redistributable=True,
            )
        )
    write_copy(folder, rows, shards)
    return open_copy(folder)


def _contents(images: int, pictures: Path | None) -> Iterable[bytes]:
    if pictures:
        files = sorted(p for p in pictures.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
        yield from (file.read_bytes() for file in files[:images])
        return
    for at in range(images):
        picture = Image.fromarray(lungs(at, ill=at % 2 == 1, size=SIDE_PX))
        yield encoded(picture, "JPEG", quality=90)


def originals(copy: LocalCopy, folder: Path) -> Path:
    """Lay the originals into class folders, as peers want them."""
    for row in copy.records:
        place = folder / "train" / row.finding[0].replace(" ", "-")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{row.image_id}.jpg").write_bytes(copy.encoded(row) or b"")
    return folder


def cpu_ms(one_pass: Callable[[], int]) -> float:
    """Return CPU milliseconds an image: the least of three passes after a first one."""
    one_pass()
    found = []
    for _ in range(3):
        start = time.process_time()
        images = one_pass()
        found.append((time.process_time() - start) / images * 1000)
    return min(found)


def _count(batches: Iterable[Any]) -> int:
    return sum(len(batch[0]) for batch in batches)


def ours(copy: LocalCopy) -> dict[str, Callable[[], int]]:
    """List our ways, from squares and from originals."""
    import torch

    ways: dict[str, Callable[[], int]] = {}
    for cache, name in ((True, "pre-sized"), (False, "from originals")):
        options = {"root": copy.folder, "cache": cache}
        chosen = c19.select("xray", "train", **options)
        if not cache:
            _only_originals(chosen)
        images = c19.torch.of(chosen)
        loader = torch.utils.data.DataLoader(images, batch_size=BATCH)
        tensors = c19.tensorflow.of(chosen, batch_size=BATCH)
        ways[f"ours, PyTorch DataLoader, {name}"] = lambda loader=loader: _count(loader)
        ways[f"ours, tf.data, {name}"] = lambda tensors=tensors: _count(tensors)
    ready = c19.huggingface.of(c19.select("xray", "train", root=copy.folder), images="ready")
    plain = c19.huggingface.of(c19.select("xray", "train", root=copy.folder))
    ways["ours, HF ready + torch, pre-sized"] = lambda: _hugging(ready)
    ways["ours, HF Parquet-style PNG + torch, pre-sized"] = lambda: _hugging(plain)
    arrays = c19.select("xray", "train", root=copy.folder)
    ways["ours, NumPy batches, pre-sized"] = lambda: sum(
        len(c19.numpy.as_floats(arrays.batch(range(at, min(at + BATCH, len(arrays))))))
        for at in range(0, len(arrays), BATCH)
    )
    return ways


def _only_originals(chosen: Any) -> None:
    """Hide the squares of the release, so that every picture is decoded and resized."""
    for shard in (chosen.copy.folder / "shards").glob("sized*"):
        shard.rename(shard.with_suffix(".hidden"))
    object.__setattr__(chosen, "copy", open_copy(chosen.copy.folder))


def _hugging(images: Any) -> int:
    import torch

    def together(rows: list[Any]) -> tuple[Any, Any]:
        stacked = np.stack([np.asarray(row["image"]) for row in rows])[:, None]
        return torch.from_numpy(stacked / np.float32(255)), [row["label"] for row in rows]

    return _count(torch.utils.data.DataLoader(images, batch_size=BATCH, collate_fn=together))


def peers(folder: Path, small: Path) -> dict[str, Callable[[], int]]:
    """List what people use otherwise, on the same originals, and on squares we wrote for them."""
    import torch

    from datasets import load_dataset

    ways: dict[str, Callable[[], int]] = {}
    for place, name in ((folder, "from originals"), (small, "pre-sized PNG")):
        files = sorted((place / "train").rglob("*.*g"))
        loader = torch.utils.data.DataLoader(PilFolder(files), batch_size=BATCH)
        ways[f"PIL + DataLoader, {name}"] = lambda loader=loader: _count(loader)
        hugging = load_dataset(
            "imagefolder", data_dir=str(place / "train"), split="train", cache_dir=str(place / "hf")
        )
        hugging = hugging.with_transform(_resized)
        ways[f"HF imagefolder + torch, {name}"] = lambda images=hugging: _hugging(images)
        ways[f"fastai ImageDataLoaders, {name}"] = _fastai(files)
    return ways


class PilFolder:
    """Decode, shorten the short side to 224, keep the middle: what torchvision's recipe does."""

    def __init__(self, files: list[Path]) -> None:  # noqa: D107
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, at: int) -> tuple[Any, int]:
        import torch

        with Image.open(self.files[at]) as image:
            levels = _middle(image.convert("L"))
        return torch.from_numpy(levels)[None].float().div(255), 0


def _middle(image: Image.Image) -> Any:
    scale = 224 / min(image.size)
    width, height = (max(224, round(side * scale)) for side in image.size)
    if (width, height) != image.size:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    left, top = (width - 224) // 2, (height - 224) // 2
    return np.array(image.crop((left, top, left + 224, top + 224)))


def _resized(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {"image": [_middle(i.convert("L")) for i in rows["image"]], "label": rows["label"]}


def _fastai(files: list[Path]) -> Callable[[], int]:
    from fastai.data.transforms import parent_label
    from fastai.vision.augment import Resize
    from fastai.vision.core import PILImageBW
    from fastai.vision.data import ImageDataLoaders

    loaders = ImageDataLoaders.from_lists(
        files[0].parent,
        files,
        [parent_label(file) for file in files],
        valid_pct=0.0,
        item_tfms=Resize(224),
        bs=BATCH,
        num_workers=0,
        img_cls=PILImageBW,
    )
    loader = loaders.train.new(shuffle=False, drop_last=False)
    return lambda: _count(loader)


def _declare_missing_operators() -> Any:
    """Let torchvision be imported beside a CPU torch that it was not built for."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def xrayvision(folder: Path) -> dict[str, Callable[[], int]]:
    """Read the originals as torchxrayvision does, where it is installed."""
    try:
        import torchxrayvision as xrv
    except ModuleNotFoundError:
        return {}
    import torch
    from skimage.io import imread

    files = sorted((folder / "train").rglob("*.jpg"))
    crop, resize = xrv.datasets.XRayCenterCrop(), xrv.datasets.XRayResizer(224)

    class Pictures:
        def __len__(self) -> int:
            return len(files)

        def __getitem__(self, at: int) -> tuple[Any, int]:
            levels = xrv.datasets.normalize(imread(files[at]), 255)
            return torch.from_numpy(np.array(resize(crop(levels[None])))), 0

    loader = torch.utils.data.DataLoader(Pictures(), batch_size=BATCH)  # type: ignore[arg-type]
    return {"torchxrayvision, from originals": lambda: _count(loader)}


def main() -> None:
    """Print CPU-ms an image, the quickest first."""
    warnings.simplefilter("ignore")
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--images", type=int, default=400)
    asked.add_argument("--folder", type=Path, help="real JPEGs, instead of drawn ones")
    given = asked.parse_args()
    library = _declare_missing_operators()
    sys.modules["torch"].set_num_threads(1)
    assert isinstance(sys.modules["torch"], types.ModuleType)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = collection(folder / "copy", given.images, given.folder)
        plain = originals(copy, folder / "originals")
        organize(c19.select("xray", root=copy.folder), folder / "small", "imagefolder")
        ways = peers(plain, folder / "small") | xrayvision(plain) | ours(copy)
        found = sorted((cpu_ms(way), name) for name, way in ways.items())
    print(f"CPU-ms an image, {len(copy.records)} images, one process")
    for spent, name in found:
        print(f"{spent:8.3f}  {name}")
    del library


if __name__ == "__main__":
    main()
