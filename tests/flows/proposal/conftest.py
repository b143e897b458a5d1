"""A browser for the review page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.proposal.pictured_night import html
from tests.support.chromium import Open, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests of a module."""
    with chromium() as running:
        yield running


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Open a page from its file; afterwards hold that it was silent and asked for nothing."""
    contexts, requests, complaints = [], [], []
    file = tmp_path / "index.html"

    def open_page(text: str | None = None, *, before: str = "", **options: Any) -> Any:
        file.write_text(text or html(), encoding="utf-8", newline="")
        context = browser.new_context(**({"viewport": {"width": 1100, "height": 900}} | options))
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(20_000)
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda words: complaints.append(words.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.add_init_script(before or "0")
        tab.goto(file.as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    left = [url for url in requests if not url.startswith(("data:", file.as_uri()))]
    assert left == []
    assert complaints == []
