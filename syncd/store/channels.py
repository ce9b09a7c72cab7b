"""Channels over which a source sends hooks, as long as they last: so that no restart opens a second one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.reading import ErrorFact
from syncd.store.batch import DialectName
from syncd.store.facts import error_columns, from_error, to_error
from syncd.store.schema import Instant, metadata

channels = Table(
    "channels",
    metadata,
    Column("id", Text, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("opened_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Column("failures", BigInteger, nullable=False),
    Column("retry_at", Instant),
    *error_columns(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel.

    Attributes:
        id: Ours.
        place: What it watches, in the source's words.
        digest: Of the address and the token that it was asked for with.
        resource: The source's name of it; empty: not known.
        opened_at: None: it was asked for, and no answer is known.
        failures: Refusals in a row, to open it or to stop it.
        retry_at: Not to be tried sooner.
        error: The last refusal; None: none since it went well.
    """

    id: str
    connection: str
    place: str
    digest: str
    resource: str = ""
    opened_at: datetime | None = None
    expires_at: datetime
    failures: int = 0
    retry_at: datetime | None = None
    error: ErrorFact | None = None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None


class ChannelsTable:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._insert = sqlite.insert if dialect == "sqlite" else postgresql.insert

    async def of(self, connection: str) -> list[Channel]:
        """In the order in which they end."""
        found = select(channels).where(channels.c.connection == connection)
        rows = await self._connection.execute(found.order_by(channels.c.expires_at, channels.c.id))
        return [
            Channel(
                id=row.id,
                connection=row.connection,
                place=row.place,
                digest=row.digest,
                resource=row.resource,
                opened_at=row.opened_at,
                expires_at=row.expires_at,
                failures=row.failures,
                retry_at=row.retry_at,
                error=to_error(row.error_code, row.error_message, row.error_actor),
            )
            for row in rows
        ]

    async def save(self, channel: Channel) -> None:
        code, message, actor = from_error(channel.error)
        row = {
            "id": channel.id,
            "connection": channel.connection,
            "place": channel.place,
            "digest": channel.digest,
            "resource": channel.resource,
            "opened_at": channel.opened_at,
            "expires_at": channel.expires_at,
            "failures": channel.failures,
            "retry_at": channel.retry_at,
            "error_code": code,
            "error_message": message,
            "error_actor": actor,
        }
        await self._connection.execute(
            self._insert(channels).values(row).on_conflict_do_update(index_elements=("id",), set_=row)
        )

    async def forget(self, id_: str) -> None:
        await self._connection.execute(channels.delete().where(channels.c.id == id_))
