"""How long the review page of 2,600 new images takes to load in Chromium, and how large it is.

python -m benchmarks.review_page [--images N]
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.flows.proposal import large_night
from tests.support.chromium import chromium

_LOADED_MS = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> None:
    """Print the size of the page and the median and worst time of ten loads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2_600, help="new images, of ten sources")
    images = parser.parse_args().images
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = Path(folder) / "index.html"
        page.write_text(large_night.html(images // 10), encoding="utf-8", newline="")
        tab = browser.new_page()
        times_ms = []
        for _ in range(10):
            tab.goto(page.as_uri())
            tab.wait_for_function(f"{_LOADED_MS} > 0")
            times_ms.append(float(tab.evaluate(_LOADED_MS)))
        size_mb = page.stat().st_size / 1e6
    print(f"{images:,} new images of ten sources: {size_mb:.2f} MB")
    print(f"loaded in {statistics.median(times_ms):.0f} ms, at worst {max(times_ms):.0f} ms")


if __name__ == "__main__":
    main()
