"""Where events go: the endpoints of syncd.yaml and of people, and whether they take anything now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Column, Double, Integer, Table, Text, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.delivery.circuit import CLOSED, Circuit
from syncd.delivery.rate import Limits
from syncd.delivery.settling import GONE, UNREACHABLE, Reach
from syncd.delivery.subscription import EVERYTHING, is_one_of, matches
from syncd.errors import ConfigError
from syncd.okr.event import Address
from syncd.store.schema import Instant, generated_key, metadata

REMOVED = "removed"
"""Why an endpoint is disabled that syncd.yaml does not name any more, or that a person removed."""

BY_HAND = "by_hand"
"""Why an endpoint is disabled that a person disabled."""

UNKNOWN = ""
"""The URL of an endpoint whose address could never be told yet."""

endpoints = Table(
    "endpoints",
    metadata,
    generated_key("id"),
    Column("name", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("include", JSON, nullable=False),
    Column("teams", JSON, nullable=False),
    Column("tiers", JSON, nullable=False),
    Column("objectives", JSON, nullable=False),
    # Attempts per second.
    Column("rate", Double),
    Column("concurrency", Integer, nullable=False),
    # "file": syncd.yaml says what it is; "store": people do.
    Column("owner", Text, nullable=False),
    # Counts how often its description was changed.
    Column("revision", Integer, nullable=False, default=1),
    Column("created_at", Instant, nullable=False),
    Column("last_delivered_at", Instant),
    Column("paused_at", Instant),
    Column("disabled_at", Instant),
    Column("disabled_reason", Text),
    # When the other endpoints were told that it is disabled.
    Column("told_at", Instant),
    # Its circuit: see `syncd.delivery.circuit`.
    Column("failures", Integer, nullable=False, default=0),
    Column("step", Integer, nullable=False, default=0),
    Column("opened_at", Instant),
    Column("probe_at", Instant),
    Column("probe", Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A consumer, as syncd.yaml or a person describes it. Its secret is no part of it.

    Attributes:
        url: None while it cannot be told; then a recorded one stays.
        events: Globs over event types, such as "key_result.*".
        include: "individual" for events of persons' key results, which are left out otherwise.
        teams, tiers, objectives: Whose events; empty: everybody's. What is of no objective (a
            connection, a cycle) goes by its type alone.
    """

    name: str
    url: str | None
    events: tuple[str, ...] = EVERYTHING
    include: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def takes(
        self,
        type_: str,
        tier: str | None,
        team: str | None = None,
        objective: str | None = None,
        left: Address | None = None,
    ) -> bool:
        """Whether it gets an event of this type and address; `left`: see `Event.left`."""
        if tier == "individual" and "individual" not in self.include:
            return False
        if not matches(type_, self.events):
            return False
        if tier is None or objective is None:
            return True
        return self._covers(tier, team, objective) or (left is not None and self._covers(*left))

    def _covers(self, tier: str, team: str | None, objective: str) -> bool:
        return (
            (not self.tiers or tier in self.tiers)
            and (not self.teams or is_one_of(team, objective, self.teams))
            and (not self.objectives or matches(objective, self.objectives))
        )


