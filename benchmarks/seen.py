"""What the site's page "Have you seen this image?" says, beside `covid19-images check`.

    python -m benchmarks.seen ../shared/upstreams/*.bundle
    SEEN_EACH=300 python -m benchmarks.seen ../shared/upstreams/*.bundle  # for half the time

Every other picture is in the collection. Of those, some are changed on their travels, each in one
of the ways of `duplicates_transforms`; of the others, some are strangers, as they are (unless the
engine finds that a stranger is a copy too). All are dropped into the page in headless Chromium, and
its verdicts are held against those of the duplicate engine. Made-up pictures fill the tables.
"""

import hashlib
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.duplicates_pictures import File, describe, describe_all, files
from benchmarks.duplicates_transforms import CHANGES
from benchmarks.site import served
from covid19_images.duplicates.codes import CODE_BYTES
from covid19_images.duplicates.engine import find
from covid19_images.duplicates.features import MAX_POINTS, Features
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.verdict import Same
from covid19_images.images.fingerprint import image_id
from covid19_images.manifest.record import Record
from flows.site.build import build
from flows.site.collect import Site
from flows.site.pictures import Picture
from flows.site.write import write
from tests.support.chromium import chromium

COPIES = STRANGERS = int(os.environ.get("SEEN_EACH", "600"))
IN_ALL = 10_000
_AT_ONCE = 50  # files that are chosen together
_MESSAGE = """async () => {
  await queue;
  return [...document.querySelectorAll("#verdicts li")].map((row) =>
    [row.querySelector("p").textContent, row.dataset.verdict]);
}"""


def _changed(job: tuple[int, File]) -> tuple[str, bytes] | None:
    number, (key, raw) = job
    described = describe((key, raw))
    if described is None or "blank" in described[0].quality:
        return None
    name, change = [*CHANGES.items()][number % len(CHANGES)]
    random = np.random.default_rng(number)
    return f"{name}#{number}", change(Image.fromarray(described[1]), random)


def _record(key: str, *, digests: tuple[str, str], phash: str, is_slice: bool = False) -> Picture:
    source, _, path = key.partition("/")
    sha256, pixels = digests
    name = image_id(pixels)
    row = Record(
        source=source,
        path=path,
        blob=sha256[:40],
        image_id=name,
        phash=phash,
        sha256=sha256,
        pixels_sha256=pixels,
        modality="CT" if is_slice else None,
    )
    return Picture(name, (row,))


def _site(held: Sequence[Item]) -> Site:
    pictures = {
        p.image_id: p
        for item in held
        if "blank" not in item.quality
        for p in [
            _record(
                item.key,
                digests=(str(item.sha256), str(item.pixels_sha256)),
                phash=str(item.phash),
                is_slice=item.modality == "CT",
            )
        ]
    }
    features = {str(item.sha256)[:40]: item.features for item in held}
    random = np.random.default_rng(0)
    for number in range(IN_ALL - len(pictures)):
        drawn = hashlib.sha256(f"{number}".encode()).hexdigest()
        one = _record(f"made-up/{number}.png", digests=(drawn, drawn), phash=drawn)
        pictures[one.image_id] = one
        codes = random.integers(0, 256, (MAX_POINTS, CODE_BYTES), np.uint8)
        features[drawn[:40]] = Features(np.zeros((MAX_POINTS, 2), np.uint16), codes, b"")

    def lookup(blobs: Iterable[str]) -> Mapping[str, Features]:
        return {blob: features[blob] for blob in blobs if blob in features}

    shown = tuple(pictures[name] for name in sorted(pictures))
    return Site(shown, (), None, features=lookup, may_show=frozenset(pictures))


def _python(new: Sequence[Item], held: Sequence[Item]) -> dict[str, str]:
    values: dict[str, str] = {}
    names = {item.key for item in new}
    for pair in find(list(new), list(held)):
        for key in {pair.a, pair.b} & names:
            if len({pair.a, pair.b} & names) == 1 and values.get(key) != "known":
                values[key] = "known" if isinstance(pair.verdict, Same) else "perhaps"
    return {key: values.get(key, "new") for key in names}


