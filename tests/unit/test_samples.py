"""What `take` makes of a sample, with numbers that anybody can check."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sdk.samples import Take, taken

TWENTY = [float(n) for n in range(1, 21)]
SAMPLES = st.lists(st.floats(min_value=0, max_value=1e9), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("take", "values", "expected"),
    [
        ("median", [3, 1, 2], 2),
        ("median", [4, 1, 2, 3], 2.5),
        ("mean", [1, 2, 6], 3),
        ("p85", [1, 2, 3, 4, 5, 6], 6),  # rank 5.1, so the sixth
        ("p85", [7, 1, 6, 2, 5, 3, 4], 6),  # rank 5.95
        ("p85", TWENTY, 17),  # rank 17 to the dot: no float carries it to 18
        ("p95", TWENTY, 19),
        ("p95", TWENTY[:19], 19),
        ("p95", TWENTY[:10], 10),
        *((take, [42.0], 42.0) for take in ("median", "mean", "p85", "p95")),
    ],
)
def test_a_sample_gives_one_number(take: Take, values: list[float], expected: float) -> None:
    assert taken(take, values) == expected


@pytest.mark.parametrize("take", ["median", "mean", "p85", "p95"])
def test_an_empty_sample_has_no_number(take: Take) -> None:
    with pytest.raises(ValueError, match="empty sample"):
        taken(take, [])


@given(SAMPLES, st.sampled_from([("p85", 85), ("p95", 95)]))
def test_that_share_of_the_sample_takes_no_longer(values: list[float], asked: tuple[Take, int]) -> None:
    take, percent = asked

    value = taken(take, values)

    assert value in values
    assert sum(one <= value for one in values) * 100 >= percent * len(values)
    assert sum(one < value for one in values) * 100 < percent * len(values)


@given(SAMPLES, st.randoms(), st.sampled_from(["median", "mean", "p85", "p95"]))
def test_the_order_of_a_sample_does_not_matter(
    values: list[float], chance: random.Random, take: Take
) -> None:
    shuffled = list(values)
    chance.shuffle(shuffled)

    assert taken(take, shuffled) == taken(take, values)