Owner = Literal["file", "store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEndpoint:
    """An endpoint as it is recorded.

    Attributes:
        owner: Where it is described, and its secret kept: in syncd.yaml, or in the store.
        revision: Greater with each change of its description.
        paused_at: Since when a person keeps everything back from it.
        disabled_at: Since when it gets nothing; `reach.disabled` says why.
        told_at: When the other endpoints were told so.
    """

    id: int
    endpoint: Endpoint
    owner: Owner
    revision: int
    reach: Reach
    created_at: datetime
    paused_at: datetime | None
    disabled_at: datetime | None
    told_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether anything may be sent to it, as far as people and the endpoint itself say."""
        return self.disabled_at is None and self.paused_at is None

    @property
    def is_removed(self) -> bool:
        return self.reach.disabled == REMOVED


_NAMED = select(endpoints).where(endpoints.c.name == bindparam("wanted"))
# Rows that refer to it may still be added: that takes no more than its key.
_LOCKED = _NAMED.with_for_update(key_share=True)
_SUBSCRIBERS = (
    select(endpoints)
    .where(endpoints.c.disabled_reason.is_distinct_from(REMOVED))
    .order_by(endpoints.c.id)
    .with_for_update(key_share=True)
)


class Endpoints:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def sync(self, settings: Iterable[Endpoint], *, at: datetime) -> list[str]:
        """Makes the recorded endpoints of syncd.yaml those that it has now.

        A new one gets what is enqueued from then on. One that is gone keeps its rows, disabled.

        Returns:
            Names of those that are to be enabled: their URL has changed since they were disabled,
            or they have come back. Not those that a person disabled.

        Raises:
            ConfigError: `endpoint_taken`; a person added one of that name.
        """
        known = {row.name: row for row in await self._connection.execute(select(endpoints))}
        wanted = {endpoint.name: endpoint for endpoint in settings}
        returning = []
        for name, endpoint in wanted.items():
            row = known.get(name)
            url = endpoint.url if endpoint.url is not None else row.url if row else UNKNOWN
            values = {"url": url, "owner": "file", **_described(endpoint)}
            if row is None:
                await self._connection.execute(endpoints.insert().values(name=name, created_at=at, **values))
                continue
            if row.owner == "store" and row.disabled_reason != REMOVED:
                raise ConfigError(
                    f"the endpoint {name!r} of syncd.yaml is there already: somebody added it by command",
                    code="endpoint_taken",
                    hint=f"name it otherwise in syncd.yaml, or remove the other: "
                    f"`syncd endpoints remove {name}`",
                )
            if any(getattr(row, column) != value for column, value in values.items()):
                await self._change(row.id, **values, revision=row.revision + 1)
            if row.disabled_reason == REMOVED or (
                row.url != url and row.disabled_reason in (GONE, UNREACHABLE)
            ):
                returning.append(name)
        for name, row in known.items():
            if name not in wanted and row.owner == "file" and row.disabled_reason != REMOVED:
                await self.disable(row.id, reason=REMOVED, at=at)
        return returning

    async def add(self, endpoint: Endpoint, *, at: datetime) -> int:
        """Records an endpoint that a person adds; it gets what is enqueued from then on.

        One that was removed lends its name and its number, and nothing else.

        Returns:
            Its number.

        Raises:
            ConfigError: `endpoint_taken`.
        """
        kept = await self.lock(endpoint.name)
        if kept is not None and not kept.is_removed:
            where = "syncd.yaml has it" if kept.owner == "file" else "somebody added it before"
            raise ConfigError(
                f"there is an endpoint {endpoint.name!r} already: {where}",
                code="endpoint_taken",
                hint="name it otherwise; names are unique over syncd.yaml and the store",
            )
        values = {"url": endpoint.url, "owner": "store", "created_at": at, **_described(endpoint)}
        if kept is None:
            inserted = endpoints.insert().values(name=endpoint.name, **values).returning(endpoints.c.id)
            return int((await self._connection.execute(inserted)).scalar_one())
        await self.enable(kept.id)
        again = {"paused_at": None, "last_delivered_at": None, "revision": kept.revision + 1}
        await self._change(kept.id, **again, **values)
        return kept.id

    async def change(self, kept: KeptEndpoint, wanted: Endpoint) -> bool:
        """Describes one that is locked anew; whether it is to be enabled, since it has another URL now.

        What it has open stays, and goes to where it is now.
        """
        values = {"url": wanted.url, **_described(wanted), "revision": kept.revision + 1}
        await self._change(kept.id, **values)
        return wanted.url != kept.endpoint.url and kept.reach.disabled in (GONE, UNREACHABLE)

    async def names(self) -> list[str]:
        """Of all that are not disabled."""
        live = select(endpoints.c.name).where(endpoints.c.disabled_at.is_(None))
        return list(await self._connection.scalars(live.order_by(endpoints.c.name)))

    async def all(self) -> list[KeptEndpoint]:
        """Every one that was ever recorded, by name."""
        rows = await self._connection.execute(select(endpoints).order_by(endpoints.c.name))
        return [_kept(row) for row in rows]

    async def get(self, name: str) -> KeptEndpoint | None:
        row = (await self._connection.execute(_NAMED, {"wanted": name})).first()
        return None if row is None else _kept(row)

    async def lock(self, name: str) -> KeptEndpoint | None:
        """The endpoint, whose deliveries nobody else changes until this transaction ends."""
        row = (await self._connection.execute(_LOCKED, {"wanted": name})).first()
        return None if row is None else _kept(row)

    async def lock_all(self, keys: Collection[int]) -> None:
        """As `lock`, of several: in the order of their keys."""
        which = select(endpoints.c.id).where(endpoints.c.id.in_(keys)).order_by(endpoints.c.id)
        await self._connection.execute(which.with_for_update(key_share=True))

    async def lock_subscribers(self) -> list[KeptEndpoint]:
        """Who gets new events: disabled ones too, since they may be enabled again; removed ones not.

        Locked, in the order of their keys, so that two that enqueue do not wait for each other.
        """
        rows = await self._connection.execute(_SUBSCRIBERS)
        return [_kept(row) for row in rows]

    async def save_circuit(self, key: int, circuit: Circuit) -> None:
        await self._change(key, **_circuit_columns(circuit))

    async def save_reach(self, key: int, reach: Reach, *, disables: str | None, at: datetime) -> None:
        """What a batch said about the endpoint. `disables`: from now on nothing is claimed for it."""
        columns = {"last_delivered_at": reach.delivered_at, **_circuit_columns(reach.circuit)}
        if disables is not None:
            columns |= {"disabled_at": at, "disabled_reason": disables, "told_at": None}
        await self._change(key, **columns)

    async def release_probes(self, *, now: datetime) -> None:
        """Whoever had a probe out is gone: another one may go."""
        out = endpoints.update().where(endpoints.c.probe.is_not(None))
        await self._connection.execute(out.values(probe=None, probe_at=now))

    async def disable(self, key: int, *, reason: str, at: datetime) -> None:
        """From now on nothing is claimed for it; what it has open stays open, and new events wait."""
        await self._change(key, disabled_at=at, disabled_reason=reason, told_at=None)

    async def remove(self, key: int, *, at: datetime) -> None:
        """What is left is a name, for the deliveries that were."""
        await self.disable(key, reason=REMOVED, at=at)
        await self._change(key, paused_at=None)

    async def enable(self, key: int) -> None:
        """Forgets why it was disabled, and how it failed."""
        await self._change(
            key, disabled_at=None, disabled_reason=None, told_at=None, **_circuit_columns(CLOSED)
        )

    async def pause(self, key: int, *, at: datetime | None) -> None:
        """Keeps everything back from it; None: no more."""
        await self._change(key, paused_at=at)

    async def untold(self) -> list[KeptEndpoint]:
        """Disabled ones of which the others were not told yet."""
        which = select(endpoints).where(
            endpoints.c.disabled_at.is_not(None),
            endpoints.c.told_at.is_(None),
            endpoints.c.disabled_reason != REMOVED,
        )
        rows = await self._connection.execute(which.order_by(endpoints.c.id))
        return [_kept(row) for row in rows]

    async def note_told(self, key: int, *, at: datetime) -> None:
        await self._change(key, told_at=at)

    async def _change(self, key: int, **values: object) -> None:
        await self._connection.execute(endpoints.update().where(endpoints.c.id == key).values(**values))


def _described(endpoint: Endpoint) -> dict[str, object]:
    return {
        "events": list(endpoint.events),
        "include": list(endpoint.include),
        "teams": list(endpoint.teams),
        "tiers": list(endpoint.tiers),
        "objectives": list(endpoint.objectives),
        "rate": endpoint.limits.rate,
        "concurrency": endpoint.limits.concurrency,
    }


def _circuit_columns(circuit: Circuit) -> dict[str, object]:
    return {
        "failures": circuit.failures,
        "step": circuit.step,
        "opened_at": circuit.opened_at,
        "probe_at": circuit.probe_at,
        "probe": circuit.probe,
    }


# Any: a row of `endpoints`.
def _kept(row: Any) -> KeptEndpoint:
    circuit = Circuit(
        failures=row.failures,
        step=row.step,
        opened_at=row.opened_at,
        probe_at=row.probe_at,
        probe=row.probe,
    )
    return KeptEndpoint(
        id=row.id,
        endpoint=Endpoint(
            name=row.name,
            url=row.url,
            events=tuple(row.events),
            include=tuple(row.include),
            teams=tuple(row.teams),
            tiers=tuple(row.tiers),
            objectives=tuple(row.objectives),
            limits=Limits(concurrency=row.concurrency, rate=row.rate),
        ),
        owner=row.owner,
        revision=row.revision,
        reach=Reach(circuit=circuit, delivered_at=row.last_delivered_at, disabled=row.disabled_reason),
        created_at=row.created_at,
        paused_at=row.paused_at,
        disabled_at=row.disabled_at,
        told_at=row.told_at,
    )
