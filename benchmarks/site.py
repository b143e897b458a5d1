"""What the site costs: its catalogue in a real browser, and building it.

    python -m benchmarks.site                       1,000,000 pictures in the catalogue
    python -m benchmarks.site --pictures 100000
    python -m benchmarks.site --build 10000         build all pages, then again with 30 more

Made-up rows whose facets do not depend on each other, so that nearly every picture is a group of
its own: the hardest case. The pages are served from this machine and read by headless Chromium;
bytes are those of files, as a web server that packs nothing sends them.
"""

import functools
import hashlib
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer

from covid19_images.manifest.record import Record
from flows.site import build
from flows.site.collect import Site
from flows.site.pictures import Copy, Picture
from flows.site.sources import Shown
from flows.site.write import write
from tests.flows.proposal.small_night import source
from tests.support.chromium import chromium

_SOURCES = [f"set{number:02}" for number in range(30)]
_FINDINGS = [f"Finding {number}" for number in range(40)]
_VIEWS = ("PA", "AP", "AP_SUPINE", "LATERAL", "AXIAL", None)
_LICENCES = ("CC-BY-4.0", "CC-BY-NC-SA-4.0", "CC0-1.0", "MIT", None)
_BASES = ("rt_pcr", "radiologist", "publication", "stated", "folder_name", "dataset")


def picture(number: int) -> Picture:
    """Make up a picture."""
    drawn = random.Random(number)  # noqa: S311
    name = hashlib.sha256(f"{number}".encode()).hexdigest()
    first = Record(
        source=drawn.choice(_SOURCES),
        path=f"images/{name[16:32]}.png",
        image_id=f"c19-{name[:16]}",
        blob=name[:40],
        modality=drawn.choice(("XR", "CT", "DX", "CR")),
        view=drawn.choice(_VIEWS),  # type: ignore[arg-type]
        finding=tuple(drawn.sample(_FINDINGS, drawn.choice((1, 1, 1, 2)))),
        split=drawn.choice(("train", "train", "validation", "test")),  # type: ignore[arg-type]
        licence=drawn.choice(_LICENCES),
        label_basis=drawn.choice(_BASES),  # type: ignore[arg-type]
        quality=drawn.choice(((), (), ("colour",), ("low_resolution",), ("colour", "turned"))),  # type: ignore[arg-type]
    )
    copied = number > 0 and drawn.random() < 0.2
    copies = (Copy(_name(number - 1), "resized"),) if copied else ()
    return Picture(f"c19-{name[:16]}", (first,), copies, disputed=drawn.random() < 0.05)


def _name(number: int) -> str:
    return f"c19-{hashlib.sha256(f'{number}'.encode()).hexdigest()[:16]}"


def collection(pictures: int) -> Site:
    """Make up a collection."""
    made = tuple(sorted(map(picture, range(pictures)), key=lambda one: one.image_id))
    by_source: dict[str, list[Picture]] = {name: [] for name in _SOURCES}
    for one in made:
        by_source[one.first.source].append(one)
    shown = [Shown(source(n), None, "a" * 40, tuple(by_source[n]), None, 0) for n in _SOURCES]
    return Site(made, tuple(shown), "https://github.com/owner/collection")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def browse(pictures: int) -> None:
    """Print what a browser loads of the catalogue, and how long it takes."""
    print(f"{pictures:,} pictures in the catalogue")
    with tempfile.TemporaryDirectory() as scratch:
        folder, site = Path(scratch) / "site", collection(pictures)
        began = time.perf_counter()
        write(folder, build.build(site, pages=False))
        print(f"  built without the pages of pictures {time.perf_counter() - began:>9.1f} s")
        with served(folder) as address, chromium() as browser:
            tab, loaded = browser.new_page(), list[int]()
            tab.on("response", lambda r: loaded.append(int(r.headers.get("content-length", 0))))
            began = time.perf_counter()
            tab.goto(f"{address}/catalogue/index.html")
            tab.locator("#rows li").nth(49).wait_for()
            _say("first load", began, loaded)
            began = time.perf_counter()
            tab.evaluate("columns().then(() => null)")  # as when a filter gets the focus
            _say("columns, when a filter is focused", began, loaded)
            for facet in ("Finding", "View", "Split", "Copies"):
                label = tab.get_by_label(facet, exact=True)
                took = tab.evaluate(_CHOOSE, label.get_attribute("id"))
                print(f"  a filter more: {facet:<21}{took:>9,.0f} ms {sum(loaded) / 1e6:>8.2f} MB")


_CHOOSE = """async (id) => {
  const select = document.getElementById(id), count = document.getElementById("count");
  const before = count.textContent;
  const began = performance.now();
  select.selectedIndex = 2;
  select.dispatchEvent(new Event("change"));
  await new Promise((done) => {
    const look = () => (count.textContent !== before ? done() : requestAnimationFrame(look));
    look();
  });
  return performance.now() - began;
}"""


def _say(what: str, began: float, loaded: list[int]) -> None:
    print(
        f"  {what:<36}{(time.perf_counter() - began) * 1000:>9,.0f} ms {sum(loaded) / 1e6:>8.2f} MB"
    )


def rebuild(pictures: int) -> None:
    """Print how long all pages take, and how many files a night with 30 more writes."""
    with tempfile.TemporaryDirectory() as scratch:
        for number in (pictures, pictures, pictures + 30):
            site, began = collection(number), time.perf_counter()
            done = write(Path(scratch), build.build(site))
            print(f"{number:,} pictures: {time.perf_counter() - began:.1f} s, {done}")


def main(
    pictures: Annotated[int, typer.Option(help="In the catalogue.")] = 1_000_000,
    build: Annotated[int | None, typer.Option(help="Build all pages of so many.")] = None,
) -> None:
    """Print what the site costs."""
    if build:
        rebuild(build)
    else:
        browse(pictures)


if __name__ == "__main__":
    typer.run(main)
