"""Dials for urllib3: resolves once, vets every answer, connects to the vetted address.

Host header, SNI and certificate check keep the name. What is vetted is what is dialled: there is
no second look-up that could answer differently.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.poolmanager import PoolManager

from syncd.egress.addresses import ForbiddenAddressError, IPAddress, IPNetwork, is_inside, vet
from syncd.egress.attempt import current_attempt
from syncd.errors import UnsafeSource

Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) -> every address, as text. Raises OSError."""

ALLOW_HINT = (
    "if this source is meant to be inside, list its network under `allow_networks.connections` in syncd.yaml"
)


def resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[4][0]) for address in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialler:
    """Opens vetted sockets.

    Attributes:
        networks: Where private addresses, and plain http, are allowed.
    """

    networks: Sequence[IPNetwork]
    resolve: Resolve = resolve

    def dial(self, host: str, port: int, *, is_plain: bool) -> socket.socket:
        """A connected socket that dies with the current attempt.

        Raises:
            UnsafeSource: an address that must not be dialled.
            OSError: nobody there, in time.
        """
        attempt = current_attempt()
        addresses = self._vetted(
            host, _within(attempt.remaining_s(), partial(self.resolve, host, port)), is_plain
        )
        failure = OSError("the name has no address")
        for address in addresses:
            try:
                sock = socket.create_connection(
                    (str(address), port), timeout=_positive(attempt.remaining_s())
                )
            except OSError as error:
                failure = error
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            attempt.watch(sock)
            return sock
        raise failure

    def _vetted(self, host: str, addresses: Sequence[str], is_plain: bool) -> Sequence[IPAddress]:  # noqa: FBT001
        try:
            vetted = vet(addresses, self.networks)
        except ForbiddenAddressError as forbidden:
            raise UnsafeSource(
                f"{host!r} leads to {forbidden.address}, which is not a public address", hint=ALLOW_HINT
            ) from None
        if is_plain and not all(is_inside(address, self.networks) for address in vetted):
            raise UnsafeSource(
                f"plain http to {host!r} would show the credential to anybody", hint=ALLOW_HINT
            )
        return vetted


def _within(seconds: float, look_up: Callable[[], Sequence[str]]) -> Sequence[str]:
    """The look-up's result; a resolver that hangs is left behind, since it takes no timeout."""
    done: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put(look_up())
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that IDNA cannot encode
            done.put(error if isinstance(error, OSError) else OSError("not a host name"))

    threading.Thread(target=run, daemon=True).start()
    try:
        found = done.get(timeout=_positive(seconds))
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(found, OSError):
        raise found
    return found


def _positive(seconds: float) -> float:
    return max(seconds, 0.001)  # to a socket, 0 means not to block at all


class _Plain(HTTPConnection):
    is_plain = True

    # Any: urllib3 passes its own settings through.
    def __init__(self, *args: Any, dialler: Dialler, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._dialler = dialler
        self._is_fresh = False

    def _new_conn(self) -> socket.socket:
        sock = self._dialler.dial(self._dns_host, self.port, is_plain=self.is_plain)
        self._is_fresh = True
        return sock

    def request(self, *args: Any, **settings: Any) -> None:
        if self.sock is not None and not self._is_fresh:  # out of the pool: it now dies with this attempt
            attempt = current_attempt()
            attempt.is_reused = True
            attempt.watch(self.sock)
        super().request(*args, **settings)
        self._is_fresh = False


class _Secure(_Plain, HTTPSConnection):
    is_plain = False


class VettedPools(PoolManager):
    """urllib3's pools, with our connections in them."""

    # Any: urllib3's settings.
    def __init__(self, *, dialler: Dialler, **settings: Any) -> None:
        super().__init__(**settings)
        self._dialler = dialler

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        kind = _Secure if scheme == "https" else _Plain
        # urllib3 calls it like a class; the instance's attribute stands before the class's.
        pool.ConnectionCls = partial(kind, dialler=self._dialler)  # type: ignore[assignment]
        return pool
