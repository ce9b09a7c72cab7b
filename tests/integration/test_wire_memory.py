"""What a wire keeps: answers by ETag, connections, places, counts."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncd.egress.wire import WireLimits
from syncd.errors import SourceUnavailable
from syncd.sdk.testing import rough
from syncd.sdk.testing.faults import answer, closing_kept, faulty, loopback_tls
from tests.wires import FakeTime, a_wire

TAGGED = answer(200, b'{"total": 7}', {"ETag": '"one"', "X-Kind": "old"})
UNCHANGED = answer(304, b"", {"ETag": '"one"', "X-Kind": "new"})
OK = answer(200, b"{}")


def test_an_unchanged_answer_costs_no_body_and_reads_like_the_first() -> None:
    with faulty(TAGGED, UNCHANGED) as server:
        wire = a_wire(server.url)
        session = wire.session()
        session.get(server.url)

        with wire.batch() as traffic:
            again = session.get(server.url)

        assert 'If-None-Match: "one"' in server.requests[1]
    assert (again.status_code, again.json(), again.ok) == (200, {"total": 7}, True)
    assert again.headers["X-Kind"] == "new"
    assert (traffic.requests, traffic.not_modified, traffic.bytes) == (1, 1, 0)


def test_another_credential_does_not_get_the_remembered_answer() -> None:
    with faulty(TAGGED, OK) as server:
        session = a_wire(server.url).session()
        session.get(server.url, headers={"Authorization": "one"})

        session.get(server.url, headers={"Authorization": "two"})

        assert "If-None-Match" not in server.requests[1]


def test_a_callers_own_condition_is_left_to_the_caller() -> None:
    with faulty(TAGGED, UNCHANGED) as server:
        session = a_wire(server.url).session()
        session.get(server.url)

        assert session.get(server.url, headers={"If-None-Match": '"one"'}).status_code == 304


def test_a_post_is_never_remembered() -> None:
    with faulty(TAGGED) as server:
        session = a_wire(server.url, read_posts=["/"]).session()
        for _ in range(2):
            session.post(server.url)

        assert "If-None-Match" not in server.requests[1]


def test_a_kept_connection_that_was_closed_meanwhile_costs_no_attempt() -> None:
    time = FakeTime()
    with faulty(closing_kept(b'{"total": 1}'), answer(200, b'{"total": 2}')) as server:
        session = a_wire(server.url, time=time, limits=WireLimits(attempts=1)).session()

        assert session.get(server.url).json() == {"total": 1}
        assert session.get(server.url).json() == {"total": 2}
    assert time.slept == []


@pytest.mark.parametrize("is_secure", [False, True])
def test_a_fresh_connection_that_is_closed_costs_an_attempt(is_secure: bool, tmp_path) -> None:
    tls = loopback_tls(tmp_path)
    with faulty(rough.reset, OK, tls=tls.server if is_secure else None) as server:
        session = a_wire(server.url, limits=WireLimits(attempts=1), ca_bundle=tls.ca_bundle).session()
        with pytest.raises(SourceUnavailable):
            session.get(server.url)

        assert server.connections == 1


def test_no_more_requests_are_sent_at_once_than_the_wire_allows() -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def slow(client, stop) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        stop.wait(0.05)
        with lock:
            under_way -= 1
        OK(client, stop)

    with faulty(slow) as server:
        wire = a_wire(server.url, limits=WireLimits(concurrency=2))
        assert wire.concurrency == 2
        with ThreadPoolExecutor(8) as threads, wire.batch() as traffic:
            list(threads.map(lambda _: wire.session().get(server.url), range(8)))

    assert most == 2
    assert traffic.requests == 8


def test_a_request_that_gets_no_place_in_time_is_told_so() -> None:
    with faulty(rough.hang) as server:
        wire = a_wire(server.url, limits=WireLimits(deadline_s=0.3, concurrency=1, attempts=1))

        def fails(_: int) -> bool:
            with pytest.raises(SourceUnavailable):
                wire.session().get(server.url)
            return True

        with ThreadPoolExecutor(2) as threads, wire.batch():
            assert list(threads.map(fails, range(2))) == [True, True]


def test_a_compressed_answer_counts_as_it_came() -> None:
    body = gzip.compress(b'{"total": 7, "pad": "' + b"x" * 5_000 + b'"}')
    with faulty(answer(200, body, {"Content-Encoding": "gzip"})) as server:
        wire = a_wire(server.url)
        with wire.batch() as traffic:
            assert wire.session().get(server.url).json()["total"] == 7

        assert "Accept-Encoding: gzip\r\n" in server.requests[0]
    assert traffic.bytes == len(body) < 200


def test_each_batch_has_counts_of_its_own() -> None:
    with faulty(OK) as server:
        wire = a_wire(server.url)
        session = wire.session()
        with wire.batch() as first:
            session.get(server.url)
        session.get(server.url)
        with wire.batch() as second:
            session.get(server.url)
            session.get(server.url)

    assert (first.requests, second.requests) == (1, 2)


def test_nothing_is_sent_after_the_batchs_time() -> None:
    time = FakeTime()
    with faulty(OK) as server:
        wire = a_wire(server.url, time=time)
        with wire.batch() as traffic:
            time.now += 61
            with pytest.raises(SourceUnavailable, match="time is over"):
                wire.session().get(server.url)

        assert server.connections == traffic.requests == 0


def test_a_wire_has_one_batch_at_a_time() -> None:
    wire = a_wire("https://jira.test")
    with wire.batch(), pytest.raises(RuntimeError), wire.batch():
        pass

    with wire.batch():
        pass
