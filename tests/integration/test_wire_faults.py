"""Every way in which a source can fail, over real sockets: one deadline, the right class, no secret."""

import time

import pytest

from syncd.egress.wire import WireLimits
from syncd.errors import SourceError, SourceUnavailable, UnsafeSource
from syncd.sdk.testing import rough
from syncd.sdk.testing.faults import (
    FaultyServer,
    LoopbackTls,
    answer,
    chunked_cut,
    faulty,
    html_page,
    huge_body,
    loopback_tls,
    raw,
    refusing,
    unframed_drip,
)
from tests.wires import FAULTS, HASTY, PATIENT, FakeTime, a_wire

SLACK_S = 4.0  # a busy machine; a fault that is not ended lasts 30 s
SECRET = "s3cret-token"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> LoopbackTls:
    return loopback_tls(tmp_path_factory.mktemp("tls"))


def failure_of(server: FaultyServer, *, limits: WireLimits = HASTY, **settings) -> SourceError:
    session = a_wire(server.url, limits=limits, **settings).session()
    with pytest.raises(SourceError) as failed:
        session.get(f"{server.url}/rest?jql={SECRET}", headers={"Authorization": f"Bearer {SECRET}"})
    return failed.value


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_ends_in_time_in_the_right_class_and_tells_no_secret(fault, expected) -> None:
    with fault() as server:
        began = time.monotonic()
        error = failure_of(server, limits=WireLimits(deadline_s=0.5, attempts=1, max_bytes=1_000_000))
        took_s = time.monotonic() - began

    assert type(error) is expected, repr(error)
    assert took_s < 0.5 + SLACK_S
    link: BaseException | None = error
    while link:
        assert SECRET not in f"{link!r} {link}"
        link = link.__cause__ or link.__context__


@pytest.mark.parametrize(
    "script",
    [rough.hang, rough.drip_header, rough.drip_body, unframed_drip()],
    ids=["hang", "drip_header", "drip_body", "unframed_drip"],
)
def test_a_drip_inside_tls_is_ended_like_one_outside(script, tls: LoopbackTls) -> None:
    with faulty(script, tls=tls.server) as server:
        began = time.monotonic()
        error = failure_of(server, ca_bundle=tls.ca_bundle)
        took_s = time.monotonic() - began

    assert type(error) is SourceUnavailable
    assert "no whole answer" in str(error)
    assert took_s < 0.5 + SLACK_S


def test_a_name_that_never_resolves_is_ended_too() -> None:
    session = a_wire("http://jira.test", limits=HASTY, resolve=lambda *_: time.sleep(10)).session()

    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="no whole answer"):
        session.get("http://jira.test/")

    assert time.monotonic() - began < 0.5 + SLACK_S


def test_a_name_that_is_unknown_is_an_outage() -> None:
    def unknown(*_: object) -> list[str]:
        raise OSError("no such name")

    session = a_wire("http://jira.test", limits=HASTY, resolve=unknown).session()

    with pytest.raises(SourceUnavailable):
        session.get("http://jira.test/")


def test_an_attempt_that_hangs_leaves_time_for_another() -> None:
    limits = WireLimits(deadline_s=10.0, attempt_s=0.3, attempts=2)
    with faulty(rough.hang, answer(200, b'{"total": 7}')) as server:
        session = a_wire(server.url, limits=limits, random=lambda: 0.0).session()

        assert session.get(server.url).json() == {"total": 7}


@pytest.mark.parametrize(
    "fault",
    [
        rough.reset,
        raw(b""),
        rough.cut_header,
        rough.cut_body,
        chunked_cut(),
        *map(answer, (500, 502, 503, 504)),
    ],
)
def test_a_passing_fault_is_asked_again(fault) -> None:
    time_ = FakeTime()
    with faulty(fault, fault, answer(200, b'{"total": 7}')) as server:
        session = a_wire(server.url, time=time_).session()

        assert session.get(server.url).json() == {"total": 7}

    assert time_.slept == [0.5, 1.0]


def test_a_lasting_fault_is_asked_as_often_as_allowed() -> None:
    time_ = FakeTime()
    with faulty(answer(503)) as server:
        error = failure_of(server, limits=PATIENT, time=time_)

        assert len(server.requests) == PATIENT.attempts
    assert type(error) is SourceUnavailable
    assert time_.slept == [0.5, 1.0, 2.0]


def test_a_refused_connection_is_asked_again_and_then_an_outage() -> None:
    time_ = FakeTime()
    with refusing() as url:
        session = a_wire(url, time=time_).session()
        with pytest.raises(SourceUnavailable, match="refused"):
            session.get(url)

    assert len(time_.slept) == PATIENT.attempts - 1


@pytest.mark.parametrize("script", [html_page(), answer(200), huge_body(1), answer(401), answer(501)])
def test_what_will_not_get_better_is_asked_once(script) -> None:
    with faulty(script) as server:
        failure_of(server, limits=WireLimits(max_bytes=1_000))

        assert len(server.requests) == 1


def test_a_retry_that_would_outlast_the_deadline_is_not_waited_for() -> None:
    time_ = FakeTime()
    with faulty(answer(503)) as server:
        failure_of(server, limits=WireLimits(deadline_s=1.2), time=time_)

    assert time_.slept == [0.5]


def test_one_deadline_covers_everything_inside_a_batch() -> None:
    with faulty(answer(200, b"{}"), rough.drip_body) as server:
        wire = a_wire(server.url, limits=WireLimits(deadline_s=0.6, attempt_s=0.3, attempts=9))
        session = wire.session()

        began = time.monotonic()
        with wire.batch():
            session.get(server.url)
            for _ in range(5):
                with pytest.raises(SourceUnavailable):
                    session.get(server.url)
        took_s = time.monotonic() - began

    assert took_s < 0.6 + SLACK_S


def test_an_untrusted_certificate_is_the_operators_business(tls: LoopbackTls) -> None:
    with faulty(answer(200, b"{}"), tls=tls.server) as server:
        session = a_wire(server.url).session()
        with pytest.raises(UnsafeSource, match="not trusted") as failed:
            session.get(server.url, verify=False)

        assert server.requests == []
    assert failed.value.code == "untrusted_certificate"


def test_a_trusted_certificate_is_enough(tls: LoopbackTls) -> None:
    with faulty(answer(200, b"{}"), tls=tls.server) as server:
        session = a_wire(server.url, ca_bundle=tls.ca_bundle).session()

        assert session.get(server.url).json() == {}


def test_a_credential_that_http_cannot_carry_is_not_quoted() -> None:
    with faulty(answer(200, b"{}")) as server:
        session = a_wire(server.url).session()
        with pytest.raises(SourceError) as failed:
            session.get(server.url, headers={"Authorization": f"Bearer {SECRET}…"})

    assert failed.value.code == "unauthorized"
    assert SECRET not in str(failed.value)
    assert failed.value.__context__ is None
