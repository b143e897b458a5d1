"""Who is told what: the page of the run, the chat, the status page of a folder."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows.collection.checkout import Checkout
from flows.forge import Applied
from flows.forge.dry_run import DryRun
from flows.forge.folder import FolderForge
from flows.forge.health import Health, SourceHealth
from flows.night.reporting import actions, notify, webhook
from tests.support.collection import Collection

PROPOSED = Applied("proposed", "Proposed as #1: 3 new images.", "https://github.test/pull/1")


def health(**values: Any) -> Health:
    one = SourceHealth(
        source="set",
        images=3,
        counts={"new images": 3},
        **({"outcome": "Advanced", "says": "moved on"} | values),
    )
    return Health(date=dt.date(2026, 11, 23), headline="1 source moved", sources=(one,))


class Chat(BaseHTTPRequestHandler):
    received: list[dict[str, Any]] = []  # noqa: RUF012  emptied by the fixture
    status = 200

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.received.append(json.loads(self.rfile.read(length)))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Chat]]:
    server = HTTPServer(("127.0.0.1", 0), Chat)
    Chat.received, Chat.status = [], 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/services/SECRET"
    monkeypatch.setenv(webhook.VARIABLE, address)
    yield Chat
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_proposal_and_a_failure_are_told_and_a_quiet_night_is_not(chat: type[Chat]):
    assert notify.notify(DryRun(), health(), PROPOSED) == []
    notify.notify(DryRun(), health(), Applied("failed", "GitHub does not answer"))
    for action in ("nothing", "unchanged", "dry_run", "planned", "withdrawn"):
        notify.notify(DryRun(), health(), Applied(action, "quiet"))
    assert chat.received == [
        {"text": "covid19-images: Proposed as #1: 3 new images. https://github.test/pull/1"},
        {"text": "covid19-images: GitHub does not answer"},
    ]


def test_no_mention_or_link_is_made_in_the_chat(chat: type[Chat]):
    webhook.send("<!channel> <https://evil.test|here> & co")
    assert chat.received == [{"text": "&lt;!channel&gt; &lt;https://evil.test|here&gt; &amp; co"}]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_refuses_is_said_without_its_address(chat: type[Chat], status: int):
    chat.status = status
    [words] = notify.notify(DryRun(), health(), PROPOSED)
    assert str(status) in words
    assert "SECRET" not in words
    assert len(chat.received) == 1  # a redirect is not followed


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/SECRET", "no address SECRET", "http://[SECRET"]
)
def test_a_webhook_that_is_not_there_is_said_without_its_address(
    url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(webhook.VARIABLE, url)
    words = webhook.send("x")
    assert words is not None
    assert "SECRET" not in words


def test_the_page_of_a_run_shows_a_sentence_and_a_table(tmp_path: Path):
    file = tmp_path / "summary.md"
    found = health(review_reason="5 of 6 images are gone", refused=2, says="gone: @you <b>#1</b>|x")
    changes = "3 new images, 2 files refused, waits for review: 5 of 6 images are gone"
    actions.write(
        found, PROPOSED, "https://github.test/issues/2", {"GITHUB_STEP_SUMMARY": str(file)}
    )
    assert file.read_text().splitlines() == [
        "**1 source moved.** Proposed as ＃1: 3 new images.",  # noqa: RUF001
        "",
        "[The proposal](https://github.test/pull/1)",
        "",
        "[What needs a person](https://github.test/issues/2)",
        "",
        "| source | upstream | images | changes |",
        "|---|---|--:|---|",
        f"| `set` | `gone: @you <b>#1</b>¦x` | 3 | `{changes}` |",
    ]


def test_without_an_account_a_page_beside_the_proposal_says_what_needs_a_person(
    collection: Collection,
):
    forge = FolderForge(
        Checkout(collection.folder), collection.pages, "sync", base="main", push=False
    )
    where = forge.update_status(health(outcome="Gone", says="gone", stale=True))
    page = collection.pages / "status.md"
    assert where == str(page)
    assert "- `set` since 2026-11-23: gone" in page.read_text()
    assert forge.update_status(health()) is None
    assert not page.exists()


@pytest.mark.parametrize(
    ("where", "linked"), [("https://github.com/o/n/pull/7", True), ("/srv/pages/index.html", False)]
)
def test_the_run_summary_links_only_to_addresses(where: str, linked: bool):
    applied = Applied("proposed", "Proposed.", where)
    text = actions.markdown(health(), applied, status=where)
    assert (f"[The proposal]({where})" in text) is linked
    assert (f"[What needs a person]({where})" in text) is linked
