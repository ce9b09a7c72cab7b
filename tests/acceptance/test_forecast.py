"""`explain` and `status` say where a number seems to be going."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.okr.definition import Subject
from syncd.okr.state import KeyResultState
from syncd.store.history import CheckIn
from syncd.store.store import Store
from tests.installations import CYCLE, Site, cell

BERLIN = ZoneInfo("Europe/Berlin")
ONE = Subject(CYCLE, "product/only/one")


def noon(back: int) -> datetime:
    today = datetime.now(BERLIN).date()
    return datetime.combine(today - timedelta(days=back), time(12), BERLIN)


def record(site: Site, *values: float) -> None:
    """A check-in at noon of each of the days before today, as syncs would have recorded them."""

    async def add() -> None:
        now = datetime.now(UTC)
        async with (
            await Store.open(f"sqlite:///{site.database}", now=now) as store,
            store.transaction() as tx,
        ):
            state = (await tx.states.get())[ONE]
            assert isinstance(state, KeyResultState)
            await tx.history.add(
                CheckIn(
                    subject=ONE,
                    at=noon(len(values) - n),
                    current=value,
                    progress=value / 100,
                    measure_digest=state.measure_digest,
                )
                for n, value in enumerate(values)
            )

    asyncio.run(add())


def days_to_the_end(site: Site) -> int:
    return (date.fromisoformat(site.settings["cycles"][CYCLE]["to"]) - datetime.now(BERLIN).date()).days


def test_a_number_on_its_way_is_foretold(site: Site) -> None:
    site.set_cell("Complaints", 20)
    site.one(cell("Complaints"))
    site.sync()
    record(site, *range(10, 20))

    facts = site.run("explain", "product/only/one", "--json").json
    shown = site.run("explain", "product/only/one").out

    left = days_to_the_end(site)
    told = facts["forecast"]
    assert (told["at_end"], told["low"], told["high"]) == (20 + left, 20 + left, 20 + left)
    assert (told["of"], told["points"], told["would_meet"]) == ("value", 11, "no")
    assert told["since"] == noon(10).date().isoformat()
    assert told["progress"] == (20 + left) / 100
    assert facts["no_forecast"] is None
    assert f"forecast {20 + left} count at the end" in shown
    assert "if it goes on as since" in shown
    assert "that misses the target" in shown


def test_the_status_has_the_same_forecast(site: Site) -> None:
    site.set_cell("Complaints", 20)
    site.one(cell("Complaints"))
    site.sync()
    record(site, *range(10, 20))

    explained = site.run("explain", "product/only/one", "--json").json

    assert site.status()["one"]["forecast"] == explained["forecast"]


def test_a_first_sync_is_no_trend(site: Site) -> None:
    site.one(cell("Complaints"))
    site.sync()

    one = site.status()["one"]

    assert one["forecast"] is None
    assert one["no_forecast"] == {
        "reason": "too_few_points",
        "message": "1 of the last 28 days are known; 8 make a trend",
    }
    assert "forecast" not in site.run("explain", "product/only/one").out


def test_the_admin_sets_how_many_days_make_a_trend(site: Site) -> None:
    site.settings["forecast"] = {"over": "7d", "min_points": 4}
    site.write_settings()
    site.set_cell("Complaints", 20)
    site.one(cell("Complaints"))
    site.sync()
    record(site, *range(10, 20))

    assert site.status()["one"]["forecast"]["points"] == 7


def test_a_cycle_that_was_closed_early_has_no_forecast(site: Site) -> None:
    site.set_cell("Complaints", 20)
    site.one(cell("Complaints"))
    site.sync()
    record(site, *range(10, 20))

    closed = site.run("cycle close", CYCLE, "--early")

    assert closed.code == 0, closed.err
    assert site.status()["one"]["no_forecast"]["reason"] == "cycle_over"
