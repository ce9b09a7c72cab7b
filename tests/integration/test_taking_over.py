"""An id that another syncd told, in our own files: refused while it may speak, ours once it may not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncd import bootstrap
from syncd.bootstrap import Installation, install
from syncd.client.event import read_event
from syncd.commands.apply import Applied, activate_files
from syncd.commands.plan import preview_files
from syncd.errors import MappingError
from syncd.inbox.ingest import ingest
from syncd.inbox.published import EventRefused
from syncd.okr.event import Source, events_between, removals
from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState, State
from tests.states import NOW, a_state, an_objective_state

SENDER = Source(instance="subsidiary", epoch=100)
KEY_RESULT, OBJECTIVE = Subject("2026-Q4", "product/zzz/q"), Subject("2026-Q4", "product/zzz")
SETTINGS = """\
organisation: hq
timezone: Europe/Berlin
cycles: {2026-Q4: {from: 2026-10-01, to: 2026-12-31}}
"""
INGEST = "ingest: {subsidiary: {secret: '${SECRET}'}}\n"
MAPPING = """\
cycle: 2026-Q4
team: product
objectives:
  zzz: {title: Ours, key_results: {q: {title: Ours, start: 0, target: 50}}}
"""


class Headquarters:
    """An installation in a folder, whose syncd.yaml names the sender, or does not any more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "mappings").mkdir()
        self.installation = self.configured(INGEST)

    def configured(self, ingest: str) -> Installation:
        path = self.folder / "syncd.yaml"
        path.write_text(SETTINGS + ingest)
        self.installation = replace(install(path, environ={"SECRET": "x"}), clock=lambda: NOW)
        return self.installation

    def define(self, text: str = MAPPING) -> None:
        (self.folder / "mappings" / "product.yaml").write_text(text)

    async def apply(self) -> Applied:
        async with await bootstrap.open_store(self.installation) as store:
            site = bootstrap.wire_site(self.installation, store)
            return await activate_files(self.installation, site, allow_removals=True)

    async def hear(self, *bodies: bytes) -> None:
        async with await bootstrap.open_store(self.installation) as store:
            site = bootstrap.wire_site(self.installation, store)
            for n, body in enumerate(bodies):
                async with store.transaction() as tx:
                    await ingest(tx, site=site, event=read_event(body, webhook_id=f"msg_{n}"))

    async def states(self) -> dict[Subject, State]:
        async with await bootstrap.open_store(self.installation) as store, store.reading() as tx:
            return dict(await tx.states.get(via="anybody"))

    async def history(self) -> list[float | None]:
        async with await bootstrap.open_store(self.installation) as store, store.reading() as tx:
            return [check_in.current for check_in in await tx.history.of(KEY_RESULT, limit=10)]

    async def told(self, subject: Subject) -> list[dict[str, Any]]:
        """Bodies about the subject. Any: JSON."""
        async with await bootstrap.open_store(self.installation) as store, store.reading() as tx:
            rows = await tx.connection.exec_driver_sql("SELECT body FROM events ORDER BY id")
            bodies = [json.loads(bytes(row[0])) for row in rows]
        return [
            body
            for body in bodies
            if body["data"].get("key_result", body["data"].get("objective", {})).get("id") == subject.id
        ]


def said(*states: State) -> list[bytes]:
    _, events = events_between({}, {state.subject: state for state in states}, now=NOW)
    return [event.body(SENDER) for event in events]


THEIRS = a_state(KEY_RESULT.id, current=20.0, progress=0.2, progress_unclamped=0.2, target=100.0)
THEIR_OBJECTIVE = an_objective_state(OBJECTIVE.id, progress=0.2, known=1, of=1)


@pytest.fixture
async def hq(tmp_path: Path, sqlite_url: str) -> Headquarters:
    """Its store is the file that `sqlite_url` made, where syncd.yaml looks for it."""
    found = Headquarters(tmp_path)
    await found.hear(*said(THEIRS, THEIR_OBJECTIVE))
    found.define()
    return found


