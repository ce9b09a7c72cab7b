"""`syncd rebase`: the start is taken anew in one transaction, with who did it and why."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from syncd import bootstrap
from syncd.bootstrap import Installation, install
from syncd.cli import run
from syncd.commands.apply import activate_files
from syncd.commands.rebase import rebase_key_result
from syncd.errors import ConfigError
from syncd.okr.definition import Subject
from syncd.okr.judging.ends import asked_by
from syncd.okr.reading import GoodRead, Reading
from syncd.okr.state import KeyResultState
from syncd.store.audit import AuditEntry
from syncd.sync.plan import plan
from syncd.sync.settle import settle
from syncd.sync.sight import sight_of

SYNCD = """\
organisation: acme
timezone: Europe/Berlin
cycles: {now: {from: 2020-01-01, to: 2099-12-31}}
connections: {code: {connector: github, token: "${TOKEN}"}}
"""
MAPPING = """\
cycle: now
team: product
objectives:
  reach:
    title: Reach
    key_results:
      stars: {title: Stars, start: measured, change: +20, measure: {from: code, stars: acme/app}}
      forks:
        title: Forks
        start: {from: code, stars: acme/old}
        target: 90
        measure: {from: code, stars: acme/app}
      given: {title: Given, start: 0, target: 90, measure: {from: code, stars: acme/app}}
"""
STARS, FORKS = (Subject("now", f"product/reach/{name}") for name in ("stars", "forks"))


class Place:
    """An installation in a folder, whose sources are what a test says they were."""

    def __init__(self, path: Path) -> None:
        (path / "syncd.yaml").write_text(SYNCD)
        (path / "mappings").mkdir()
        (path / "mappings" / "product.yaml").write_text(MAPPING)
        self.path = path
        self.installation: Installation = install(path / "syncd.yaml", environ={"TOKEN": "t0ken"})

    async def apply(self) -> None:
        async with await bootstrap.open_store(self.installation) as store:
            site = bootstrap.wire_site(self.installation, store)
            await activate_files(self.installation, site, allow_removals=False)

    async def read(self, *, app: float, old: float | None = None) -> None:
        """As a sync would record it."""
        at = bootstrap.now()
        async with await bootstrap.open_store(self.installation) as store:
            site = bootstrap.wire_site(self.installation, store)
            mappings = self.mappings
            (measure,) = mappings.key_results[STARS].inputs
            ((_, start),) = asked_by(mappings.key_results[FORKS])
            readings = {measure.query: a_reading(app, at)}
            if old is not None:
                readings[start.query] = a_reading(old, at)
            async with store.transaction() as tx:
                await tx.readings.save(readings)
                await settle(tx, site=site, mappings=mappings)

    @property
    def mappings(self) -> Any:  # Any: Mappings, which are there
        return self.installation.load_files()[1].mappings

    async def state(self, subject: Subject) -> KeyResultState:
        async with await bootstrap.open_store(self.installation) as store, store.reading() as tx:
            state = (await tx.states.get([subject]))[subject]
        assert isinstance(state, KeyResultState)
        return state

    async def audit(self) -> AuditEntry:
        async with await bootstrap.open_store(self.installation) as store, store.reading() as tx:
            return (await tx.audit.last(1))[0]

    async def asked(self) -> set[str]:
        """What the next sync would ask: the texts of its queries."""
        async with await bootstrap.open_store(self.installation) as store, store.reading() as tx:
            sight = await sight_of(tx, self.mappings)
        batches = plan(
            self.mappings,
            now=bootstrap.now(),
            calendar=self.installation.settings.calendar,
            known=sight.readings,
            states=sight.states,
        )
        return {asked.text for batch in batches for asked in batch.asked}


def a_reading(value: float, at: datetime) -> Reading:
    return Reading(good=GoodRead(value=value, unit="count", read_at=at))


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    await place.apply()
    await place.read(app=40, old=10)
    await place.read(app=45, old=99)
    return place


async def rebase(place: Place, subject: Subject, **changes: Any) -> Any:  # Any: Rebased, and its arguments
    arguments = {"end": "start", "reason": "it counted bots", **changes}
    return await rebase_key_result(place.installation, subject.id, **arguments)


async def test_a_captured_start_is_the_value_of_now(place: Place) -> None:
    before = await place.state(STARS)

    done = await rebase(place, STARS)

    after = await place.state(STARS)
    assert (before.start, before.target, before.current) == (40, 60, 45)
    assert (after.start, after.target, after.progress) == (45, 65, 0.0)
    assert after.sequence > before.sequence
    assert (done.before["value"], done.after["value"], done.is_waiting) == (40, 45, False)


async def test_who_did_it_and_why_stands_in_the_audit(place: Place) -> None:
    before = await place.state(STARS)

    await rebase(place, STARS)

    entry, after = await place.audit(), await place.state(STARS)
    assert before.details is not None
    assert after.details is not None
    assert (entry.action, bool(entry.actor)) == ("rebase", True)
    assert entry.details == {
        "key_result": "product/reach/stars@now",
        "end": "start",
        "reason": "it counted bots",
        "before": {"value": 40, "at": before.details["start"]["at"]},
        "after": {"value": 45, "at": after.details["start"]["at"]},
    }


async def test_a_start_that_was_asked_is_asked_once_and_anew_after_a_rebase(place: Place) -> None:
    settled = await place.asked()

    done = await rebase(place, FORKS)
    waiting, asked = await place.state(FORKS), await place.asked()
    await place.read(app=45, old=20)
    after = await place.state(FORKS)

    assert (settled, asked) == ({'stars: "acme/app"'}, {'stars: "acme/app"', 'stars: "acme/old"'})
    assert (done.is_waiting, waiting.start, after.start) == (True, 10, 20)
    assert await place.asked() == settled


@pytest.mark.parametrize(
    ("key_result", "changes", "code"),
    [
        ("product/reach/given", {}, "nothing_to_rebase"),
        ("product/reach/stars", {"end": "target"}, "nothing_to_rebase"),
        ("product/reach/stras", {}, "unknown_key_result"),
        ("product/reach/stars", {"reason": " "}, "missing_reason"),
    ],
)
async def test_what_cannot_be_rebased_is_refused_and_changes_nothing(
    place: Place, key_result: str, changes: dict[str, Any], code: str
) -> None:
    before = await place.state(STARS)

    with pytest.raises(ConfigError) as failed:
        await rebase(place, Subject("now", key_result), **changes)

    assert failed.value.code == code
    assert await place.state(STARS) == before
    assert (await place.audit()).action == "apply"


def test_the_command_prints_what_was_and_what_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio  # noqa: PLC0415 - the command runs a loop of its own

    monkeypatch.setenv("TOKEN", "t0ken")
    place = Place(tmp_path)
    asyncio.run(place.apply())
    asyncio.run(place.read(app=40, old=10))
    asyncio.run(place.read(app=45))

    code = run(["rebase", STARS.id, "--reason", "bots", "--json", "--config", str(tmp_path / "syncd.yaml")])

    row = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (row["id"], row["cycle"], row["end"]) == (STARS.id, "now", "start")
    assert (row["before"]["value"], row["after"]["value"]) == (40, 45)


def test_a_rebase_without_a_reason_is_a_usage_error(tmp_path: Path) -> None:
    assert run(["rebase", STARS.id, "--config", str(tmp_path / "syncd.yaml")]) == 64
