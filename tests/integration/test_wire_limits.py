"""Limits that a source sets: obeyed, shared, and never slept for longer than the deadline."""

import math
import threading
from email.utils import format_datetime

import pytest

from syncd.egress.wire import WireLimits
from syncd.errors import RateLimited, SourceUnavailable
from syncd.sdk.testing.faults import answer, faulty, rate_limited
from tests.wires import NOW, PATIENT, FakeTime, a_wire

OK = answer(200, b'{"total": 7}')
IN_20_S = NOW.timestamp() + 20


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(rate_limited({"Retry-After": "20"}), id="seconds"),
        pytest.param(
            rate_limited(
                {"Retry-After": format_datetime(NOW.fromtimestamp(IN_20_S, NOW.tzinfo), usegmt=True)}
            ),
            id="date",
        ),
        pytest.param(rate_limited({"X-RateLimit-Reset": "2026-11-20T12:00:20Z"}), id="iso_reset"),
        pytest.param(
            answer(403, b"{}", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(IN_20_S))}),
            id="403_epoch_reset",
        ),
        pytest.param(answer(403, b"{}", {"Retry-After": "20"}), id="403_retry_after"),
        pytest.param(answer(503, b"{}", {"Retry-After": "20"}), id="503_retry_after"),
    ],
)
def test_a_limit_that_ends_in_time_is_waited_for_to_the_second(told) -> None:
    time = FakeTime()
    with faulty(told, OK) as server:
        wire = a_wire(server.url, time=time)
        with wire.batch() as traffic:
            assert wire.session().get(server.url).json() == {"total": 7}

    assert time.slept == [20]
    assert (traffic.requests, traffic.waits, traffic.wait_s) == (2, 1, 20)


def test_a_limit_without_a_figure_is_waited_for_longer_each_time() -> None:
    time = FakeTime()
    with faulty(rate_limited(), rate_limited(), OK) as server:
        assert a_wire(server.url, time=time).session().get(server.url).json() == {"total": 7}

    assert time.slept == [2, 4]


def test_a_vendors_own_sign_is_waited_for_like_a_header() -> None:
    time = FakeTime()

    def rate_limit(response) -> float | None:
        return 15.0 if "errors" in response.json() else None

    with faulty(answer(200, b'{"errors": []}'), OK) as server:
        wire = a_wire(server.url, time=time, rate_limit=rate_limit)
        assert wire.session().get(server.url).json() == {"total": 7}

    assert time.slept == [15]


@pytest.mark.parametrize(
    "told",
    [
        rate_limited({"Retry-After": "3600"}),
        rate_limited({"Retry-After": "61"}),
        answer(
            403, b"{}", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 3600)}
        ),
        answer(503, b"{}", {"Retry-After": "3600"}),
    ],
)
def test_a_limit_that_outlasts_the_deadline_is_told_at_once(told) -> None:
    time = FakeTime()
    with faulty(told) as server:
        session = a_wire(server.url, time=time).session()
        with pytest.raises(RateLimited) as limited:
            session.get(server.url)

        assert len(server.requests) == 1
    assert time.slept == []
    assert limited.value.retry_after_s in (61, 3600)


def test_a_limit_that_lasts_is_asked_as_often_as_allowed() -> None:
    time = FakeTime()
    with faulty(rate_limited({"Retry-After": "1"})) as server:
        session = a_wire(server.url, time=time).session()
        with pytest.raises(RateLimited) as limited:
            session.get(server.url)

        assert len(server.requests) == PATIENT.attempts
    assert limited.value.retry_after_s == 1


def test_retry_after_zero_that_is_not_true_is_not_a_loop_without_a_pause() -> None:
    time = FakeTime()
    with faulty(rate_limited({"Retry-After": "0"})) as server, pytest.raises(RateLimited):
        a_wire(server.url, time=time).session().get(server.url)

    assert time.slept == [2, 4, 8]


def test_what_one_request_learns_of_a_limit_the_next_batch_obeys() -> None:
    time = FakeTime()
    with faulty(rate_limited({"Retry-After": "90"}), OK) as server:
        wire = a_wire(server.url, time=time)
        session = wire.session()
        with wire.batch(), pytest.raises(RateLimited):
            session.get(server.url)

        time.now += 10
        with wire.batch(), pytest.raises(RateLimited) as limited:
            session.get(server.url)
        assert len(server.requests) == 1
        assert limited.value.retry_after_s == 80

        time.now += 50
        with wire.batch():
            session.get(server.url)
    assert time.slept == [30]


def test_what_one_request_learns_of_a_limit_another_thread_obeys() -> None:
    time = FakeTime()
    learnt = threading.Event()
    asleep = threading.Event()

    def sleep(seconds: float) -> None:
        learnt.set()
        if threading.current_thread() is not threading.main_thread():
            asleep.wait(5)
        time.sleep(seconds)

    with faulty(rate_limited({"Retry-After": "20"}), OK) as server:
        wire = a_wire(server.url, clock=time.clock, wall=time.wall, sleep=sleep)
        first = threading.Thread(target=lambda: wire.session().get(server.url))
        first.start()
        assert learnt.wait(5)

        wire.session().get(server.url)
        asleep.set()
        first.join()

    assert time.slept == [20, 20]


def test_a_503_with_a_short_wait_is_an_outage_when_it_does_not_help() -> None:
    time = FakeTime()
    with faulty(answer(503, b"{}", {"Retry-After": "1"})) as server, pytest.raises(SourceUnavailable):
        a_wire(server.url, time=time).session().get(server.url)

    assert time.slept == [1, 1, 1]


def test_an_endless_not_ready_yet_is_not_waited_for() -> None:
    with faulty(answer(202, b"{}")) as server, pytest.raises(SourceUnavailable, match="not ready"):
        a_wire(server.url, time=FakeTime()).session().get(server.url)


def test_chance_shortens_a_backoff_by_half_at_most() -> None:
    time = FakeTime()
    with faulty(rate_limited()) as server, pytest.raises(RateLimited):
        a_wire(server.url, time=time, random=lambda: 0.0).session().get(server.url)

    assert time.slept == [1, 2, 4]


def test_a_broken_figure_of_a_vendor_never_sleeps_for_ever() -> None:
    time = FakeTime()
    with faulty(answer(403, b"{}")) as server:
        wire = a_wire(server.url, time=time, rate_limit=lambda _: math.inf, limits=WireLimits())
        with pytest.raises(RateLimited):
            wire.session().get(server.url)

    assert time.slept == []
