"""One place knows how the pages of GitHub servers are addressed."""

import pytest

from flows.proposal.page.links import links
from flows.proposal.section import compare_link
from flows.text.links import PUBLIC, Repository, repository_at
from flows.upstream.outcome import Advanced
from tests.flows.proposal.small_night import SourceChange, source

CLINIC = "https://git.clinic.org"


@pytest.mark.parametrize("url", [f"{CLINIC}/owner/set.git", "git@git.clinic.org:owner/set"])
def test_an_upstream_on_an_enterprise_server_has_links_too(url: str):
    change = SourceChange(
        source=source("set", url=url),
        outcome=Advanced("a" * 40, "b" * 40),
        old="a" * 40,
        new="b" * 40,
        server=CLINIC,
    )
    where = links([change])
    assert where.now("set", "x ray.png") == f"{CLINIC}/owner/set/blob/{'b' * 40}/x%20ray.png"
    assert where.commits("set") == f"{CLINIC}/owner/set/compare/{'a' * 40}...{'b' * 40}"
    assert f"({CLINIC}/owner/set/compare/" in compare_link(change)


def test_a_forge_on_an_enterprise_server_still_links_to_github_com():
    found = repository_at("https://github.com/owner/set", CLINIC, PUBLIC)
    assert found == Repository(PUBLIC, "owner/set")
    assert found.raw_file("c", "1.png") == "https://raw.githubusercontent.com/owner/set/c/1.png"
    assert found.blob("b") == "https://api.github.com/repos/owner/set/git/blobs/b"


def test_a_file_of_an_enterprise_server_is_fetched_from_it():
    found = Repository(CLINIC, "owner/set")
    assert found.raw_file("c", "1.png") == f"{CLINIC}/owner/set/raw/c/1.png"
    assert found.blob("b") == f"{CLINIC}/api/v3/repos/owner/set/git/blobs/b"


@pytest.mark.parametrize(
    "url", ["https://example.org/a/b", "https://github.com.evil.org/a/b", "file:///srv/a/b"]
)
def test_other_hosts_have_no_links(url: str):
    assert repository_at(url, CLINIC, PUBLIC) is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/owner/name", "owner/name"),
        ("https://github.com/owner/name.git/", "owner/name"),
        ("git@github.com:owner/name.git", "owner/name"),
        ("https://github.com/owner/name/tree", None),
        ("https://github.com.evil.org/owner/name", None),
        ("https://evil.org/owner/name", None),
        ("git@evil.org:owner/name", None),
        ("file:///srv/owner/name", None),
    ],
)
def test_only_urls_on_the_server_name_a_repository(url: str, name: str | None) -> None:
    found = repository_at(url, PUBLIC)
    assert (found.name if found else None) == name
