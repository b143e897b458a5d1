"""What a server does costs its own source at most its time limit, and never the others."""

import time
from pathlib import Path

import pytest

from flows.sandbox.clock import Clock
from flows.upstream.advance import advance
from flows.upstream.budget import Budget
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, observe
from flows.upstream.outcome import Failure, Rejected
from tests.hostile import servers

LIMIT_S = 3
UNPACKS_S = 30  # a gigabyte, on a machine that does other things as well
REFUSED_BEFORE_THE_TIME = {
    "gzip-bomb": "memory",
    "endless-headers": "",
    "endless-messages": "prints more than",
    "endless-pack": "more than the 8,388,608 bytes",
    "redirect": "its host is not one of the allowed",
    "redirect-the-second-time": "its host is not one of the allowed",
    "redirect-for-ever": "redirects more than 5 times",
    "redirect-to-a-file": "from http to file",
    "dumb": "a plain web server",
    "fetch-redirects": "302",
}
# One that is refused by its address, one by what it is, one that costs its whole time.
QUICK = {"redirect-to-a-file", "dumb", "drip"}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(one, marks=() if one in QUICK else pytest.mark.slow) for one in servers.KINDS],
)
def test_a_hostile_server_costs_its_source_its_time_and_no_more(kind: str, tmp_path: Path) -> None:
    limit_s = UNPACKS_S if kind == "gzip-bomb" else LIMIT_S
    clock = Clock(limit_s, kind)
    budget = Budget(max_fetch_bytes=8 * 2**20, min_free_bytes=0)
    begun_s = time.monotonic()
    with servers.served() as urls, clock.in_force():
        options = {"protocols": ("http",), "hosts": ("127.0.0.1",)}
        answer: object = observe(urls[kind], None, **options)
        if isinstance(answer, Tip):
            clone = Clone(tmp_path / "x.git", urls[kind], budget=budget, clock=clock, **options)
            answer = advance(clone, answer, None)
    assert isinstance(answer, Failure), answer
    assert time.monotonic() - begun_s < limit_s + 15  # it stands for minutes otherwise
    assert servers.Server.asked_elsewhere == 0
    reason = getattr(answer, "reason", "")
    assert len(reason) < 300
    if kind in REFUSED_BEFORE_THE_TIME:
        assert REFUSED_BEFORE_THE_TIME[kind] in reason
        assert isinstance(answer, Rejected) or kind in {"endless-headers", "fetch-redirects"}
    elif kind != "endless-refs":
        assert "upstream_seconds" in reason
