import math
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from syncd.egress.limits import LONGEST_WAIT_S, asked_wait_s, bounded
from tests.wires import NOW


def asked(status: int, **headers: str) -> float | None:
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return asked_wait_s(status, CaseInsensitiveDict(dashed), now=NOW)


IN_90_S = NOW + timedelta(seconds=90)


@pytest.mark.parametrize("status", [429, 403, 503])
def test_retry_after_in_seconds_is_what_is_asked(status: int) -> None:
    assert asked(status, retry_after="7") == 7


@pytest.mark.parametrize("status", [429, 403, 503])
def test_retry_after_as_a_date_counts_from_now(status: int) -> None:
    assert asked(status, retry_after=format_datetime(IN_90_S, usegmt=True)) == 90


@pytest.mark.parametrize(
    "reset",
    [
        str(int(IN_90_S.timestamp())),
        "2026-11-20T12:01:30Z",
        "2026-11-20T12:01:30",
        "2026-11-20T13:01:30+01:00",
        "2026-11-20T12:01:30.000Z",
    ],
)
def test_a_reset_is_epoch_seconds_or_an_iso_time(reset: str) -> None:
    assert asked(429, x_ratelimit_reset=reset) == 90


def test_an_iso_reset_may_leave_its_seconds_out() -> None:
    assert asked(429, x_ratelimit_reset="2026-11-20T12:02Z") == 120


def test_a_403_with_nothing_remaining_is_a_limit_until_the_reset() -> None:
    reset = str(int(IN_90_S.timestamp()))

    assert asked(403, x_ratelimit_remaining="0", x_ratelimit_reset=reset) == 90


def test_a_403_with_something_remaining_is_about_permission() -> None:
    assert asked(403, x_ratelimit_remaining="4999", x_ratelimit_reset="1") is None
    assert asked(403) is None


def test_retry_after_wins_over_the_reset() -> None:
    assert asked(429, retry_after="3", x_ratelimit_reset=str(int(IN_90_S.timestamp()))) == 3


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e3", "٣", "Fri, 31 Feb 2026 00:00:00 GMT"])
def test_a_429_without_a_readable_figure_is_a_limit_without_one(text: str) -> None:
    asked_s = asked(429, retry_after=text)

    assert asked_s is not None
    assert math.isnan(asked_s)


def test_a_time_that_has_passed_asks_for_no_wait() -> None:
    assert asked(429, retry_after=format_datetime(NOW - timedelta(hours=1), usegmt=True)) == 0


@pytest.mark.parametrize("text", ["99999999999", "9" * 400, "Fri, 20 Nov 2099 12:00:00 GMT"])
def test_no_figure_asks_for_longer_than_an_hour(text: str) -> None:
    assert asked(429, retry_after=text) == LONGEST_WAIT_S


def test_an_outage_without_a_figure_is_no_limit() -> None:
    assert asked(503) is None
    assert asked(200, retry_after="7", x_ratelimit_remaining="0") is None


def test_a_vendors_figure_is_bounded_like_any_other() -> None:
    assert bounded(-3) == 0
    assert bounded(math.inf) == LONGEST_WAIT_S
    assert math.isnan(bounded(math.nan))


@given(
    status=st.integers(100, 599), after=st.text(), reset=st.text(), remaining=st.sampled_from(["0", "1", ""])
)
def test_no_header_breaks_the_reading(status: int, after: str, reset: str, remaining: str) -> None:
    wait_s = asked(status, retry_after=after, x_ratelimit_reset=reset, x_ratelimit_remaining=remaining)

    assert wait_s is None or math.isnan(wait_s) or 0 <= wait_s <= LONGEST_WAIT_S


@given(
    date=st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,9} [A-Z][a-z]{2} [0-9]{1,9} [0-9:]{1,12} [+-][0-9]{1,30}"),
)
def test_no_date_breaks_the_reading(date: str) -> None:
    asked(429, retry_after=date)
