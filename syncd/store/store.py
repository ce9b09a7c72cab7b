"""The database of one installation. Its transactions are the edge: nobody below commits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, Self

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from syncd.errors import StoreError, excerpt
from syncd.store.batch import DialectName
from syncd.store.connect import Engines, connect, sqlite_path
from syncd.store.migrate import ensure_schema, missing
from syncd.store.transaction import Transaction


class Store:
    """Made by `open`.

    Attributes:
        epoch: The store's when it was opened; see `Epochs`.
    """

    def __init__(self, engines: Engines, *, epoch: int) -> None:
        self._engines = engines
        self.epoch = epoch

    @classmethod
    async def open(cls, url: str, *, now: datetime, create: bool = True) -> Self:
        """Open the store at `sqlite:///path` or `postgresql://...`.

        Args:
            create: Create it if it is missing, migrate it if it is older. False: touch nothing.

        Raises:
            StoreError: Missing or older without `create`, newer than this code, not reachable.
        """
        path = sqlite_path(url)
        if path is not None and not create and not path.exists():
            raise missing(str(path))
        engines = connect(url)
        try:
            with _translated(engines.where):
                return cls(engines, epoch=await ensure_schema(engines, now=now, create=create))
        except BaseException:
            await _dispose(engines)
            raise

    async def close(self) -> None:
        await _dispose(self._engines)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def where(self) -> str:
        """Which database it is, without its password."""
        return self._engines.where

    @property
    def dialect(self) -> DialectName:
        return self._engines.dialect

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """One snapshot: what others write meanwhile is not seen. Writing fails."""
        with _translated(self._engines.where):
            async with self._engines.reader.begin() as connection:
                yield Transaction(connection, self.dialect)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Everything or nothing: committed at the end of the block, rolled back when it raises.

        On SQLite one at a time, over all processes; the others wait their turn. So no network
        call, and no other transaction, belongs inside.
        """
        with _translated(self._engines.where):
            async with self._engines.writer.begin() as connection:
                yield Transaction(connection, self.dialect)

    async def change_mark(self) -> Hashable:
        """Differs from an earlier mark when another process has written since.

        On PostgreSQL it also differs for writes of this process and of other databases: a
        reason to look, not a proof.
        """
        with _translated(self._engines.where):
            if self.dialect == "postgresql":
                async with self._engines.reader.begin() as connection:
                    snapshot = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
                    mark: str = (await connection.execute(snapshot)).scalar_one()
                    return mark
            async with self._engines.writer.connect() as connection:
                # Past SQLAlchemy, which would begin a transaction and so wait for the writers.
                # Any: what SQLAlchemy wraps is the driver's own connection, here of aiosqlite.
                driver: Any = (await connection.get_raw_connection()).driver_connection
                async with driver.execute("PRAGMA data_version") as cursor:
                    (version,) = await cursor.fetchone()
                # Versions count per connection: those of two connections say nothing together.
                return (id(driver), version)


@contextmanager
def _translated(where: str) -> Iterator[None]:
    """SQLAlchemy stays in this package: others see a `StoreError`."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreError(
            f"the store {where} is busy: other transactions do not end", code="store_busy"
        ) from error
    except DBAPIError as error:
        raise _failed(where, str(error.orig), getattr(error.orig, "sqlstate", None)) from error


def _failed(where: str, said: str, sqlstate: str | None) -> StoreError:
    message = f"the store {where} failed: {excerpt(said)}"
    if "database or disk is full" in said or sqlstate == "53100":
        return StoreError(
            message,
            code="store_full",
            hint="make room on its disk; what was accepted is kept, and deliveries go on by themselves",
        )
    if "disk I/O error" in said or sqlstate == "58030":
        return StoreError(
            message,
            code="store_io",
            hint="look at its disk, its rights and its limits; what was accepted is kept",
        )
    if "database is locked" in said:
        return StoreError(message, code="store_busy")
    return StoreError(message)


async def _dispose(engines: Engines) -> None:
    await engines.reader.dispose()
    await engines.writer.dispose()
