"""Both clients behind one face: a history of deliveries in, what each made of it out."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncd.client import Consumer, Effect, MemoryMarks, MemoryStore, NotTaken, Subject

Json = dict[str, Any]  # Any: JSON
Replay = Callable[[Json], Json]
"""{secrets, now, deliveries} -> {outcomes, state, entries, silent}."""

NODE = Path(__file__).parent / "conformance" / "node"


@contextmanager
def python_client() -> Iterator[Replay]:
    yield replay


@contextmanager
def javascript_client() -> Iterator[Replay]:
    """In one process of node, however many histories there are."""
    command = [node(), str(NODE / "consume.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin
        assert stdout

        def ask(history: Json) -> Json:
            stdin.write(json.dumps(history) + "\n")
            stdin.flush()
            told: Json = json.loads(stdout.readline())
            return told

        yield ask
        stdin.close()


def node() -> str:
    found = shutil.which("node")
    if found is None:
        # In CI, absence is a failure: a client that is not asked proves nothing.
        pytest.fail("node is absent") if os.environ.get("SYNCD_CI") == "1" else pytest.skip("node is absent")
    return found


def replay(history: Json) -> Json:
    state: dict[str, Any] = {}
    entries = []

    def apply(effect: Effect, _: MemoryMarks) -> None:
        if effect.drop:
            state.pop(key_of(effect.drop), None)
        if effect.put:
            state[key_of(effect.put)] = effect.event.data
        if not effect.event.subject:
            entries.append(effect.event.id)

    consumer = Consumer(
        secrets=history["secrets"], store=MemoryStore(), apply=apply, clock=lambda: history["now"]
    )
    outcomes = [_received(consumer, delivery) for delivery in history["deliveries"]]
    return {"outcomes": outcomes, "state": state, "entries": entries, "silent": consumer.silent()}


def _received(consumer: Consumer[MemoryMarks], delivery: Json) -> Json:
    try:
        outcome = consumer.receive(delivery["headers"], body_of(delivery))
    except NotTaken as error:
        return {"code": error.code, "status": error.status, "message": str(error)}
    put, drop = getattr(outcome, "put", None), getattr(outcome, "drop", None)
    return {"outcome": type(outcome).__name__.lower(), "put": _list(put), "drop": _list(drop)}


def body_of(delivery: Json) -> bytes:
    if "body_base64" in delivery:
        return base64.b64decode(delivery["body_base64"])
    body: str = delivery["body"]
    return body.encode()


def key_of(subject: Subject) -> str:
    return json.dumps(_list(subject), separators=(",", ":"), ensure_ascii=False)


def _list(subject: Subject | None) -> list[str] | None:
    return subject and [subject.instance, subject.cycle, subject.id]
