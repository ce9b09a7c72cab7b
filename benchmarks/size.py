"""One sync of 10,000 key results, against a program that only inserts the rows which it wrote."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.figure import Figure
from benchmarks.organisation import BEGINS_AT, Syncs, measured, organisation
from syncd.store.store import Store

AIM = 6.0
SCENES = ("first sync, all new", "second sync, all changed", "third sync, nothing changed")

TABLES = (
    "endpoints",
    "syncs",
    "mapping_versions",
    "calendars",
    "connections",
    "readings",
    "subjects",
    "check_ins",
    "snapshots",
    "events",
    "deliveries",
)
"""In an order that foreign keys allow."""

GROWING = ("check_ins", "snapshots", "events", "deliveries")
"""A sync adds to these; of the others it writes every row anew."""

# Any: whatever a column holds.
Rows = Mapping[str, Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Seconds per scene, and statements of the last."""

    ours_s: Sequence[float]
    floor_s: Sequence[float]
    statements: Sequence[int]


def figures(*, key_results: int, rounds: int) -> tuple[list[Figure], list[tuple[str, int]]]:
    """A figure per scene, and how many statements each of them took."""
    done = [one_round(key_results) for _ in range(rounds)]
    found = [
        Figure(
            name=f"{key_results:,} key results: {scene}",
            ours_s=[each.ours_s[number] for each in done],
            floor_s=[each.floor_s[number] for each in done],
            aim=AIM,
        )
        for number, scene in enumerate(SCENES)
    ]
    counted = [
        (f"statements: {scene}", count) for scene, count in zip(SCENES, done[-1].statements, strict=True)
    ]
    return found, counted


def one_round(key_results: int) -> Round:
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
        return asyncio.run(_one_round(Path(folder), key_results=key_results))


async def _one_round(folder: Path, *, key_results: int) -> Round:
    path = folder / "syncd.db"
    mappings = organisation(key_results)
    ours, floor, counts = [], [], []
    async with await Store.open(f"sqlite:///{path}", now=BEGINS_AT) as store:
        syncs = await Syncs.begin(store, mappings)
        for number, step in enumerate((0, 1, 1)):
            asked = measured(mappings, step=step, at=BEGINS_AT + timedelta(minutes=15 * number))
            before = _last_ids(path)
            gc.collect()
            with statements() as counted:
                started = time.perf_counter()
                await syncs.evaluate_and_record(asked)
                ours.append(time.perf_counter() - started)
            counts.append(counted[0])
            floor.append(
                insert(_written(path, after=before), schema=_schema(path), into=folder / f"{number}.db")
            )
            _mark_delivered(path)
    return Round(ours_s=ours, floor_s=floor, statements=counts)


def insert(rows: Rows, *, schema: Sequence[str], into: Path) -> float:
    """The floor: seconds to insert `rows` in one transaction, tables, indices and safety as ours."""
    with closing(sqlite3.connect(into, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        for statement in schema:
            connection.execute(statement)
        gc.collect()
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for table, values in rows.items():
            if values:
                places = ",".join("?" * len(values[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({places})", values)
        connection.execute("COMMIT")
        return time.perf_counter() - started


@contextmanager
def statements() -> Iterator[list[int]]:
    """Counts what is sent to the database; many rows in one statement count once."""
    counted = [0]

    def count(*_: object) -> None:
        counted[0] += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def _last_ids(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
            for table in GROWING
        }


def _written(path: Path, *, after: Mapping[str, int]) -> Rows:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(
                f"SELECT * FROM {table}" + (f" WHERE id > {after[table]}" if table in after else "")
            ).fetchall()
            for table in TABLES
        }


def _schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            " ORDER BY type DESC"  # tables before their indices
        )
        return [sql for (sql,) in found]


def _mark_delivered(path: Path) -> None:
    # The consumer keeps up: what one sync enqueued is delivered when the next one comes.
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE deliveries SET state = 'delivered'")
