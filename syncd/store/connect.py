"""The two databases: SQLite for one process, PostgreSQL when scaled; a way to read and a way to write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from syncd.errors import StoreError
from syncd.store import one_trip
from syncd.store.batch import DialectName

PATIENCE_S = 30.0
"""How long a transaction waits for another one, in this process or beside it, before it gives up."""

_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """`where` names the database in messages, without its password."""

    dialect: DialectName
    where: str
    writer: AsyncEngine
    reader: AsyncEngine


def connect(url: str) -> Engines:
    """Engines for `sqlite:///path` or `postgresql://...`; a server is not dialled yet.

    Raises:
        StoreError: The URL is neither, the file is no database, or the driver is not installed.
    """
    path = sqlite_path(url)
    if path is None:
        return _postgresql(url)
    _try(path)
    return sqlite_engines(path)


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL (`sqlite:///relative`, `sqlite:////absolute`); None for any other."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) and url != _SQLITE else None


# Any: arguments of the driver's `connect`.
def sqlite_engines(path: Path, *, pragmas: Iterable[str] = (), **how: Any) -> Engines:
    """Engines for an SQLite file, which is not opened yet.

    Args:
        pragmas: Before those that every connection gets.
        how: For the driver, as another way to open files.
    """
    url = URL.create("sqlite+aiosqlite", database=str(path))
    arguments = {"timeout": PATIENCE_S, "async_creator_fn": one_trip.connect, **how}
    # SQLite lets one connection write. So there is only one here: who comes next waits in line
    # instead of asking again and again, and what changes beside it was another process.
    writer = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=PATIENCE_S, connect_args=arguments
    )
    _prepare(writer, begin="BEGIN IMMEDIATE", pragmas=(*pragmas, "journal_mode=WAL", *_PRAGMAS))
    reader = create_async_engine(url, pool_timeout=PATIENCE_S, connect_args=arguments)
    _prepare(reader, begin="BEGIN", pragmas=(*pragmas, *_PRAGMAS, "query_only=ON"))
    return Engines(dialect="sqlite", where=str(path), writer=writer, reader=reader)


def _try(path: Path) -> None:
    # Here and not in the driver's thread: when a connection cannot be made, aiosqlite does not wait
    # for that thread, which then may print a traceback into a loop that is closed.
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        raise StoreError(
            f"the store {path} cannot be opened: {error}",
            hint="`store:` names a file in a folder that exists, and that this user may write",
        ) from error


# FULL: what was acknowledged survives a power cut; NORMAL under WAL loses the last transactions.
_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON")


def _prepare(engine: AsyncEngine, *, begin: str, pragmas: Iterable[str]) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # None: sqlite3 begins no transaction of its own, at a moment of its own.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def open_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _postgresql(url: str) -> Engines:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername != "postgresql":
        raise StoreError(
            "the store's URL is neither SQLite nor PostgreSQL",
            code="store_url",
            hint="write `store: sqlite:///syncd.db` or `store: postgresql://user@host/database`",
        )
    try:
        writer = create_async_engine(
            parsed.set(drivername="postgresql+psycopg"),
            paramstyle="format",  # batches give their values by position
            pool_timeout=PATIENCE_S,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "syncd"},
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"PostgreSQL needs a driver: {error}",
            code="store_driver",
            hint="install it with `pip install 'syncd[postgres]'`",
        ) from error
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    where = parsed.render_as_string(hide_password=True)
    return Engines(dialect="postgresql", where=where, writer=writer, reader=reader)
