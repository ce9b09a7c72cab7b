"""SQLite statements in one trip to the driver's thread each, where aiosqlite makes four.

SQLAlchemy makes a cursor, executes, fetches all rows and closes the cursor; with aiosqlite each of
these crosses from the event loop to a thread and back, and costs more than the statement itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite


class Connection(aiosqlite.Connection):
    """As aiosqlite's, with a `cursor` that is for SQLAlchemy alone."""

    def cursor(self) -> Any:  # Any: aiosqlite's is awaited, this one is entered; SQLAlchemy only enters
        return Cursor(self)

    async def run(self, cursor: Cursor, sql: str, parameters: Any, *, many: bool) -> None:
        # no-untyped-call: aiosqlite does not say that it is given a function.
        await self._execute(partial(cursor.run, self._conn, sql, parameters, many=many))  # type: ignore[no-untyped-call]


class Cursor:
    """The part of a DBAPI cursor that SQLAlchemy uses of an asynchronous driver.

    One statement: everything that it answers is read, and its sqlite3 cursor closed, when
    `execute` returns.
    """

    # Any: the driver's rows and descriptions, of which SQLAlchemy knows what to make.
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        await self._connection.run(self, sql, parameters, many=False)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> Self:
        await self._connection.run(self, sql, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Was done by `run`."""

    def run(self, connection: sqlite3.Connection, sql: str, parameters: Any, *, many: bool) -> None:
        """In the driver's thread."""
        cursor = connection.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(sql, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else ()
            # Of a statement that returns rows it is known when they were read.
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


# Any: what SQLAlchemy hands to a driver.
def connect(path: str, **how: Any) -> Connection:
    connection = Connection(partial(sqlite3.connect, path, **how), iter_chunk_size=64)
    # As SQLAlchemy does with those that it makes itself: the thread does not keep the process alive.
    connection._thread.daemon = True
    return connection
