"""An API over a store of its own, in this process: who asks, what is recorded, what time it is."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

import httpx
from fastapi import FastAPI

from syncd.api.app import application
from syncd.api.service import Connection, Limits, Service
from syncd.egress.targets import vet_target
from syncd.mappings.load import Loaded
from syncd.okr.definition import Mappings
from syncd.okr.event import Source
from syncd.okr.state import State
from syncd.people.keys import mint
from syncd.store.keys import Scope
from syncd.store.sealing import Keyring, new_key
from syncd.store.store import Store
from syncd.sync.site import Site
from syncd.views.forecasts import Outlook
from tests.builders import CALENDAR, CYCLE
from tests.states import NOW

CONNECTIONS = {
    name: Connection(connector=name, refresh=timedelta(minutes=15), min_interval=timedelta(seconds=30))
    for name in ("tracker", "usage")
}


@dataclass(slots=True)
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Wakes:
    """What the engine was told. Any: see `syncd.engine.port.Wake`."""

    told: list[tuple[Any, ...]] = field(default_factory=list)

    def __call__(self, task: str, key: str, at: datetime | None = None) -> None:
        self.told.append((task, key))


@dataclass(frozen=True, kw_only=True)
class Api:
    """The service, and clients of it."""

    service: Service
    clock: Clock
    wakes: Wakes

    @property
    def store(self) -> Store:
        return self.service.store

    async def key(
        self,
        scope: Scope = "admin",
        *,
        teams: Sequence[str] | None = None,
        lasts: timedelta = timedelta(days=1),
    ) -> str:
        """The text of a new key."""
        now = self.clock()
        made, text = mint(
            name=f"{scope} of the test",
            scope=scope,
            teams=teams,
            by="anna",
            at=now,
            expires_at=now + lasts,
            random=secrets.token_bytes,
        )
        async with self.store.transaction() as tx:
            await tx.keys.add(made)
        return text

    @cached_property
    def app(self) -> FastAPI:
        """Made once: a hundred routes take longer to build than to ask."""
        return application(self.service)

    @asynccontextmanager
    async def client(self, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://syncd", headers=headers) as client:
            yield client

    async def apply(self) -> None:
        """Activates a version; what it says are the mappings that `an_api` was given."""
        async with self.store.transaction() as tx:
            await tx.versions.activate({"mappings/x.yaml": ""}, digest="v1", at=self.clock(), by="anna")

    async def record(self, *states: State) -> None:
        async with self.store.transaction() as tx:
            await tx.states.save(states, at=self.clock(), sync_id=None)


async def _resolve(host: str, _: int) -> Sequence[str]:
    """Everything is public, but `inside.example`."""
    return ["10.0.0.1" if host == "inside.example" else "93.184.215.14"]


def an_api(store: Store, *, mappings: Mappings | None = None, limits: Limits | None = None) -> Api:
    clock, wakes, sealing = Clock(), Wakes(), new_key()

    def nothing_to_open(name: str) -> Any:  # Any: nobody gets it
        raise AssertionError(f"the API asked {name}")

    site = Site(
        store=store,
        open_connection=nothing_to_open,
        load=lambda _: mappings or Mappings(),
        calendar=CALENDAR,
        refresh={name: timedelta(minutes=15) for name in CONNECTIONS},
        source=Source(instance="acme", epoch=store.epoch),
        clock=clock,
    )
    service = Service(
        site=site,
        wake=wakes,
        limits=limits or Limits(),
        outlook=Outlook(cycles={CYCLE.name: CYCLE}),
        connections=CONNECTIONS,
        read=lambda _: Loaded(mappings=mappings or Mappings()),
        vet=partial(vet_target, networks=(), resolve=_resolve),
        keyring=lambda: Keyring([sealing]),
    )
    return Api(service=service, clock=clock, wakes=wakes)