def _browser(new: Mapping[str, bytes], held: Sequence[Item]) -> tuple[dict[str, str], list[Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        write(Path(scratch) / "site", build(_site(held), pages=False))
        paths = []
        for number, content in enumerate(new.values()):
            file = Path(scratch) / f"{number}.bin"
            file.write_bytes(content)
            paths.append(file)
        with served(Path(scratch) / "site") as address, chromium() as browser:
            tab, loaded, elsewhere = browser.new_page(), list[int](), list[str]()
            tab.on("response", lambda r: loaded.append(int(r.headers.get("content-length", 0))))
            tab.on(
                "request",
                lambda r: None if r.url.startswith(address) else elsewhere.append(r.url),
            )
            tab.goto(f"{address}/seen/index.html")
            tab.evaluate(_WATCH)
            for start in range(0, len(paths), _AT_ONCE):
                tab.locator("#files").set_input_files(paths[start : start + _AT_ONCE])
                tab.evaluate("queue.then(() => null)")
            words = dict(tab.evaluate(_MESSAGE))
            took = tab.evaluate("took")
    names = list(new)
    verdicts = {names[int(name.partition(".")[0])]: str(kind) for name, kind in words.items()}
    return verdicts, [float(np.median(took)), float(np.max(took)), sum(loaded), elsewhere]


_WATCH = """() => {
  window.took = [];
  const before = answered;
  answered = async (...given) => {
    const began = performance.now();
    const found = await before(...given);
    took.push(performance.now() - began);
    return found;
  };
}"""


def _read(places: Sequence[Path]) -> tuple[list[Item], dict[str, bytes]]:
    some = [file for file in files(list(places)) if file[0].lower().endswith(_ENDINGS)]
    mine, others = some[::2], some[1::2]
    step = max(1, len(mine) // COPIES)
    with ProcessPoolExecutor(2) as pool:
        changed = pool.map(_changed, enumerate(mine[::step][:COPIES]), chunksize=8)
        new = dict(filter(None, changed))
    step = max(1, len(others) // STRANGERS)
    new |= {f"stranger#{at}": raw for at, (_, raw) in enumerate(others[::step][:STRANGERS])}
    return describe_all(mine), new


_ENDINGS = (".png", ".jpg", ".jpeg")


def _table(new: Mapping[str, bytes], python: Mapping[str, str], page: Mapping[str, str]) -> None:
    print(f"{'':28}" + "".join(f"{f'{a} / {b}':>18}" for a, b in _PAIRS))
    rows: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for key in new:
        kind = key.partition("#")[0]
        rows[kind][python.get(key, "unread"), page[key]] += 1
    for kind, counts in [*rows.items(), ("all", sum(rows.values(), Counter()))]:
        print(f"{kind:28}" + "".join(f"{counts[pair]:>18,}" for pair in _PAIRS))


_PAIRS = [(a, b) for a in ("known", "perhaps", "new") for b in ("known", "perhaps", "new")]


def _described(new: Mapping[str, bytes]) -> Iterator[Item]:
    yield from describe_all(list(new.items()))


def main(places: Sequence[Path]) -> None:
    """Print how often the page and Python say what."""
    held, new = _read(places)
    python = _python(list(_described(new)), held)
    page, (median, slowest, loaded, elsewhere) = _browser(new, held)
    print(f"{len(new)} pictures against {len(held)} real ones, Python's verdict / the page's\n")
    _table(new, python, page)
    same = sum(python.get(key) == page[key] for key in new)
    hinted = sum((python.get(key) == "new") == (page[key] == "new") for key in new)
    false = sum(page[key] == "known" and python.get(key) != "known" for key in new)
    print(f"\nthe same verdict {same / len(new):.3f}; both find something, or neither:", end=" ")
    print(f"{hinted / len(new):.3f}; false 'known': {false}")
    print(
        f"{median:.0f} ms in the middle, {slowest:.0f} ms at most; {loaded / 1e6:.2f} MB", end=" "
    )
    print(f"fetched of {IN_ALL:,} pictures; requests elsewhere: {len(elsewhere)}")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
