"""Recall and false pairs for each way a picture is changed on its travels.

    python -m benchmarks.duplicates_transforms ../shared/upstreams/*.bundle

Real pictures are changed, encoded, decoded and looked for among all pictures. A pair of a changed
picture with another one than its original (or a copy of it) is a false pair.
"""

import io
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from benchmarks.duplicates_pictures import describe, describe_all, files
from covid19_images.duplicates.clusters import links, together
from covid19_images.duplicates.engine import find
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.verdict import Same

ORIGINALS = 100

Random = np.random.Generator
Change = Callable[[Image.Image, Random], bytes]


def encoded(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    """Encode a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def cropped(share: float) -> Callable[[Image.Image, Random], Image.Image]:
    """Cut a share of both sides off, at random places."""

    def crop(picture: Image.Image, random: Random) -> Image.Image:
        width, height = (round(side * (1 - share)) for side in picture.size)
        left = int(random.integers(0, picture.width - width + 1))
        top = int(random.integers(0, picture.height - height + 1))
        return picture.crop((left, top, left + width, top + height))

    return crop


def squared(picture: Image.Image) -> Image.Image:
    """Pad to a square with black."""
    return ImageOps.pad(picture, (max(picture.size),) * 2, color=0)


def annotated(picture: Image.Image, random: Random) -> Image.Image:
    """Write text, an arrow and a circle on the picture."""
    picture = picture.copy()
    draw, (width, height) = ImageDraw.Draw(picture), picture.size
    unit = min(picture.size)
    font = ImageFont.load_default(size=max(10, unit // 20))
    draw.text((width * 0.03, height * 0.03), "R  PORTABLE 2020-03-25", fill=255, font=font)
    draw.text((width * 0.7, height * 0.92), "case 17 a", fill=255, font=font)
    x, y = (side * (0.3 + 0.4 * random.random()) for side in picture.size)
    draw.line((x, y, x + unit * 0.12, y + unit * 0.12), fill=255, width=max(2, unit // 80))
    draw.regular_polygon((x, y, unit * 0.03), 3, fill=255)
    x, y = (side * (0.3 + 0.4 * random.random()) for side in picture.size)
    draw.ellipse((x, y, x + unit * 0.12, y + unit * 0.12), outline=255, width=max(2, unit // 80))
    return picture


def photographed(picture: Image.Image, random: Random) -> Image.Image:
    """Take a photo of a screen: perspective, uneven light, blur, noise."""
    levels = np.asarray(picture, np.float32)
    height, width = levels.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + random.uniform(-0.04, 0.04, (4, 2)) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    warped = cv2.warpPerspective(levels, matrix, (width, height))
    light = np.linspace(0.75, 1.1, width, dtype=np.float32)[None]
    noisy = cv2.GaussianBlur(warped, (0, 0), max(height, width) / 900) * light + random.normal(
        0, 4, levels.shape
    )
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def evened(picture: Image.Image, limit: float) -> Image.Image:
    """Apply CLAHE."""
    return Image.fromarray(cv2.createCLAHE(limit, (8, 8)).apply(np.asarray(picture)))


def painted(picture: Image.Image, colour_map: int) -> Image.Image:
    """Paint with a colour map."""
    return Image.fromarray(cv2.applyColorMap(np.asarray(picture), colour_map)[..., ::-1])


def longest(picture: Image.Image, side: int) -> Image.Image:
    """Scale the long side."""
    scale = side / max(picture.size)
    size = tuple(max(1, round(length * scale)) for length in picture.size)
    return picture.resize(size, Image.Resampling.LANCZOS)  # type: ignore[arg-type]


def toned(picture: Image.Image, gamma: float) -> Image.Image:
    """Apply a gamma curve."""
    return picture.point([round(255 * (level / 255) ** gamma) for level in range(256)])


def _png(change: Callable[[Image.Image, Random], Image.Image]) -> Change:
    return lambda picture, random: encoded(change(picture, random))


def _jpeg(change: Callable[[Image.Image, Random], Image.Image], quality: int) -> Change:
    return lambda picture, random: encoded(change(picture, random), "JPEG", quality=quality)


def _rotated(degrees: float) -> Change:
    return _png(lambda p, _: p.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=0))


def _as_is(picture: Image.Image, _: Random) -> Image.Image:
    return picture


def _keras(picture: Image.Image, random: Random) -> Image.Image:
    turned = picture.rotate(float(random.uniform(-8, 8)), Image.Resampling.BILINEAR)
    return cropped(0.1)(turned, random).resize((300, 300), Image.Resampling.BILINEAR)


def _sixteen(picture: Image.Image, _: Random) -> Image.Image:
    return Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)


CHANGES: dict[str, Change] = {
    "PNG": _png(_as_is),
    "JPEG 75": _jpeg(_as_is, 75),
    "JPEG 50": _jpeg(_as_is, 50),
    "JPEG 30": _jpeg(_as_is, 30),
    "16 bit": _png(_sixteen),
    "resize 224 × 224": _png(lambda p, _: p.resize((224, 224), Image.Resampling.BILINEAR)),
    "resize 512": _png(lambda p, _: longest(p, 512)),
    "resize 50 %": _png(lambda p, _: p.resize((p.width // 2, p.height // 2))),
    "inverted": _png(lambda p, _: ImageOps.invert(p)),
    "flipped": _png(lambda p, _: ImageOps.mirror(p)),
    "upside down": _png(lambda p, _: ImageOps.flip(p)),
    "90°": _png(lambda p, _: p.transpose(Image.Transpose.ROTATE_90)),
    "2°": _rotated(2),
    "5°": _rotated(-5),
    "crop 5 %": _png(cropped(0.05)),
    "crop 10 %": _png(cropped(0.10)),
    "crop 20 %": _png(cropped(0.20)),
    "crop 40 %": _png(cropped(0.40)),
    "border black": _png(lambda p, _: ImageOps.expand(p, max(p.size) // 20, 0)),
    "border white": _png(lambda p, _: ImageOps.expand(p, max(p.size) // 10, 255)),
    "text, arrow, circle": _png(annotated),
    "gamma 0.6": _png(lambda p, _: toned(p, 0.6)),
    "gamma 1.6": _png(lambda p, _: toned(p, 1.6)),
    "contrast × 1.5": _png(lambda p, _: ImageEnhance.Contrast(p).enhance(1.5)),
    "CLAHE 2": _png(lambda p, _: evened(p, 2)),
    "CLAHE 4": _png(lambda p, _: evened(p, 4)),
    "equalised": _png(lambda p, _: ImageOps.equalize(p)),
    "blurred": _png(lambda p, _: p.filter(ImageFilter.GaussianBlur(max(p.size) / 512))),
    "padded to square": _png(lambda p, _: squared(p)),
    "square, 224, JPEG 75": _jpeg(lambda p, _: squared(p).resize((224, 224)), 75),
    "painted in JET": _png(lambda p, _: painted(p, cv2.COLORMAP_JET)),
    "painted in RAINBOW": _png(lambda p, _: painted(p, cv2.COLORMAP_RAINBOW)),
    "TURBO, 512, JPEG 75": _jpeg(lambda p, _: longest(painted(p, cv2.COLORMAP_TURBO), 512), 75),
    "photo of a screen": _jpeg(photographed, 75),
    "crop 10 %, 512, JPEG 50": _jpeg(lambda p, r: longest(cropped(0.1)(p, r), 512), 50),
    "CLAHE, text, 512, JPEG 75": _jpeg(lambda p, r: longest(annotated(evened(p, 2), r), 512), 75),
    "flip, crop 5 %, JPEG 75": _jpeg(lambda p, r: cropped(0.05)(ImageOps.mirror(p), r), 75),
    "Keras, 300 × 300, JPEG 75": _jpeg(_keras, 75),
}


def changed_copies(
    key: str, levels: NDArray[np.uint8], changes: Mapping[str, Change] = CHANGES
) -> list[tuple[str, Item]]:
    """Change a picture in every way, and describe what comes out, by the name of the change."""
    picture = Image.fromarray(levels)
    made = []
    for at, (name, change) in enumerate(changes.items()):
        random = np.random.default_rng([at, len(key)])
        described = describe((f"{key}#{name}", change(picture, random)))
        assert described is not None
        made.append((name, described[0]))
    return made


def originals(places: list[Path], count: int = ORIGINALS) -> list[tuple[str, NDArray[np.uint8]]]:
    """Choose pictures to change, by key, as grey levels; at least so many, but for blank ones."""
    some = [(key, raw) for key, raw in files(places) if key.endswith((".jpg", ".jpeg", ".png"))]
    chosen = some[:: max(1, len(some) // count)]
    described = [(key, describe((key, raw))) for key, raw in chosen]
    return [(key, both[1]) for key, both in described if both and "blank" not in both[0].quality]


def main(places: list[Path]) -> None:
    """Print the table."""
    held = describe_all(list(files(places)))
    keys, levels = zip(*originals(places), strict=True)
    with ProcessPoolExecutor(2) as pool:
        made = [one for many in pool.map(changed_copies, keys, levels) for one in many]
    table(made, held, together(links(find(held, []))))


def table(made: list[tuple[str, Item]], held: list[Item], group: Mapping[str, str]) -> None:
    """Look for changed pictures among all, and print a row for each change.

    Args:
        made: The name of a change, and what it made: its key is that of the original, `#` and more.
        held: All pictures.
        group: The group of each of them that has copies.
    """
    keys = {one.key.split("#")[0] for _, one in made}
    copies = {
        key: {one.key for one in held if group.get(one.key) == group.get(key, "")} | {key}
        for key in keys
    }
    names = list(dict.fromkeys(name for name, _ in made))
    print(f"{len(keys)} pictures changed in {len(names)} ways, among {len(held):,}\n")
    print(f"{'change':28} {'recall':>7} {'undecided':>9} {'false':>6} {'kinds'}")
    began = time.perf_counter()
    totals = np.zeros(2, int)
    for name in names:
        totals += _row(name, [one for which, one in made if which == name], held, copies)
    seconds = time.perf_counter() - began
    pairs = len(made) * len(held)
    print(f"\nfound {totals[0]:,}, recall {totals[0] / len(made):.4f}, ", end="")
    print(f"false pairs {totals[1]} of {pairs:,}")
    print(f"search and verification {seconds / len(made) * 1000:.1f} ms a picture\n")


def _row(
    name: str, new: list[Item], held: list[Item], copies: dict[str, set[str]]
) -> NDArray[np.int_]:
    found, doubtful, false, kinds = set(), set(), 0, dict[str, int]()
    newcomers = {one.key for one in new}
    for pair in find(new, held):
        new_key, other = (pair.a, pair.b) if pair.a in newcomers else (pair.b, pair.a)
        origin = new_key.split("#")[0]
        sure = isinstance(pair.verdict, Same)
        if other == origin and isinstance(pair.verdict, Same):
            found.add(origin)
            kinds[pair.verdict.kind] = kinds.get(pair.verdict.kind, 0) + 1
        elif other == origin:
            doubtful.add(origin)
        elif sure and other.split("#")[0] not in copies[origin]:
            false += 1
            print("   false:", pair, file=sys.stderr)
    given = ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items(), key=lambda kn: -kn[1]))
    print(f"{name:28} {len(found) / len(new):7.3f} {len(doubtful):9} {false:6} {given}", flush=True)
    return np.array([len(found), false])


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
