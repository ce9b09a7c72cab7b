"""Histories that syncd could send, over a network that repeats, reorders and loses."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.consumers import Json
from tests.vectors import NOW, OTHER, SECRET, alive, delivery, entry, event

NAMES = ["product/a/x", "product/a/y", "product/b/x"]
SIGNERS = [[SECRET], [OTHER], [OTHER, SECRET]]  # before, after and during a change of the secret


@dataclass(slots=True)
class Books:
    """What one syncd has on its books: name -> sequence, and the number while it is defined."""

    sequences: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Syncd:
    """Sends what the real one would: gap-free per name, a name that moves takes the higher sequence along."""

    instance: str
    epoch: int = NOW
    books: Books = field(default_factory=Books)
    backup: Books = field(default_factory=Books)
    sent: list[tuple[tuple[int, int], str]] = field(default_factory=list)

    def set(self, name: str, number: float) -> None:
        type_ = "key_result.progressed" if name in self.books.numbers else "key_result.defined"
        self.books.numbers[name] = number
        self._tell(type_, name, current=number)

    def remove(self, name: str) -> None:
        if name in self.books.numbers:
            self._tell("key_result.removed", name, current=self.books.numbers.pop(name))

    def move(self, old: str, new: str) -> None:
        numbers, sequences = self.books.numbers, self.books.sequences
        if old in numbers and new not in numbers:
            numbers[new] = numbers.pop(old)
            sequences[old] = sequences[new] = max(sequences[old], sequences.get(new, 0))
            self._tell("key_result.moved", new, moved_from=old, current=numbers[new])

    def back_up(self) -> None:
        self.backup = deepcopy(self.books)

    def restore(self) -> None:
        self.books, self.epoch = deepcopy(self.backup), self.epoch + 60

    def log(self) -> None:
        self._send(entry("sync.failed", instance=self.instance, epoch=self.epoch, number=len(self.sent)))

    def live(self, hour: int) -> None:
        self._send(alive(f"2026-09-21T{hour:02}:00:00Z", instance=self.instance))

    def _tell(self, type_: str, name: str, **fields: Any) -> None:  # Any: arguments of event
        sequence = self.books.sequences[name] = self.books.sequences.get(name, 0) + 1
        self._send(event(type_, sequence, subject=name, instance=self.instance, epoch=self.epoch, **fields))

    def _send(self, body: str) -> None:
        self.sent.append(((self.epoch, len(self.sent)), body))


names = st.sampled_from(NAMES)
Step = Callable[[Syncd], None]
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda name, number: lambda it: it.set(name, number), names, st.integers(0, 9)),
    st.builds(lambda name, number: lambda it: it.set(name, number), names, st.integers(0, 9)),
    st.builds(lambda name: lambda it: it.remove(name), names),
    st.builds(lambda old, new: lambda it: it.move(old, new), names, names),
    st.builds(lambda hour: lambda it: it.live(hour), st.integers(13, 16)),
    st.sampled_from([Syncd.back_up, Syncd.restore, Syncd.log]),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Json, list[str]]:
    """What comes, in the order in which it comes; and the same, each once and in order."""
    syncds = [Syncd("acme"), Syncd("globex", epoch=NOW - 1_000_000)]
    for step, who in draw(st.lists(st.tuples(steps, st.integers(0, 1)), min_size=1, max_size=25)):
        step(syncds[who])
    bodies = [body for it in syncds for _, body in sorted(it.sent)]
    indexes = range(len(bodies))
    if draw(st.booleans(), label="nothing is lost"):
        coming = [*draw(st.lists(st.sampled_from(indexes), max_size=9) if bodies else st.just([]))]
        coming += draw(st.permutations(indexes))
    else:
        coming = draw(st.lists(st.sampled_from(indexes), max_size=40) if bodies else st.just([]))
    deliveries = [
        delivery(bodies[at], *draw(st.sampled_from(SIGNERS)), webhook_id=f"msg_{at}") for at in coming
    ]
    history = {"secrets": [OTHER, SECRET], "now": NOW, "deliveries": deliveries}
    return history, [bodies[at] for at in sorted(set(coming))]


def in_order(bodies: list[str]) -> Json:
    """The state of somebody who hears everything once and in order, and simply believes it."""
    state: Json = {}
    for body in bodies:
        said = json.loads(body)
        data, (kind, _, what) = said["data"], said["type"].partition(".")
        if kind == "key_result":
            if what == "moved":
                state.pop(key(said, data["from"]), None)
            state[key(said, data[kind])] = data
            if what == "removed":
                del state[key(said, data[kind])]
    return state


def key(said: Json, named: Json) -> str:
    return json.dumps([said["source"]["instance"], named["cycle"], named["id"]], separators=(",", ":"))
