"""A real browser for tests, where the machine has one."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright import sync_api

from tests.support.needed import missing

Open = Callable[..., Any]
"""Opens a page in a tab."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",  # it runs as root in containers; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Any]:
    """Run headless Chromium; skip the test where there is none, and fail it in CI."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        missing(f"no browser is here; any of these would do: {', '.join(_NAMES)}")
    sync_api.expect.set_options(timeout=20_000)  # of a machine that does other things too
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        browser.close()


def reload(tab: Any) -> None:
    """Load a page again, as late as a person would: stored values travel between processes."""
    tab.wait_for_timeout(500)
    tab.reload()


def axe_finds(tab: Any) -> list[str]:
    """List what axe finds wrong on a page, each with the elements it is about."""
    found = Axe().run(tab, options={"preload": False}).response  # it would fetch style sheets
    assert found["passes"]  # it did look
    return [
        f"{one['id']}: {', '.join(node['html'][:100] for node in one['nodes'])}"
        for one in found["violations"]
    ]