async def test_an_id_that_a_sender_told_is_refused_by_apply_and_by_plan(hq: Headquarters) -> None:
    for command in (hq.apply(), preview_files(hq.installation, recorded=True)):
        with pytest.raises(MappingError, match=r"product\.yaml:4:\d+: .* is told by subsidiary") as refused:
            await command

        assert refused.value.code == "id_taken"
        assert "ingest" in (refused.value.hint or "")
    assert (await hq.states())[KEY_RESULT].via == "subsidiary"


async def test_what_a_sender_that_is_not_named_any_more_told_becomes_ours(hq: Headquarters) -> None:
    before = (await hq.states())[KEY_RESULT]
    hq.configured("")

    await hq.apply()

    after = (await hq.states())[KEY_RESULT]
    assert isinstance(after, KeyResultState)
    assert (after.via, after.title, after.target, after.current) == (None, "Ours", 50.0, 20.0)
    assert after.sequence > before.sequence
    assert await hq.history() == [20.0, 20.0]


async def test_consumers_are_told_whose_it_is_now_with_the_sequence_going_on(hq: Headquarters) -> None:
    hq.configured("")

    await hq.apply()

    key_result, objective = await hq.told(KEY_RESULT), await hq.told(OBJECTIVE)
    for told in (key_result, objective):
        assert [body["data"]["sequence"] for body in told] == list(range(1, len(told) + 1))
    assert [body["type"] for body in key_result if "via" not in body["data"]] == [
        "key_result.retargeted",
        "key_result.progressed",
    ]
    retargeted = next(body for body in key_result if body["type"] == "key_result.retargeted")
    assert (retargeted["data"]["previous"]["target"], retargeted["data"]["key_result"]["target"]) == (100, 50)
    assert next(body["type"] for body in objective if "via" not in body["data"]) == "objective.defined"


async def test_what_is_taken_over_into_shadow_is_told_as_removed(hq: Headquarters) -> None:
    hq.configured("")
    hq.define(MAPPING.replace("team: product", "team: product\nmode: shadow"))

    await hq.apply()

    assert (await hq.told(KEY_RESULT))[-1]["type"] == "key_result.removed"


async def test_the_plan_shows_what_is_taken_over_with_its_last_number(hq: Headquarters) -> None:
    found = await preview_files(hq.configured(""), recorded=True)

    change = next(change for change in found.changes if change.after.subject == KEY_RESULT)
    assert isinstance(change.recorded, KeyResultState)
    assert (change.recorded.current, change.recorded.via) == (20.0, None)


async def test_a_name_that_its_sender_gave_up_is_free(hq: Headquarters) -> None:
    last = {state.subject: replace(state, sequence=9) for state in (THEIRS, THEIR_OBJECTIVE)}
    await hq.hear(*(event.body(SENDER) for event in removals(last, now=NOW)[1]))

    await hq.apply()

    told = await hq.told(KEY_RESULT)
    assert [body["type"] for body in told][-3:-1] == ["key_result.removed", "key_result.defined"]
    assert [body["data"]["sequence"] for body in told] == list(range(1, len(told) + 1))


async def test_a_late_event_of_the_sender_does_not_touch_what_became_ours(hq: Headquarters) -> None:
    hq.configured("")
    await hq.apply()
    late = replace(THEIRS, current=99.0, sequence=9)

    with pytest.raises(EventRefused) as refused:
        await hq.hear(*said(late))

    assert refused.value.code == "id_taken"
    assert (await hq.states())[KEY_RESULT].via is None


async def test_what_was_ours_may_move_to_a_name_that_a_sender_left_behind(hq: Headquarters) -> None:
    hq.configured("")
    hq.define(MAPPING.replace("zzz", "old"))
    await hq.apply()
    hq.define(MAPPING.replace("{title: Ours, key_", "{title: Ours, was: product/old, key_"))

    applied = await hq.apply()

    assert (KEY_RESULT, Subject("2026-Q4", "product/old/q")) in applied.moved
    assert {subject: state.via for subject, state in (await hq.states()).items()} == {
        KEY_RESULT: None,
        OBJECTIVE: None,
    }
    sequences = [body["data"]["sequence"] for body in await hq.told(KEY_RESULT)]
    assert sequences == list(range(1, len(sequences) + 1))
