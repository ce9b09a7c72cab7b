"""A sync of one connection: what is made of its numbers moves too, the rest stays as it was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from syncd.okr.definition import Composite, Subject
from syncd.okr.event import Source
from syncd.okr.state import State
from syncd.sdk.measurement import Answer, Measurement, Query
from syncd.store.store import Store
from syncd.sync.run import sync
from syncd.sync.settle import settle
from syncd.sync.site import Site
from tests.builders import CALENDAR, HALFWAY, a_key_result, an_input, an_objective, mappings_of

ISSUES = a_key_result(an_input("open"), subject="product/a/issues")
USERS = a_key_result(an_input("users", connection="usage"), subject="people/b/users")
MIX = a_key_result(
    subject="product/c/mix", kind=Composite(parts=((ISSUES.subject, 1.0), (USERS.subject, 1.0)))
)
TOP = Subject("2026-Q4", "company/top")
MAPPINGS = mappings_of(
    ISSUES,
    USERS,
    MIX,
    objectives=[
        an_objective(subject=TOP, rollup="supporters", supporters=(ISSUES.objective, USERS.objective)),
        *(an_objective(found) for found in (ISSUES, USERS, MIX)),
    ],
)


class Wired:
    """Counts nothing."""

    requests = bytes = not_modified = waits = 0
    wait_s = 0.0

    @contextmanager
    def batch(self) -> Iterator[Wired]:
        yield self


@dataclass(slots=True)
class Answering:
    """Answers every query with `value`. Any: it looks at no query."""

    value: float

    def measure(self, queries: Sequence[Query[Any]]) -> Sequence[Answer]:
        return [Measurement(key=query.key, value=self.value, unit="count") for query in queries]

    def check(self) -> str:
        return "nobody"

    def browse(self, about: str | None) -> Sequence[Any]:
        return ()


async def a_site(store: Store, connectors: Mapping[str, Answering]) -> Site:
    site = Site(
        store=store,
        open_connection=lambda name: (connectors[name], Wired()),
        load=lambda _files: MAPPINGS,
        calendar=CALENDAR,
        refresh={},
        source=Source(instance="acme", epoch=store.epoch),
        clock=lambda: HALFWAY,
    )
    async with store.transaction() as tx:
        await tx.versions.activate({"version": "one"}, digest="one", at=HALFWAY, by="anna")
        await settle(tx, site=site, mappings=MAPPINGS)
    return site


async def states_of(site: Site) -> dict[Subject, State]:
    async with site.store.reading() as tx:
        return await tx.states.get()


async def test_a_part_moves_its_composite_and_what_rolls_up_from_its_objective(store: Store) -> None:
    tracker, usage = Answering(value=20), Answering(value=50)
    site = await a_site(store, {"tracker": tracker, "usage": usage})
    await sync(site, trigger="test")

    usage.value = 80
    await sync(site, trigger="test", connections=["usage"])

    states = await states_of(site)
    moved = {str(subject.id): state.progress for subject, state in states.items()}
    assert moved == {
        "product/a/issues": 0.2,
        "product/a": 0.2,
        "people/b/users": 0.8,
        "people/b": 0.8,
        "product/c/mix": 0.5,
        "product/c": 0.5,
        "company/top": 0.5,
    }


async def test_a_part_that_was_never_read_is_not_counted(store: Store) -> None:
    site = await a_site(store, {"usage": Answering(value=80)})

    await sync(site, trigger="test", connections=["usage"])

    states = await states_of(site)
    assert (states[MIX.subject].progress, states[TOP].progress) == (0.8, 0.8)


async def test_what_did_not_move_says_nothing(store: Store) -> None:
    site = await a_site(store, {"tracker": Answering(value=20), "usage": Answering(value=50)})
    await sync(site, trigger="test")

    report = await sync(site, trigger="test", connections=["tracker"])

    assert (report.events, report.key_results) == (0, 2)
