"""Roll-up: the weighted mean of the known parts."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.rollup import Part, RollUp, roll_up, worst_of
from syncd.okr.written import written

PARTS = st.lists(
    st.builds(Part, progress=st.none() | st.floats(0, 1), weight=st.floats(0, 1e300)), min_size=1, max_size=12
)


def test_a_roll_up_is_the_weighted_mean() -> None:
    assert roll_up([Part(1.0, 1), Part(0.5, 3)]) == RollUp(progress=0.625, known=2, of=2)


def test_an_unknown_part_is_not_counted_and_never_a_zero() -> None:
    assert roll_up([Part(0.5, 1), Part(None, 3)]) == RollUp(progress=0.5, known=1, of=2)


def test_a_real_zero_is_counted() -> None:
    assert roll_up([Part(0.5, 1), Part(0.0, 1)]) == RollUp(progress=0.25, known=2, of=2)


@pytest.mark.parametrize(
    ("parts", "known"), [([], 0), ([Part(None, 1)], 0), ([Part(0.5, 0), Part(None, 1)], 1)]
)
def test_without_a_known_weight_there_is_no_mean(parts: list[Part], known: int) -> None:
    assert roll_up(parts) == RollUp(progress=None, known=known, of=len(parts))


def test_all_done_is_exactly_one() -> None:
    assert roll_up([Part(1.0, 0.1)] * 3).progress == 1.0


def test_it_is_rounded_once() -> None:
    assert roll_up([Part(0.5, 2), Part(0.2, 1)]).progress == 0.4  # 1.2 / 3 is 0.39999999999999997


def test_the_largest_weights_do_not_overflow() -> None:
    assert roll_up([Part(1.0, 1.7e308), Part(0.5, 1.7e308)]).progress == 0.75


@given(PARTS)
def test_a_roll_up_lies_between_its_least_and_its_greatest_part(parts: list[Part]) -> None:
    counted = [part.progress for part in parts if part.progress is not None and part.weight > 0]

    found = roll_up(parts)

    assert (found.progress is None) == (not counted)
    if found.progress is not None:
        assert min(counted) <= found.progress <= max(counted)


@given(PARTS, st.randoms(use_true_random=False))
def test_the_order_of_the_parts_does_not_matter(parts: list[Part], random: Random) -> None:
    shuffled = list(parts)
    random.shuffle(shuffled)

    assert roll_up(shuffled) == roll_up(parts)


@given(PARTS)
def test_it_is_what_fractions_on_paper_give(parts: list[Part]) -> None:
    known = [(written(part.progress), written(part.weight)) for part in parts if part.progress is not None]

    found = roll_up(parts).progress

    whole = sum(weight for _, weight in known)
    if whole:
        assert found == float(sum(progress * weight for progress, weight in known) / whole)


@given(PARTS)
def test_the_worst_is_the_least_part_that_weighs_anything(parts: list[Part]) -> None:
    found = worst_of(parts)

    counted = [part.progress for part in parts if part.progress is not None and part.weight > 0]
    assert found.progress == min(counted, default=None)
    assert (found.known, found.of) == (roll_up(parts).known, len(parts))
