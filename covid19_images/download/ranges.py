"""Read pictures out of shards where a release is published, without fetching the shards.

Pictures that are neighbours in a shard are asked for together. Each is checked by its own sha256
before anybody sees it.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from covid19_images.download.errors import MismatchError, TransferError
from covid19_images.download.origin import Origin, origin
from covid19_images.download.session import TRIES, new_session
from covid19_images.download.transfer import Location, Pace, brief
from covid19_images.download.watch import Watch
from covid19_images.release.index import Shard
from covid19_images.release.spans import Span

Name = tuple[str, str]
"""A shard and a member of it."""

_THREADS = 16  # they wait for a server most of the time
_SPARE = 0.095  # of what is asked for may be read between pictures, to ask once instead of twice
_MOST_BYTES = 4 << 20  # in one request for several pictures
_PROGRESS_BYTES = 1 << 16  # an answer that breaks after fewer is a failure
_GONE = (401, 403, 404, 410)  # what an address answers that was given for a while


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours in a shard, which are asked for together."""

    shard: str
    begin: int
    end: int
    spans: tuple[Span, ...]


def runs(spans: Iterable[Span]) -> list[Run]:
    """Put neighbours together, as long as little lies between them."""
    found = []
    for shard, own in groupby(sorted(set(spans), key=_place), key=lambda span: span.shard):
        several: list[Span] = []
        for span in own:
            if several and not _are_near([*several, span]):
                found.append(_run(shard, several))
                several = []
            several.append(span)
        found.append(_run(shard, several))
    return found


def _place(span: Span) -> tuple[str, int]:
    return span.shard, span.offset


def _are_near(several: Sequence[Span]) -> bool:
    used = sum(span.size for span in several)
    read = several[-1].offset + several[-1].size - several[0].offset
    return read <= min(used * (1 + _SPARE), _MOST_BYTES)


def _run(shard: str, several: Sequence[Span]) -> Run:
    end = max(span.offset + span.size for span in several)
    return Run(shard, several[0].offset, end, tuple(several))


