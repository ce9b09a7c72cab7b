"""Brings a database to the schema of this code; finds out with plain SQL whether it is there already."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.errors import StoreError
from syncd.store.connect import Engines
from syncd.store.meta import EPOCH, first_rows, meta

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The revision that this code reads and writes. Revisions are numbered, so that `>` means newer."""

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number that nobody else takes on the same PostgreSQL server.
_MIGRATION_LOCK = 0x73796E6364


class Found(NamedTuple):
    """What a database says of itself; both None: there is no store in it."""

    revision: str | None
    epoch: int | None


async def ensure_schema(engines: Engines, *, now: datetime, create: bool) -> int:
    """Create or migrate the store if need be; its epoch.

    Raises:
        StoreError: It is newer than this code; or it is missing or older and may not be touched.
    """
    async with engines.reader.connect() as connection:
        found = await _found(connection)
    if found.revision != HEAD:
        _refuse(found, where=engines.where, create=create)
        async with engines.writer.begin() as connection:
            found = await _migrate(connection, now=now)
    if found.epoch is None:
        raise StoreError(f"the store {engines.where} has lost its epoch", code="store_damaged")
    return found.epoch


def _refuse(found: Found, *, where: str, create: bool) -> None:
    if found.revision is not None and found.revision > HEAD:
        raise StoreError(
            f"the store {where} was written by a newer syncd (schema {found.revision}, here {HEAD})",
            code="store_newer",
            hint="run the newer syncd",
        )
    if not create:
        raise (
            missing(where)
            if found.revision is None
            else StoreError(
                f"the store {where} was written by an older syncd (schema {found.revision}, here {HEAD})",
                code="store_older",
                hint="run `syncd apply` or `syncd serve`: they bring it up to date",
            )
        )


def missing(where: str) -> StoreError:
    return StoreError(
        f"there is no store at {where}", code="store_missing", hint="run `syncd apply`: it creates it"
    )


async def _found(connection: AsyncConnection) -> Found:
    has_revision = await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version"))
    if not has_revision:
        return Found(None, None)
    revision = await connection.execute(text("SELECT version_num FROM alembic_version"))
    epoch = await connection.execute(select(meta.c.value).where(meta.c.name == EPOCH))
    value = epoch.scalar_one_or_none()
    return Found(revision.scalar_one_or_none(), None if value is None else int(value))


async def _migrate(connection: AsyncConnection, *, now: datetime) -> Found:
    if connection.dialect.name == "postgresql":
        # Two processes may start at once; the second finds the work done.
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    await connection.run_sync(_upgrade)
    if (await _found(connection)).epoch is None:
        first = first_rows(epoch=int(now.timestamp()))
        rows = [{"name": name, "value": value} for name, value in first.items()]
        await connection.execute(meta.insert(), rows)
    return await _found(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - so that a start without migration does without Alembic

    command.upgrade(alembic_config(connection), HEAD)


def alembic_config(connection: Connection) -> Config:
    """What Alembic needs to work on `connection`, in the transaction that is open there."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
