"""The one wire: everything that a connector's client library sends goes through it.

wire.mount(session)             jira, gspread, google-auth: any requests.Session
session.mount(url, wire.adapter)  PyGithub, which makes sessions of its own

It bounds time and size, retries, waits for limits, remembers ETags, refuses writes and foreign
addresses, counts, and raises `SourceError`s. Connectors do none of that.
"""

from __future__ import annotations

import random as chance
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import requests

from syncd.egress.adapter import WireAdapter
from syncd.egress.addresses import IPNetwork
from syncd.egress.budget import Clock, Deadline, Traffic, WireLimits
from syncd.egress.dial import Dialler, Resolve, resolve
from syncd.egress.guard import Guard
from syncd.egress.limits import Wall
from syncd.egress.origin import Origin
from syncd.egress.outcome import Judge, RateLimit
from syncd.egress.patience import Time
from syncd.errors import SettingsError

__all__ = ["Traffic", "Wire", "WireLimits"]


def _now() -> datetime:
    return datetime.now(UTC)


class Wire:
    """One per connection.

    Args:
        connection: Its name in syncd.yaml, for messages.
        origins: Addresses it may talk to; what follows scheme, host and port is not read.
        networks: Where private addresses, and plain http, are allowed.
        read_posts: Patterns (re.fullmatch on the path) of the POSTs that only read.
        writes: See `Hooks.writes`; who registers hooks alone gives any.
        rate_limit: See `Plugin.rate_limit`.
        ca_bundle: File of trusted authorities; None: the usual ones.

    Raises:
        SettingsError: an origin that is none.
    """

    def __init__(
        self,
        *,
        connection: str,
        origins: Sequence[str],
        networks: Sequence[IPNetwork] = (),
        read_posts: Sequence[str] = (),
        writes: Sequence[tuple[str, str]] = (),
        rate_limit: RateLimit | None = None,
        limits: WireLimits = WireLimits(),  # noqa: B008  # frozen
        ca_bundle: str | None = None,
        clock: Clock = time.monotonic,
        wall: Wall = _now,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = chance.random,
        resolve: Resolve = resolve,
    ) -> None:
        self._limits, self._clock = limits, clock
        self._running: tuple[Deadline, Traffic] | None = None
        self._starting = threading.Lock()
        self._adapter = WireAdapter(
            guard=Guard(
                origins=_origins(connection, origins),
                read_posts=tuple(read_posts),
                writes=tuple(writes),
            ),
            dialler=Dialler(networks=tuple(networks), resolve=resolve),
            judge=Judge(
                connection=connection,
                max_depth=limits.max_depth,
                rate_limit=rate_limit,
                wall=wall,
                writes=bool(writes),
            ),
            limits=limits,
            account=self._account,
            time=Time(clock=clock, wall=wall, sleep=sleep, random=random),
            ca_bundle=ca_bundle,
        )

    @property
    def adapter(self) -> WireAdapter:
        """For libraries that make their own sessions: mount it on http:// and https://."""
        return self._adapter

    @property
    def concurrency(self) -> int:
        """How many requests are sent at once; further ones wait for their turn."""
        return self._limits.concurrency

    def mount(self, session: requests.Session) -> None:
        """Makes `session` talk through this wire, and nothing else."""
        for scheme in tuple(session.adapters):
            del session.adapters[scheme]
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._adapter)
        session.trust_env = False  # no proxy variables, no .netrc

    def session(self) -> requests.Session:
        session = requests.Session()
        self.mount(session)
        return session

    @contextmanager
    def batch(self) -> Iterator[Traffic]:
        """One deadline and one count for everything inside, in whatever thread.

        Outside of a batch every request has a deadline of its own.

        Raises:
            RuntimeError: a batch is running; a wire has one at a time.
        """
        traffic = Traffic()
        with self._starting:
            if self._running is not None:
                raise RuntimeError("a batch of this wire is running already")
            self._running = (Deadline.after(self._limits.deadline_s, self._clock), traffic)
        try:
            yield traffic
        finally:
            self._running = None

    def _account(self) -> tuple[Deadline, Traffic]:
        return self._running or (Deadline.after(self._limits.deadline_s, self._clock), Traffic())


def _origins(connection: str, texts: Sequence[str]) -> tuple[Origin, ...]:
    try:
        return tuple(Origin.of(text) for text in texts)
    except ValueError as error:
        raise SettingsError(f"connection {connection!r}: its address cannot be used: {error}") from error