class Ranges:
    """The shards of a release where it is published; another process asks by itself."""

    def __init__(
        self,
        place: str | None,
        shards: Mapping[str, Shard],
        opened: tuple[requests.Session, Origin] | None = None,
        *,
        loopback: bool = False,
        backoff_s: float = 1.0,
    ) -> None:
        """Keep where shards are; nothing is asked yet.

        Args:
            place: Where releases come from, as `--from` names it.
            shards: The shards, by name.
            opened: What asks the place already: its connections are used again.
            loopback: Whether the release may lead to services of this machine.
            backoff_s: The first wait after a connection broke, doubled each time.
        """
        self._place, self._shards, self._loopback = place, shards, loopback
        self._backoff_s = backoff_s
        self._opened = (os.getpid(), *opened) if opened else None
        self._tags: dict[str, str] = {}
        self._moved: dict[str, Location] = {}

    def of(self, shards: Mapping[str, Shard]) -> "Ranges":
        """Return the same for other files of the release; connections are shared."""
        opened = self._opened[1:] if self._opened and self._opened[0] == os.getpid() else None
        wait_s = self._backoff_s
        return Ranges(self._place, shards, opened, loopback=self._loopback, backoff_s=wait_s)

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_opened": None, "_moved": {}}

    def read(self, spans: Sequence[Span]) -> dict[Name, bytes]:
        """Read pictures, several at once.

        Raises:
            TransferError: One cannot be had; the sentence says why, and what to do.
        """
        found: dict[Name, bytes] = {}
        asked = runs(spans)
        self._open()
        contents = Watch().at_once(self._run, asked, threads=_THREADS)
        for run, content in zip(asked, contents, strict=True):
            for span in run.spans:
                at = span.offset - run.begin
                found[span.shard, span.member] = self._checked(span, content[at : at + span.size])
        return found

    def _checked(self, span: Span, content: bytes) -> bytes:
        if hashlib.sha256(content).hexdigest() != span.sha256:
            raise MismatchError(
                f"{span.member} in {span.shard} is not what the release says it is (its sha256 "
                "differs): the file was changed, or the way here changes it. Nothing of it was "
                "given. Try another place; if it happens again, open an issue."
            )
        return content

    def _open(self) -> tuple[requests.Session, Origin]:
        if self._opened is None or self._opened[0] != os.getpid():  # a fork shares no connection
            session = new_session(backoff_s=self._backoff_s)
            place = origin(self._place, session, loopback=self._loopback)
            self._opened, self._moved = (os.getpid(), session, place), {}
        return self._opened[1:]

    def _run(self, run: Run) -> bytes:
        session, place = self._open()
        shard = self._shards[run.shard]
        location = place.locate(shard.first_published, shard.name)
        if isinstance(location.where, Path):
            return self._from_disk(location.where, run)
        body, failures = bytearray(), 0
        while len(body) < run.end - run.begin:
            before = len(body)
            try:
                self._some(session, self._moved.get(shard.name, location), shard, run, body)
                why = "the connection ended early"
            except (requests.RequestException, HTTPError) as error:
                why = brief(error)
            failures = 0 if len(body) - before >= _PROGRESS_BYTES else failures + 1
            if failures >= TRIES and len(body) < run.end - run.begin:
                raise TransferError(
                    f"{shard.name} cannot be read from {location.where}: {why}. It was asked "
                    f"{TRIES} times. Try later, or have it all here: `covid19-images download`."
                )
            if failures and len(body) < run.end - run.begin:
                time.sleep(min(self._backoff_s * 2**failures, 60))
        return bytes(body)

    def _from_disk(self, file: Path, run: Run) -> bytes:
        with file.open("rb") as stream:
            stream.seek(run.begin)
            return stream.read(run.end - run.begin)

    def _some(
        self,
        session: requests.Session,
        location: Location,
        shard: Shard,
        run: Run,
        body: bytearray,
    ) -> None:
        """Read as much of a run as one answer gives."""
        url = str(location.where)
        asked = {"Range": f"bytes={run.begin + len(body)}-{run.end - 1}"}
        with location.reach.open(session, url, {**location.headers, **asked}) as response:
            if response.status_code in _GONE and location is self._moved.get(shard.name):
                self._moved.pop(shard.name, None)  # it was given for a while, which is over
                raise requests.ConnectionError(f"the server answers {response.status_code}")
            self._check(response, shard, run.begin + len(body))
            if response.url != url:  # next time without the detour, and without the token
                self._moved[shard.name] = Location(response.url, {}, location.reach)
            pace = Pace(Watch().pace_s)
            while (left := run.end - run.begin - len(body)) > 0:
                piece = response.raw.read1(left)
                if not piece:
                    return
                pace.add(len(piece))
                body += piece

    def _check(self, response: requests.Response, shard: Shard, begin: int) -> None:
        """Refuse an answer that is not the part of the file that was asked for."""
        host = response.url.partition("?")[0]
        if response.status_code == requests.codes.ok:
            raise TransferError(
                f"{host} does not give parts of files, so nothing can be streamed from there. "
                "Download the release (`covid19-images download`), or name another place."
            )
        stated = response.headers.get("Content-Range", "")
        part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", stated)
        tag = response.headers.get("ETag", "")
        is_same = part is not None and part[2] in ("*", str(shard.size))
        is_same = is_same and self._tags.setdefault(shard.name, tag) == tag
        if response.status_code == requests.codes.requested_range_not_satisfiable or (
            response.status_code == requests.codes.partial_content and not is_same
        ):
            raise MismatchError(
                f"{shard.name} at {host} is another file than the release's. What was read before "
                "is right: each picture was checked. Begin again, or name another place."
            )
        if part is None or response.status_code != requests.codes.partial_content:
            status = f"{response.status_code} {response.reason or ''}".strip()
            raise TransferError(f"{shard.name} cannot be read: {host} answers {status!r}.")
        if int(part[1]) != begin:
            raise TransferError(f"{host} gives another part of {shard.name} than was asked for.")
