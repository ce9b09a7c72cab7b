"""Where events go: the endpoints of syncd.yaml, and whether they still take anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from sqlalchemy import JSON, Column, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.schema import Instant, generated_key, metadata

REMOVED = "removed"
"""Why an endpoint is disabled that syncd.yaml does not name any more."""

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
    Column("created_at", Instant, nullable=False),
    Column("last_delivered_at", Instant),
    Column("disabled_at", Instant),
    Column("disabled_reason", Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A consumer, as syncd.yaml names it; its secret never reaches the store.

    Attributes:
        url: None while it cannot be told; then a recorded one stays.
        events: Globs over event types, such as "key_result.*".
        include: "individual" for events of persons' key results, which are left out otherwise.
    """

    name: str
    url: str | None
    events: tuple[str, ...] = ("*",)
    include: tuple[str, ...] = ()

    def takes(self, type_: str, tier: str | None) -> bool:
        if tier == "individual" and "individual" not in self.include:
            return False
        return any(fnmatchcase(type_, pattern) for pattern in self.events)


class Endpoints:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def sync(self, settings: Iterable[Endpoint], *, at: datetime) -> None:
        """Makes the recorded endpoints those of syncd.yaml.

        A new one gets what is enqueued from then on. One that is gone keeps its rows, disabled. One
        that was disabled starts again when its URL has changed, or when it has come back.
        """
        known = {row.name: row for row in await self._connection.execute(select(endpoints))}
        wanted = {endpoint.name: endpoint for endpoint in settings}
        for name, endpoint in wanted.items():
            row = known.get(name)
            url = endpoint.url if endpoint.url is not None else row.url if row else UNKNOWN
            values = {"url": url, "events": list(endpoint.events), "include": list(endpoint.include)}
            if row is None:
                await self._connection.execute(endpoints.insert().values(name=name, created_at=at, **values))
            elif row.disabled_reason == REMOVED or row.url != url:
                await self._change(row.id, **values, disabled_at=None, disabled_reason=None)
            elif [row.events, row.include] != [values["events"], values["include"]]:
                await self._change(row.id, **values)
        gone = [row for name, row in known.items() if name not in wanted and row.disabled_reason != REMOVED]
        for row in gone:
            await self.disable(row.id, reason=REMOVED, at=at)

    async def subscribers(self) -> list[tuple[int, Endpoint]]:
        """Who gets new events: disabled ones too, since they may be enabled again; removed ones not."""
        rows = await self._connection.execute(
            select(endpoints)
            .where(endpoints.c.disabled_reason.is_distinct_from(REMOVED))
            .order_by(endpoints.c.id)
        )
        return [
            (
                row.id,
                Endpoint(name=row.name, url=row.url, events=tuple(row.events), include=tuple(row.include)),
            )
            for row in rows
        ]

    async def note_delivered(self, ids: Collection[int], *, at: datetime) -> None:
        if ids:
            await self._connection.execute(
                endpoints.update().where(endpoints.c.id.in_(ids)).values(last_delivered_at=at)
            )

    async def disable(self, key: int, *, reason: str, at: datetime) -> None:
        """From now on nothing is claimed for it; what it has open stays open."""
        await self._change(key, disabled_at=at, disabled_reason=reason)

    async def _change(self, key: int, **values: object) -> None:
        await self._connection.execute(endpoints.update().where(endpoints.c.id == key).values(**values))
