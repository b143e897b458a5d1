"""Connect to addresses that were looked at: a name may have another one a moment later.

What is refused beforehand by `covid19_images.download.reach` is what a name means then. So a
connection looks its name up once more, has every address judged, and connects to those alone.
A proxy looks names up by itself, where the environment names one.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Place = tuple[str, int]
"""A host and a port."""
Judge = Callable[[Place, list[Address]], None]
"""Raises where an address of a place must not be asked."""

_JUDGE: ContextVar[Judge | None] = ContextVar("judge", default=None)


@contextmanager
def judged_by(judge: Judge) -> Iterator[None]:
    """Have the addresses judged that this thread connects to meanwhile."""
    before = _JUDGE.set(judge)
    try:
        yield
    finally:
        _JUDGE.reset(before)


def addresses(place: Place) -> list[Address]:
    """Look up the addresses of a host.

    Raises:
        OSError: It has none, or the network is down.
        UnicodeError: It cannot be a host's name.
    """
    found = socket.getaddrinfo(*place, type=socket.SOCK_STREAM)
    texts = dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found)
    return [ipaddress.ip_address(text) for text in texts]


class _Judged(HTTPConnection):
    """A connection to addresses that were judged."""

    def _new_conn(self) -> socket.socket:
        judge = _JUDGE.get()
        if judge is None:
            return super()._new_conn()
        name = self._dns_host
        place = (name.lower().strip("[]"), self.port or self.default_port)
        try:
            found = addresses(place)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error
        judge(place, found)
        try:
            return self._first_that_answers(found)
        finally:
            self._dns_host = name  # the certificate and the request are for the name

    def _first_that_answers(self, found: list[Address]) -> socket.socket:
        for address in found[:-1]:
            self._dns_host = str(address)
            try:
                return super()._new_conn()
            except (NewConnectionError, ConnectTimeoutError):
                continue
        self._dns_host = str(found[-1])
        return super()._new_conn()


class _JudgedTls(_Judged, HTTPSConnection):
    """The same, encrypted."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Judged


class _PoolTls(HTTPSConnectionPool):
    ConnectionCls = _JudgedTls


class JudgedAdapter(HTTPAdapter):
    """Have `requests` connect to judged addresses only."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  its signature
        """Make the pools of connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTls}
