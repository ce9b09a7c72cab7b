"""What is asked of the past: each stretch once, few at a time, and nothing that is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.okr.definition import KeyResult, Mappings, WindowSpec
from syncd.okr.kinds import Rate
from syncd.okr.names import QueryKey
from syncd.okr.reading import Reading
from syncd.sdk.ask import Ask, Window
from syncd.store.imports import Recorded
from syncd.sync import backfill
from syncd.sync.backfill import Past, batches_of, plan_past
from tests.builders import CALENDAR, CYCLE, a_key_result, an_input, good, mappings_of, utc

NOW = utc("2026-10-27T09:00")


class Published(Ask):
    window = Window()
    published: str

    def past_unknown(self, *, by: str | None) -> str | None:
        return None


def telling(*key_results: KeyResult, window: WindowSpec = WindowSpec()) -> Mappings:  # noqa: B008  # frozen
    """All queries can tell their past."""
    mappings = mappings_of(*key_results)
    queries = {
        key: replace(asked, ask=Published(published="x"), window=window)
        for key, asked in mappings.queries.items()
    }
    return replace(mappings, queries=queries)


def planned(
    mappings: Mappings,
    *,
    recorded: Recorded = Recorded(),  # noqa: B008  # frozen
    readings: dict[QueryKey, Reading] | None = None,
) -> list[Past]:
    known = dict.fromkeys(mappings.key_results, recorded)
    return plan_past(mappings, mappings.key_results, known, readings or {}, every="week", since=None, now=NOW)


def asked(pasts: list[Past]) -> list[list[tuple[str, int]]]:
    """Connection and number of questions of each batch, by round."""
    rounds = batches_of(pasts, now=NOW, calendar=CALENDAR)
    return [[(batch.connection, len(batch.asked)) for batch in each] for each in rounds]


def test_key_results_that_ask_alike_share_the_questions() -> None:
    one = a_key_result(an_input("a"))
    two = a_key_result(an_input("a"), subject="product/faster/two")

    pasts = planned(telling(one, two))

    assert [len(past.moments) for past in pasts] == [4, 4]
    assert asked(pasts) == [[("tracker", 4)]]
    ((batch,),) = batches_of(pasts, now=NOW, calendar=CALENDAR)
    assert batch.wanted == 8


def test_a_connection_is_asked_one_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "MOST_QUERIES", 3)
    here, there = an_input("a"), an_input("b", connection="code")

    assert asked(planned(telling(a_key_result(here, there, value="a + b")))) == [
        [("code", 3), ("tracker", 3)],
        [("code", 1), ("tracker", 1)],
    ]


def test_what_was_imported_is_not_asked_again() -> None:
    mappings = telling(a_key_result(an_input("a")))
    first, second, *_ = (moment.at for moment in planned(mappings)[0].moments)

    (past,) = planned(mappings, recorded=Recorded(imported=frozenset({first, second})))

    assert (past.known, len(past.moments)) == (2, 2)


def test_the_first_real_value_ends_the_past() -> None:
    mappings = telling(a_key_result(an_input("a")))

    (past,) = planned(mappings, recorded=Recorded(begins_at=utc("2026-10-15T08:00")))

    assert [moment.at for moment in past.moments] == [utc("2026-10-04T21:59"), utc("2026-10-11T21:59")]


@pytest.mark.parametrize("key_result", [a_key_result(an_input("a"), cycle=replace(CYCLE, name="closed"))])
def test_a_closed_cycle_has_no_past_to_fill_in(key_result: KeyResult) -> None:
    mappings = replace(telling(key_result), closed=frozenset({"closed"}))

    (past,) = planned(mappings)

    assert past.untold is not None
    assert past.untold.code == "cycle_resting"


def test_what_was_never_evaluated_has_no_past_yet() -> None:
    mappings = telling(a_key_result(an_input("a")))

    (past,) = plan_past(mappings, mappings.key_results, {}, {}, every="week", since=None, now=NOW)

    assert past.untold is not None
    assert past.untold.code == "not_recorded"


def test_a_frozen_period_is_not_asked_again() -> None:
    used = replace(an_input("a"), per_period=True)
    mappings = telling(a_key_result(used, kind=Rate(need=1, every="week")), window=WindowSpec(is_period=True))
    first = used.query._replace(period="2026-10-01/2026-10-04")
    read = good(3, at=utc("2026-10-04T22:00") + timedelta(hours=1))

    (past,) = planned(mappings, readings={first: read})

    own, *later = past.moments
    assert [one.key for one in own.inputs] == [first]  # at its own last minute it was not over
    for moment in later:
        assert moment.frozen == {first: read}
        assert first not in [one.key for one in moment.inputs]
