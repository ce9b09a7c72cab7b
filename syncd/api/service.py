"""What the routes work with; wired once per process, and handed to them by the application."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol
from weakref import WeakValueDictionary

from fastapi import Depends, Request

from syncd.client import Key
from syncd.delivery.delivery import Result
from syncd.egress.targets import vet_target
from syncd.engine.port import Wake
from syncd.errors import ConfigError, SettingsError
from syncd.inbox.inbox import Inbox
from syncd.mappings.lint import Rulebook
from syncd.mappings.load import Loaded
from syncd.sdk.plugin import Connector
from syncd.store.endpoints import KeptEndpoint
from syncd.store.sealing import Keyring
from syncd.store.secrets import SealedSecret
from syncd.store.store import Store
from syncd.sync.measure import Open, Wired
from syncd.sync.site import Site
from syncd.views.forecasts import Outlook


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one caller may cost the others.

    Attributes:
        body_bytes: Of a request; counted while it comes in.
        body_s: How long it may take to come in.
        per_second, burst: Requests of one key: on average, and at once.
    """

    body_bytes: int = 1_048_576
    body_s: float = 10.0
    per_second: float = 20.0
    burst: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A source, as far as callers may know of it.

    Attributes:
        teams: Whose mappings may read it; None: everybody's.
    """

    connector: str
    refresh: timedelta
    min_interval: timedelta
    teams: frozenset[str] | None = None


def _nothing(_: Mapping[str, str]) -> Loaded:
    return Loaded(mappings=None)


async def _vet_as_public(url: str) -> None:
    await vet_target(url, networks=())


def _no_keys() -> Keyring:
    return Keyring(())


def _can_sign(_: KeptEndpoint, __: Sequence[SealedSecret]) -> SettingsError | None:
    return None


# Any: see `Open`.
def _no_connection(name: str) -> tuple[Connector[Any], Wired]:
    raise ConfigError(f"there is no connection {name!r}", code="unknown_connection")


class Ping(Protocol):
    """Sends one signed `ping` past the queue.

    Raises:
        SettingsError: Nothing can be signed for the endpoint.
    """

    async def __call__(self, kept: KeptEndpoint, sealed: Sequence[SealedSecret], *, epoch: int) -> Result: ...


async def _dials_nobody(kept: KeptEndpoint, sealed: Sequence[SealedSecret], *, epoch: int) -> Result:
    raise SettingsError("this process sends nothing")


class Writing:
    """Writes with an `Idempotency-Key` that do something outside of the store: one at a time for each."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def alone(self, caller: str, key: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault((caller, key), asyncio.Lock())
        async with lock:
            yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One installation, as the API sees it.

    Attributes:
        wake: Tells the engine what is to be done.
        inbox: Where hooks come in; None: this process takes none.
        read: Mapping files -> what they say, with every finding.
        rulebook: Which findings are told, and how severe they are.
        senders: Other syncds whose events are taken: instance -> the keys that they sign with.
        random: So many unpredictable bytes.
        vet: Refuses the address of an endpoint that must not be dialled, with `UnsafeTarget`.
        keyring: What seals the secrets of endpoints; made anew each time, since making it may fail.
        problem: Why nothing can be signed for an endpoint with these secrets; None: it can.
        ping: What tries an endpoint.
        asking: Connections for plans; not the site's, since a connection answers one batch at a time.
        trying: Held by whoever asks them.
        writing: Held by whoever writes what reaches beyond the store.
    """

    site: Site
    wake: Wake
    inbox: Inbox | None = None
    outlook: Outlook = field(default_factory=Outlook)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    read: Callable[[Mapping[str, str]], Loaded] = _nothing
    rulebook: Rulebook = field(default_factory=Rulebook)
    senders: Mapping[str, Sequence[Key]] = field(default_factory=dict, repr=False)
    limits: Limits = field(default_factory=Limits)
    random: Callable[[int], bytes] = secrets.token_bytes
    vet: Callable[[str], Awaitable[None]] = _vet_as_public
    keyring: Callable[[], Keyring] = _no_keys
    problem: Callable[[KeptEndpoint, Sequence[SealedSecret]], SettingsError | None] = _can_sign
    ping: Ping = _dials_nobody
    asking: Open = _no_connection
    trying: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    writing: Writing = field(default_factory=Writing, repr=False)

    @property
    def store(self) -> Store:
        return self.site.store

    @property
    def clock(self) -> Callable[[], datetime]:
        return self.site.clock

    async def deliver(self) -> None:
        """Wakes every endpoint: something was enqueued."""
        async with self.store.reading() as tx:
            names = [kept.endpoint.name for kept in await tx.outbox.endpoints.all()]
        for name in names:
            self.wake("drain_endpoint", name)


def service_of(request: Request) -> Service:
    found: Any = request.app.state.service  # Any: what Starlette keeps has no type
    if not isinstance(found, Service):
        raise TypeError("the application was made without a service")
    return found


Serving = Annotated[Service, Depends(service_of)]
"""A route's parameter: the service."""
