"""Which addresses a download may ask: the origin's own, and public ones that a release names.

A hostile mirror can redirect, and an index can name any url. Nobody else's index or server makes
this machine ask its own services or those of its network, nor sends it from https to http.
"""

import ipaddress
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests

from covid19_images.download.connect import Address, Place, addresses, judged_by
from covid19_images.download.errors import OriginError, RefusedAddressError
from covid19_images.download.session import ask

READ_TIMEOUT_S = 60
_TIMEOUT_S = (10, READ_TIMEOUT_S)  # to connect; between two pieces
_SMALL_DEADLINE_S = 120.0  # for all of a small body, however it drips
_MOST_REDIRECTS = 8
_USER = re.compile(r"//[^/]*@")
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_GITHUB = ("github.com", "githubusercontent.com")
_LAST_32 = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


@dataclass(frozen=True)
class Reach:
    """What may be asked.

    Attributes:
        origin: The origin's own hosts and ports: a person named them, wherever they are.
        hosts: Hosts that redirects may lead to besides, such as the sources' own.
        loopback: Whether this machine may be asked at all its ports; only a person can want that.
        pins: The first addresses of the origin's places. Where these were public, later ones must
            be so too.
    """

    origin: frozenset[Place] = frozenset()
    hosts: frozenset[str] = frozenset()
    loopback: bool = False
    pins: dict[Place, frozenset[Address]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, urls: Iterable[str], hosts: Iterable[str] = (), *, loopback: bool = False) -> Self:
        """Return the reach of a download from an origin at some urls."""
        return cls(frozenset(map(_place, urls)), frozenset(hosts), loopback)

    def with_hosts(self, urls: Iterable[str]) -> Self:
        """Return the same, with the hosts of urls that an index names."""
        named = {(urlsplit(url).hostname or "").lower() for url in urls if _is_web(url)}
        return replace(self, hosts=self.hosts | named - {""})

    def check(self, url: str) -> None:
        """Refuse an address of this machine or its network, and other schemes.

        Raises:
            RefusedAddressError: It must not be asked.
        """
        if not _is_web(url):
            raise _refused(url, "it is neither https nor http")
        if urlsplit(url).username is not None:
            raise _refused(url, "it holds a user's name")
        try:
            self.judge(_place(url), addresses(_place(url)))
        except (OSError, UnicodeError):
            return  # a proxy may know it; without one, asking fails

    def judge(self, place: Place, found: Sequence[Address]) -> None:
        """Refuse a place where one of its addresses must not be asked.

        Raises:
            RefusedAddressError: One of them is of this machine or its network.
        """
        pinned: frozenset[Address] = frozenset()
        if place in self.origin:
            pinned = self.pins.setdefault(place, frozenset(found))
        for ip in found:
            if not is_public(ip) and ip not in pinned and not (self.loopback and ip.is_loopback):
                where = f"{place[0]}, port {place[1]},"
                raise _refused(where, f"{ip} is an address of this machine or a private network")

    def check_redirect(self, before: str, url: str) -> None:
        """Refuse a redirect to a host that nobody named, or from https to http.

        Raises:
            RefusedAddressError: It must not be followed.
        """
        self.check(url)
        if urlsplit(before).scheme == "https" and urlsplit(url).scheme != "https":
            raise _refused(url, f"{_host(before)} redirects from https to http")
        if _place(url) in self.origin or _host(url) == _host(before):
            return
        known = {host for host, _ in self.origin} | self.hosts
        host = _host(url)
        family = any(_belongs(one, _GITHUB) for one in known) and _belongs(host, _GITHUB)
        if host not in known and not family and not (self.loopback and self._is_loopback(url)):
            raise _refused(url, f"{_host(before)} redirects there, and the release names no {host}")

    def _is_loopback(self, url: str) -> bool:
        try:
            return all(ip.is_loopback for ip in addresses(_place(url)))
        except (OSError, UnicodeError):
            return False

    @contextmanager
    def open(
        self, session: requests.Session, url: str, headers: Mapping[str, str]
    ) -> Iterator[requests.Response]:
        """Ask for a url and follow its redirects, each of them checked; no body is read yet.

        Raises:
            RefusedAddressError: It, or a redirect, leads where nothing may be asked.
            requests.RequestException: The server does not answer.
            urllib3.exceptions.HTTPError: It breaks off.
        """
        self.check(url)
        sent = dict(headers)
        for _ in range(_MOST_REDIRECTS):
            with judged_by(self.judge):
                answer = ask(session, url, sent, timeout_s=_TIMEOUT_S)
            with answer as response:
                location = response.headers.get("Location")
                if response.status_code not in _REDIRECTS or not location:
                    yield response
                    return
                target = urljoin(url, location)
                self.check_redirect(url, target)
                if _place(target) != _place(url):
                    sent.pop("Authorization", None)
                url = target
        raise _refused(url, "it is one redirect too many")

    def read(
        self, session: requests.Session, url: str, headers: Mapping[str, str], *, most: int
    ) -> tuple[requests.Response, bytes]:
        """Fetch a small body.

        Args:
            session: What asks the server.
            url: What to fetch.
            headers: Sent along, but no token to another host.
            most: Bytes that it may have.

        Raises:
            OriginError: It is larger, or takes too long.
        """
        end = time.monotonic() + _SMALL_DEADLINE_S
        body = bytearray()
        with self.open(session, url, headers) as response:
            while piece := response.raw.read1(most + 1 - len(body)):
                body += piece
                if len(body) > most:
                    raise OriginError(
                        f"{url} sends more than {most:,} bytes, which such a file never has. "
                        "Nothing was changed. The place is not to be trusted."
                    )
                if time.monotonic() > end:
                    raise OriginError(
                        f"{url} takes longer than {_SMALL_DEADLINE_S:.0f} s for a small file. "
                        "Nothing was changed. Try later, or another place with --from."
                    )
        return response, bytes(body)


def is_public(ip: Address) -> bool:
    """Return whether an address is one of the public internet; those inside of others count too.

    >>> from ipaddress import ip_address
    >>> is_public(ip_address("8.8.8.8")), is_public(ip_address("10.0.0.1"))
    (True, False)
    >>> is_public(ip_address("::ffff:127.0.0.1")), is_public(ip_address("64:ff9b::a9fe:a9fe"))
    (False, False)
    """
    inner: list[Address | None] = []
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip != ipaddress.IPv6Address("::1") and any(ip in network for network in _LAST_32):
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    embedded = [one for one in inner if one is not None]
    if embedded and isinstance(ip, ipaddress.IPv6Address):
        return all(map(is_public, embedded))
    return ip.is_global and not ip.is_multicast


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in _PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _place(url: str) -> Place:
    if not _is_web(url):
        return "", 0
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def _belongs(host: str, families: Iterable[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in families)


def _refused(url: str, why: str) -> RefusedAddressError:
    shown = _USER.sub("//…@", url)[:200]  # a name there has a password beside it
    return RefusedAddressError(
        f"{shown} was not asked: {why}. A release that leads there is not to be trusted; if you "
        "run that place yourself, name it with --from, or allow this machine with --loopback."
    )
