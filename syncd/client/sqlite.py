"""Marks in an SQLite file. With your own tables in the same file, effect and mark are one commit."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from .event import Position, Subject
from .store import KEPT_IDS

BUSY_TIMEOUT_S = 30.0

_TABLES = """
CREATE TABLE IF NOT EXISTS syncd_positions (
    instance TEXT NOT NULL, cycle TEXT NOT NULL, id TEXT NOT NULL,
    epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, is_gone INTEGER NOT NULL,
    PRIMARY KEY (instance, cycle, id)
);
CREATE TABLE IF NOT EXISTS syncd_seen (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS syncd_alive (instance TEXT PRIMARY KEY, until TEXT NOT NULL);
"""


class SqliteMarks:
    """
    Attributes:
        connection: Inside the transaction of the marks. Write your own tables through it, and leave
            the commit to the store.
    """

    def __init__(self, connection: sqlite3.Connection, *, keep_ids: int) -> None:
        self.connection = connection
        self._keep_ids = keep_ids

    def position(self, subject: Subject) -> Position | None:
        row = self.connection.execute(
            "SELECT epoch, sequence, is_gone FROM syncd_positions WHERE (instance, cycle, id) = (?, ?, ?)",
            (subject.instance, subject.cycle, subject.id),
        ).fetchone()
        return row and Position(row[0], row[1], is_gone=bool(row[2]))

    def advance(self, subject: Subject, position: Position) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO syncd_positions VALUES (?, ?, ?, ?, ?, ?)",
            (
                subject.instance,
                subject.cycle,
                subject.id,
                position.epoch,
                position.sequence,
                position.is_gone,
            ),
        )

    def is_seen(self, webhook_id: str) -> bool:
        row = self.connection.execute("SELECT 1 FROM syncd_seen WHERE id = ?", (webhook_id,)).fetchone()
        return row is not None

    def see(self, webhook_id: str) -> None:
        number = self.connection.execute("INSERT INTO syncd_seen (id) VALUES (?)", (webhook_id,)).lastrowid
        self.connection.execute("DELETE FROM syncd_seen WHERE number <= ?", ((number or 0) - self._keep_ids,))

    def alive_until(self, instance: str) -> datetime | None:
        row = self.connection.execute(
            "SELECT until FROM syncd_alive WHERE instance = ?", (instance,)
        ).fetchone()
        return row and datetime.fromisoformat(row[0])

    def live(self, instance: str, *, until: datetime) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO syncd_alive VALUES (?, ?)", (instance, until.isoformat())
        )

    def instances(self) -> list[str]:
        rows = self.connection.execute("SELECT instance FROM syncd_alive ORDER BY instance")
        return [instance for (instance,) in rows]


class SqliteStore:
    """Each transaction opens the file for itself, so threads and processes may share a store.

    A commit is on the disk before `receive` returns: only what is durable is answered with 2xx.
    """

    def __init__(self, path: str | os.PathLike[str], *, keep_ids: int = KEPT_IDS) -> None:
        self._path, self._keep_ids = os.fspath(path), keep_ids
        with closing(self._open()) as connection:
            connection.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[SqliteMarks]:
        with closing(self._open()) as connection:
            # Takes the place of the writer at once: two deliveries of one subject never both look newer.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteMarks(connection, keep_ids=self._keep_ids)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        # isolation_level None: no transaction but the one that is written here.
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection
