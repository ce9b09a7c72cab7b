"""A disk that forgets what was not synced when the power fails, under the real store.

SQLite asks a VFS for its files. This one (apsw's) hands everything on to the real files, which play
the part of the operating system's cache, and beside it keeps what has reached the disk: a write does
when its file is synced. When the power fails, of what was not synced a random part survives, sector
by sector, in no order.

What it covers: the SQL, the pragmas, the log and the checkpoints of the store, by SQLite's own code
(the version that apsw brings). What it does not: a disk that lies about syncing, and the entries of
folders; a file that was synced once is there.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiosqlite
import apsw
from sqlalchemy import event

from syncd.store.connect import sqlite_engines
from syncd.store.migrate import ensure_schema
from syncd.store.store import Store
from tests.deliveries import NOW

SECTOR = 512
_SHARED = "-shm"  # the index of the log: rebuilt from it after a crash


@dataclass(slots=True)
class Cached:
    """What of one file has reached the disk, and what has not: writes (at, bytes), or a new length."""

    durable: bytearray
    is_known: bool
    pending: list[tuple[int, bytes] | int] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.pending:
            _apply(self.durable, change)
        self.pending.clear()
        self.is_known = True


class Disk:
    """Args:
    fails_after: Writes and syncs until the power fails; None: never.
    """

    def __init__(self, chance: random.Random, *, fails_after: int | None) -> None:
        self.chance = chance
        self.fails_after = fails_after
        self.files: dict[str, Cached] = {}
        self.survivors: dict[str, bytes] | None = None

    def open(self, name: str) -> Cached:
        path = Path(name)
        if name not in self.files:
            content = path.read_bytes() if path.exists() else b""
            # What was there before the power came was synced.
            self.files[name] = Cached(bytearray(content), is_known=bool(content))
        return self.files[name]

    def step(self) -> None:
        """Something is about to be written or synced."""
        if self.survivors is None and self.fails_after is not None:
            self.fails_after -= 1
            if self.fails_after < 0:
                self.survivors = self._survivors()
        if self.survivors is not None:
            raise apsw.IOError("disk I/O error: the power is off")

    def _survivors(self) -> dict[str, bytes]:
        found = {}
        for name, file in self.files.items():
            content = bytearray(file.durable)
            for change in file.pending:
                for part in _sectors(change):
                    if self.chance.random() < 0.5:
                        _apply(content, part)
            if file.is_known or self.chance.random() < 0.5:
                found[name] = bytes(content)
        return found


class ForgetfulVFS(apsw.VFS):
    def __init__(self, name: str, disk: Disk) -> None:
        super().__init__(name, "")
        self.vfs_name, self._disk = name, disk

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # apsw's name; Any: apsw's own types
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return ForgetfulFile(path, name, flags, self._disk)

    def xDelete(self, name: str, syncdir: bool) -> None:  # apsw's signature
        self._disk.step()
        self._disk.files.pop(name, None)
        super().xDelete(name, syncdir)


class ForgetfulFile(apsw.VFSFile):
    def __init__(self, path: str, name: Any, flags: list[int], disk: Disk) -> None:  # Any: as above
        self._disk, self._cached = disk, disk.open(path)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.step()
        self._cached.pending.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._disk.step()
        self._cached.pending.append(newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._disk.step()
        self._cached.sync()


class AsSqlite3:
    """A connection of apsw as the driver of the store uses one of `sqlite3`."""

    in_transaction = property(lambda self: self._connection.in_transaction)

    def __init__(self, path: str, vfs: str, timeout_s: float) -> None:
        with _translated():
            self._connection = apsw.Connection(path, vfs=vfs)
        self._connection.set_busy_timeout(int(timeout_s * 1000))
        self.isolation_level: str | None = None
        self.row_factory = None

    def cursor(self) -> Cursor:
        return Cursor(self._connection)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:  # Any: what a column holds
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        if self._connection.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    # Any: a function of any values.
    def create_function(self, name: str, arguments: int, work: Callable[..., Any], **how: Any) -> None:
        self._connection.create_scalar_function(name, work, arguments, **how)

    def close(self) -> None:
        with _translated():
            self._connection.close()


class Cursor:
    """Reads all rows as it executes."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._rows: Iterator[Any] = iter(())  # Any: rows
        self.description: Any = None  # Any: PEP 249's own
        self.rowcount = -1
        self.lastrowid: int | None = None

    # Any: what a column holds.
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        return self._run(lambda cursor: cursor.execute(sql, tuple(parameters)))

    def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Cursor:
        return self._run(lambda cursor: cursor.executemany(sql, [tuple(each) for each in parameters]))

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for _, row in zip(range(size), self._rows, strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def close(self) -> None:
        self._rows = iter(())

    def _run(self, work: Callable[[Any], Any]) -> Cursor:  # Any: a cursor of apsw
        cursor = self._connection.cursor()
        self.description = None
        # The only moment at which apsw tells the columns of a query that has no rows.
        cursor.exec_trace = self._note_columns
        before = self._connection.total_changes()
        with _translated():
            work(cursor)
            self._rows = iter(list(cursor))
        self.rowcount = -1 if self.description else self._connection.total_changes() - before
        self.lastrowid = self._connection.last_insert_rowid()
        return self

    def _note_columns(self, cursor: Any, *_: object) -> bool:  # Any: as above
        self.description = [(name, *[None] * 6) for name, _ in cursor.get_description()] or None
        return True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except apsw.Error as error:
        raise sqlite3.OperationalError(str(error)) from error


@contextmanager
def powered(folder: Path, disk: Disk, *, name: str) -> Iterator[Callable[..., Any]]:
    """What opens `syncd.db` of `folder` on that disk.

    Args:
        name: Another one for each disk.
    """
    vfs = ForgetfulVFS(name, disk)

    # Any: an awaitable of a connection; what SQLAlchemy hands to a driver.
    def connect(path: str, timeout: float, **_: Any) -> Any:
        connection = aiosqlite.Connection(lambda: _as_sqlite3(path, name, timeout), iter_chunk_size=64)
        connection._thread.daemon = True  # as SQLAlchemy does with those that it makes itself
        return connection

    async def open_store(*, synchronous: str = "FULL") -> Store:
        engines = sqlite_engines(folder / "syncd.db", async_creator_fn=connect)

        def weaken(connection: Any, _: object) -> None:  # Any: DBAPI
            connection.cursor().execute(f"PRAGMA synchronous={synchronous}")

        if synchronous != "FULL":
            event.listen(engines.writer.sync_engine, "connect", weaken)
        return Store(engines, epoch=await ensure_schema(engines, now=NOW, create=True))

    try:
        yield open_store
    finally:
        vfs.unregister()


def restore(survivors: dict[str, bytes], *, into: Path) -> None:
    """What is found when the power is back."""
    into.mkdir()
    for name, content in survivors.items():
        if not name.endswith(_SHARED):
            (into / Path(name).name).write_bytes(content)


def _as_sqlite3(path: str, vfs: str, timeout: float) -> Any:  # Any: looks like a sqlite3.Connection
    return AsSqlite3(path, vfs, timeout)


def _sectors(change: tuple[int, bytes] | int) -> Iterator[tuple[int, bytes] | int]:
    if isinstance(change, int):
        yield change
        return
    at, data = change
    start = 0
    while start < len(data):
        end = min(len(data), (at + start) // SECTOR * SECTOR + SECTOR - at)
        yield at + start, data[start:end]
        start = end


def _apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del content[change:]
        return
    at, data = change
    content.extend(bytes(max(0, at + len(data) - len(content))))
    content[at : at + len(data)] = data
