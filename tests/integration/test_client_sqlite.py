"""Marks in a file: an effect and its mark are one commit, over crashes, threads and processes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.client import Consumer, Duplicate, Effect, SqliteMarks, SqliteStore, Stale
from tests.client_histories import histories, in_order
from tests.consumers import Json, key_of
from tests.vectors import NOW, OTHER, SECRET, alive, delivery, entry, event

TABLES = """
CREATE TABLE IF NOT EXISTS okrs (key TEXT PRIMARY KEY, data TEXT);
CREATE TABLE IF NOT EXISTS log (id TEXT);
"""


def save(effect: Effect, marks: SqliteMarks) -> None:
    """As a consumer would write it: its own tables, through the connection of the marks."""
    if effect.drop:
        marks.connection.execute("DELETE FROM okrs WHERE key = ?", (key_of(effect.drop),))
    if effect.put:
        row = (key_of(effect.put), json.dumps(effect.event.data))
        marks.connection.execute("INSERT OR REPLACE INTO okrs VALUES (?, ?)", row)
    if not effect.event.subject:
        marks.connection.execute("INSERT INTO log VALUES (?)", (effect.event.id,))


def a_consumer(path: Path, *, keep_ids: int = 1_000, apply=save) -> Consumer[SqliteMarks]:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(TABLES)
    store = SqliteStore(path, keep_ids=keep_ids)
    return Consumer(secrets=[OTHER, SECRET], store=store, apply=apply, clock=lambda: NOW)


def take(consumer: Consumer[SqliteMarks], sent: Json) -> object:
    return consumer.receive(sent["headers"], sent["body"].encode())


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def kept(path: Path) -> Json:
    with reading(path) as connection:
        return {key: json.loads(data) for key, data in connection.execute("SELECT key, data FROM okrs")}


def logged(path: Path) -> list[str]:
    with reading(path) as connection:
        return [id_ for (id_,) in connection.execute("SELECT id FROM log ORDER BY id")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=histories(), crashes=st.lists(st.booleans(), max_size=40))
def test_a_database_that_fails_now_and_then_ends_as_if_everything_had_come_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[Json, list[str]], crashes: list[bool]
) -> None:
    path = tmp_path_factory.mktemp("okrs") / "okrs.db"
    failing = iter(crashes)

    def save_or_fail(effect: Effect, marks: SqliteMarks) -> None:
        save(effect, marks)
        if next(failing, False):
            raise OSError("the power is out")

    history, once = case
    for sent in history["deliveries"]:
        consumer = a_consumer(path, apply=save_or_fail)  # as after a restart: nothing is kept in memory
        while fails(consumer, sent):
            pass  # syncd's next attempt

    if history["deliveries"]:
        assert kept(path) == in_order(once)
        assert len(logged(path)) == len(set(logged(path)))


def fails(consumer: Consumer[SqliteMarks], sent: Json) -> bool:
    try:
        take(consumer, sent)
    except OSError:
        return True
    return False


KILLED = """
import json, os, sys
from tests.integration.test_client_sqlite import a_consumer, save, take
def die(effect, marks):
    save(effect, marks)
    os.kill(os.getpid(), 9)
take(a_consumer(sys.argv[1], apply=die), json.load(sys.stdin))
"""


def test_a_consumer_that_is_killed_in_the_middle_has_neither_the_effect_nor_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "okrs.db"
    sent = delivery(event("key_result.progressed", 1))

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)], input=json.dumps(sent), text=True, check=False
    )

    assert killed.returncode == -9
    assert kept(path) == {}
    assert isinstance(take(a_consumer(path), sent), Effect)
    assert len(kept(path)) == 1


def test_many_threads_with_the_same_deliveries_have_each_effect_once(tmp_path: Path) -> None:
    path = tmp_path / "okrs.db"
    consumer = a_consumer(path)
    coming = [delivery(entry("postcard.published", number=n), webhook_id=f"msg_{n}") for n in range(8)]
    coming += [delivery(event("key_result.progressed", n + 1), webhook_id=f"kr_{n}") for n in range(8)]
    outcomes: list[object] = []

    def all_of_them(start: int) -> None:
        outcomes.extend(take(consumer, each) for each in coming[start:] + coming[:start])

    threads = [threading.Thread(target=all_of_them, args=(start * 4,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 4 * len(coming)
    assert logged(path) == [f"msg_{n}" for n in range(8)]
    assert [data["sequence"] for data in kept(path).values()] == [8]


def test_what_is_remembered_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "okrs.db"
    sent = [
        delivery(event("key_result.progressed", 2)),
        delivery(entry("sync.failed", connection="tracker"), webhook_id="msg_2"),
        delivery(alive("2026-09-21T14:13:19Z"), webhook_id="msg_3"),
    ]
    for each in sent:
        take(a_consumer(path), each)

    again = a_consumer(path)

    assert [type(take(again, each)) for each in sent] == [Duplicate] * 3
    assert isinstance(take(again, delivery(event("key_result.progressed", 1))), Stale)
    assert again.silent() == ["acme"]


def test_the_oldest_ids_make_room_in_the_file_too(tmp_path: Path) -> None:
    path = tmp_path / "okrs.db"
    consumer = a_consumer(path, keep_ids=2)

    for name in ("msg_1", "msg_2", "msg_3", "msg_2"):
        take(consumer, delivery(entry("ping"), webhook_id=name))

    with reading(path) as connection:
        assert connection.execute("SELECT id FROM syncd_seen").fetchall() == [("msg_2",), ("msg_3",)]
