"""`syncd explain KR --at TIME`: what was said then, computed once more."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.okr.names import Subject
from syncd.store.history import CheckIn
from syncd.store.store import Store
from tests.installations import CYCLE, Ran, Row, Site, a_mapping, cell, key_result

ONE = "product/only/one"


def now() -> str:
    return datetime.now(UTC).isoformat()


def at(site: Site, moment: str, *, wanted: str = ONE, code: int = 0) -> Row:
    ran = site.run("explain", wanted, "--at", moment, "--json")
    assert ran.code == code, (ran.out, ran.err)
    return ran.json


def refused(site: Site, moment: str, *, wanted: str = ONE) -> Ran:
    ran = site.run("explain", wanted, "--at", moment)
    assert ran.code == 1
    return ran


@pytest.fixture
def moments(site: Site) -> list[str]:
    """8, then 3 complaints; a moment after each."""
    site.one(cell("Complaints"), start=40, target=0)
    found = []
    for value in (8, 3):
        site.set_cell("Complaints", value)
        site.sync()
        found.append(now())
    return found


def test_a_past_moment_shows_what_was_said_then_and_comes_out_the_same(
    site: Site, moments: list[str]
) -> None:
    then = at(site, moments[0])

    assert (then["same"], then["differs"], then["not_replayed"]) == (True, [], None)
    assert then["said"]["row"]["current"] == then["replayed"]["current"] == 8
    assert then["said"]["row"]["progress"] == then["replayed"]["progress"] == 0.8
    assert (then["said"]["cause"], then["said"]["sync"]["trigger"]) == ("sync", "command")
    (used,) = then["inputs"]
    assert (used["connection"], used["value"]) == ("usage", 8)
    assert used["read_at"] <= then["said"]["at"]
    assert used["evidence_url"].startswith("https://")
    assert then["mapping"]["path"] == "mappings/product.yaml"
    assert at(site, moments[1])["said"]["row"]["current"] == 3


def test_an_objective_of_a_past_moment_comes_out_the_same(site: Site, moments: list[str]) -> None:
    then = at(site, moments[0], wanted="product/only")

    assert then["same"] is True
    assert (then["said"]["row"]["progress"], then["said"]["row"]["known"]) == (0.8, 1)
    assert then["parts"] == [{"id": f"{ONE}@{CYCLE}", "progress": 0.8, "freshness": "fresh", "counts": True}]


def test_the_mapping_of_then_counts_and_not_that_of_today(site: Site, moments: list[str]) -> None:
    site.one(cell("Complaints"), start=100, target=0)
    site.run("apply")

    then = at(site, moments[0])
    today = at(site, now())

    assert (then["said"]["row"]["progress"], then["same"]) == (0.8, True)
    assert (today["said"]["row"]["progress"], today["same"], today["said"]["cause"]) == (0.97, True, "apply")
    assert then["mapping"]["version"] != today["mapping"]["version"]


def test_a_word_of_a_person_is_shown_with_its_author(site: Site, moments: list[str]) -> None:
    site.run("check-in", ONE, "--value", "5", "--author", "anna", "--comment", "a broken sheet")

    then = at(site, now())

    said = then["said"]
    assert (said["cause"], said["author"], said["comment"]) == ("check_in", "anna", "a broken sheet")
    assert (said["row"]["current"], said["row"]["origin"]) == (5, "person")
    assert said["row"]["details"]["override"]["measured"]["value"] == 3
    assert then["same"] is True


def test_a_renamed_key_result_keeps_its_past(site: Site, moments: list[str]) -> None:
    site.several(two=key_result(cell("Complaints"), start=40, target=0, was=ONE))
    site.run("apply")

    by_new_name = at(site, moments[0], wanted="product/only/two")
    by_old_name = at(site, moments[0])
    after = refused(site, now())

    assert by_new_name["id"] == by_old_name["id"] == ONE
    assert by_new_name["today"] == by_old_name["today"] == f"product/only/two@{CYCLE}"
    assert (by_new_name["same"], by_old_name["same"]) == (True, True)
    assert f"it is called product/only/two@{CYCLE}" in after.err


def test_an_id_that_meant_another_one_then_says_so(site: Site) -> None:
    complaints, users = cell("Complaints"), cell("Assistant users")
    site.set_cell("Complaints", 8)
    site.several(one=key_result(complaints, start=40, target=0), two=key_result(users, target=4_000))
    site.sync()
    then = now()
    # One after the other: of what is on the books, no id can be taken.
    site.several(
        three=key_result(complaints, start=40, target=0, was=ONE), two=key_result(users, target=4_000)
    )
    site.run("apply")
    site.several(
        three=key_result(complaints, start=40, target=0),
        one=key_result(users, target=4_000, was="product/only/two"),
    )
    site.run("apply")

    found = at(site, then)

    assert (found["id"], found["today"]) == ("product/only/two", f"{ONE}@{CYCLE}")
    assert found["another"] == f"product/only/three@{CYCLE}"
    assert (found["said"]["row"]["current"], found["same"]) == (3_000, True)


def test_a_removed_key_result_has_a_past_and_no_present(site: Site, moments: list[str]) -> None:
    site.several(two=key_result(cell("Complaints"), start=40, target=0))
    site.run("apply", "--allow-removals")

    assert at(site, moments[0])["said"]["row"]["current"] == 8
    assert "removed" in refused(site, now()).err


def test_a_record_that_was_tampered_with_is_shown_loudly(site: Site, moments: list[str]) -> None:
    with closing(sqlite3.connect(site.database)) as database, database:
        database.execute("""UPDATE snapshots SET said = replace(said, '"current":8', '"current":9')""")

    shown = site.run("explain", ONE, "--at", moments[0])

    assert shown.code == 1
    assert "NOT THE SAME" in shown.out
    assert "current: said 9.0, comes out as 8.0" in shown.out
    assert at(site, moments[0], code=1)["differs"] == ["current"]


def test_a_version_that_cannot_be_read_any_more_is_said_and_not_guessed(
    site: Site, moments: list[str]
) -> None:
    site.settings["connections"]["figures"] = site.settings["connections"].pop("usage")
    site.write_settings()

    then = at(site, moments[0], code=3)

    assert (then["replayed"], then["same"]) == (None, None)
    assert "cannot be read under today's syncd.yaml" in then["not_replayed"]["message"]
    assert then["said"]["row"]["current"] == 8


def test_what_was_imported_is_shown_and_not_computed(site: Site, moments: list[str]) -> None:
    then = datetime.now(UTC) - timedelta(days=3)
    told = CheckIn(subject=Subject(CYCLE, ONE), at=then, current=20.0, progress=0.5, origin="import")
    asyncio.run(add(site, told))

    found = at(site, (then + timedelta(days=1)).isoformat(), code=3)

    assert (found["said"]["cause"], found["said"]["row"]) == ("import", {"current": 20.0, "progress": 0.5})
    assert "imported" in found["not_replayed"]["message"]
    assert "20, progress 50.0%" in site.run("explain", ONE, "--at", then.isoformat()).out


async def add(site: Site, check_in: CheckIn) -> None:
    url = f"sqlite:///{site.database}"
    async with await Store.open(url, now=check_in.at) as store, store.transaction() as tx:
        await tx.history.add([check_in])


def test_new_dates_of_the_cycle_change_no_past(site: Site, moments: list[str]) -> None:
    site.settings["cycles"][CYCLE]["from"] = "2020-01-01"
    site.settings["pace"] = {"ahead": 5}
    site.write_settings()

    assert at(site, moments[0])["same"] is True


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("last tuesday", "unreadable_time"),
        ("2026-13-01", "unreadable_time"),
        ("2999-01-01", "time_in_future"),
        ("2020-01-01T00:00:00Z", "before_history"),
    ],
)
def test_a_moment_that_nothing_can_be_said_of_is_refused(
    site: Site, moments: list[str], moment: str, code: str
) -> None:
    assert code in refused(site, moment).err


def test_a_day_means_its_end_and_a_naive_time_the_installations_zone(site: Site, moments: list[str]) -> None:
    berlin = datetime.now(ZoneInfo("Europe/Berlin"))

    by_day = at(site, berlin.date().isoformat())
    by_time = at(site, berlin.replace(tzinfo=None).isoformat())

    assert by_day["said"]["row"]["current"] == by_time["said"]["row"]["current"] == 3
    yesterday = (berlin - timedelta(days=1)).date().isoformat()
    assert "before_history" in refused(site, yesterday).err


def test_an_unknown_id_is_answered_with_what_may_be_meant(site: Site, moments: list[str]) -> None:
    assert ONE in refused(site, now(), wanted="product/only/onne").err


def test_the_page_for_people_has_the_number_its_inputs_and_the_verdict(
    site: Site, moments: list[str]
) -> None:
    out = site.run("explain", ONE, "--at", moments[0]).out

    for words in (
        "8 count (40 → 0), progress 80.0%",
        "usage: cell",
        "read 20",
        "replayed: same",
        "a sync (1,",
    ):
        assert words in out


def of_every_kind() -> dict[str, Row]:
    def of(**more: object) -> Row:
        return {"title": "A", "unit": "count", "measure": cell("Complaints"), **more}

    steps = {"said": {"title": "Said", "done_on": "2026-01-01"}, "open": {"title": "Open", "weight": 2}}
    return {
        "captured": of(start="measured", target=40),
        "changed": of(start="measured", change="-25%"),
        "mean": of(keep={"at_most": 9, "by": "mean"}),
        "worst": of(keep={"at_most": 9, "by": "worst"}),
        "rate": of(rate={"at_least": 2, "every": "week"}),
        "smooth": of(start=40, target=0, smooth={"mean": "7d"}),
        "guarded": of(start=40, target=0, guard={"max_jump": 5}),
        "steps": {"title": "Steps", "milestones": steps},
        "mix": {
            "title": "Mix",
            "composite": {"parts": {"product/only/smooth": 2, "product/only/guarded": 1}},
        },
    }


WORDS = {
    "captured": "start 8 count, captured 20",
    "changed": "change -25% of the start",
    "mean": "days that are known; ",
    "worst": "worst day 20",
    "rate": "2 per week: 0 of",
    "smooth": "mean of 1 day",
    "guarded": "held back since 20",
    "steps": "done 2026-01-01: Said",
    "mix": "product/only/smooth: ",
}


def test_every_kind_comes_out_the_same_and_says_in_words_what_only_it_has(site: Site) -> None:
    site.several(**of_every_kind())
    for value in (8, 30):
        site.set_cell("Complaints", value)
        ran = site.run("sync", "--from-files")
        assert ran.code in (0, 3), ran.err
    then = now()

    for name, words in WORDS.items():
        past = site.run("explain", f"product/only/{name}", "--at", then)
        present = site.run("explain", f"product/only/{name}")

        assert past.code == 0, past.out + past.err
        assert words in past.out
        assert words in present.out


def test_a_mapping_with_all_its_objectives_comes_out_the_same(site: Site) -> None:
    site.write(a_mapping())
    site.sync()
    for row in site.run("status", "--json").json["key_results"]:
        assert at(site, now(), wanted=row["id"])["same"] is True
