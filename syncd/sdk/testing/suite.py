# ruff: noqa: S101  # a test class: assert is its language
"""The tests that every connector passes. An author inherits them:

    class TestTracker(ConnectorSuite):
        plugin = plugin
        def make_emulator(self) -> Emulator: return make()
        def config(self, url: str) -> dict[str, object]: return {"url": url, "token": "t0ken-of-a-test"}
        def query(self, number: int) -> dict[str, object]: return {"count": f"label = l{number}"}
        def bad_query(self) -> dict[str, object]: return {"count": "label = = x"}
        def budget(self, queries: int) -> int: return queries

The emulator answers over real sockets; the faults are planted in front of it. What is checked is
the contract: one answer per query, one fault fails one query, no fault ever becomes a number.
"""

from __future__ import annotations

import math
import re
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import metadata
from ipaddress import ip_network
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from syncd.egress.budget import WireLimits
from syncd.egress.wire import Wire
from syncd.errors import (
    MalformedResponse,
    QueryRejected,
    RateLimited,
    SourceError,
    SourceUnavailable,
    SyncdError,
    Unauthorized,
)
from syncd.sdk.ask import Ask
from syncd.sdk.emulator import Emulator, Exchange, Fault
from syncd.sdk.measurement import Answer, Failure, Measurement, Query
from syncd.sdk.plugin import ConnectionConfig, Connector, Item, Plugin
from syncd.sdk.testing import rough
from syncd.sdk.testing.server import serve

UNITS = frozenset({"count", "ratio", "seconds", "number"})
CORE_KEYS = frozenset({"from", "window", "by", "min_value", "min_sample"})
LOOPBACK = ip_network("127.0.0.0/8")

PATIENT = WireLimits(deadline_s=30.0, attempt_s=10.0, attempts=2)
"""For answers that come; a busy machine must not make them late."""
ONCE = WireLimits(deadline_s=30.0, attempt_s=10.0, attempts=1)
HASTY = WireLimits(deadline_s=1.5, attempt_s=0.6, attempts=2)
"""For answers that never come."""
SLACK_S = 2.5
"""What a deadline may be missed by on a busy machine."""

GARBAGE = {
    "an_html_page": "<!doctype html><title>Sign in</title>",
    "an_empty_body": "",
    "half_a_json": '{"values": [1, 2',
    "another_json_object": "{}",
    "a_json_list": "[]",
    "a_json_null": "null",
    "a_json_number": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A connector on a wire to a served emulator.

    Attributes:
        secrets: What must never be printed.
    """

    emulator: Emulator
    config: ConnectionConfig
    wire: Wire
    connector: Connector[Any]  # Any: the plugin's own asks
    secrets: Sequence[str]

    def measure(self, queries: Sequence[Query[Any]]) -> Mapping[str, Answer]:
        """Answers by key; an error of the whole batch stands for every query, as in the core."""
        with self.wire.batch():
            try:
                answers = self.connector.measure(queries)
            except SourceError as error:
                answers = [Failure(key=query.key, error=error) for query in queries]
        keys = [answer.key for answer in answers]
        assert sorted(keys) == sorted(query.key for query in queries), "not one answer per query"
        return {answer.key: answer for answer in answers}


class _Lobby:
    """An ASGI app that hands everything on to the emulator of the running test."""

    emulator: Emulator
    url: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.emulator(scope, receive, send)


class ConnectorSuite(ABC):
    """Inherit, give the five answers, and pass.

    Attributes:
        plugin: What is tested.
        data_path: Pattern (from the start of the path) of the requests that answer queries;
            faults are planted there and nowhere else. Leave out logins and tokens.
    """

    plugin: ClassVar[Plugin]
    data_path: ClassVar[str] = "/"

    @abstractmethod
    def make_emulator(self) -> Emulator:
        """A fresh emulator, with a world in which the queries have answers."""

    # Any: YAML, as a person would write it.
    @abstractmethod
    def config(self, url: str) -> dict[str, Any]:
        """A connection to the emulator at `url`; secrets already resolved."""

    @abstractmethod
    def query(self, number: int) -> dict[str, Any]:
        """The number-th query, as in YAML without `from`; all distinct, all answered."""

    @abstractmethod
    def bad_query(self) -> dict[str, Any]:
        """A query that passes the model, and that the source refuses."""

    @abstractmethod
    def budget(self, queries: int) -> int:
        """The most requests that a fresh connector may need for that many distinct queries."""

    # ------------------------------------------------------------------ what a plugin says of itself

    def test_one_name_everywhere(self) -> None:
        found = metadata.entry_points(group="syncd.connectors", name=self.plugin.name)
        if not found:
            pytest.skip(f"{self.plugin.name} is not installed here: pip install -e .")

        (entry_point,) = found

        assert entry_point.load() is self.plugin
        assert re.fullmatch(r"[a-z][a-z0-9_]*", self.plugin.name)

    def test_models_are_strict_and_know_no_key_of_the_core(self) -> None:
        for model in (self.plugin.config, *self.plugin.queries):
            assert model.model_config.get("extra") == "forbid", f"{model.__name__} takes unknown keys"
            assert model.model_config.get("strict"), f"{model.__name__} converts what people wrote"
            assert model.model_config.get("frozen"), f"{model.__name__} can be changed"
        for ask in self.plugin.queries:
            taken = CORE_KEYS & ask.model_fields.keys()
            assert not taken, f"{ask.__name__} has keys that belong to the core: {taken}"

    def test_each_kind_has_its_own_key_and_says_what_it_measures(self) -> None:
        kinds = [ask.kind() for ask in self.plugin.queries]

        assert len(kinds) == len(set(kinds)), f"two kinds of one name: {sorted(kinds)}"
        assert not set(kinds) & self.plugin.later.keys(), "a kind that is there is no later kind"
        for ask in self.plugin.queries:
            assert vars(ask).get("__doc__"), f"{ask.__name__} has no docstring"
            assert ask.unit in UNITS, f"{ask.__name__} measures in {ask.unit!r}"

    def test_a_query_says_whether_its_past_can_be_told(self) -> None:
        for number in range(20):
            ask = self._ask(self.query(number))
            for by in (ask.window.by if ask.window else ()) or (None,):
                unknown = ask.past_unknown(by=by)
                assert unknown is None or unknown.strip(), f"{ask.kind()} gives no reason"
                assert unknown or ask.window, f"{ask.kind()} takes no window, so no past can be asked for"

    # ------------------------------------------------------------------ answers

    @pytest.mark.parametrize("queries", [1, 20, 200])
    def test_every_query_is_answered_within_the_budget(self, queries: int) -> None:
        with self.stage() as stage:
            answers = stage.measure(self._queries(queries))

            asked = len(stage.emulator.exchanges)
        assert not _failures(answers)
        assert asked <= self.budget(queries), f"{queries} queries took {asked} requests"

    def test_measurements_have_a_unit_and_an_evidence_without_a_secret(self) -> None:
        with self.stage() as stage:
            answers = stage.measure(self._queries(20))

        for answer in answers.values():
            assert isinstance(answer, Measurement), answer
            assert answer.unit in UNITS, f"{answer.key} is in {answer.unit!r}"
            assert math.isfinite(answer.value)
            assert answer.evidence_url, f"{answer.key} has no evidence_url"
            assert re.match(r"https?://[^/@]+(/|$)", answer.evidence_url), answer.evidence_url
            assert not any(secret in answer.evidence_url for secret in stage.secrets)

    def test_measurements_carry_the_size_of_their_sample_where_their_kind_has_one(self) -> None:
        queries = self._queries(20)

        with self.stage() as stage:
            answers = stage.measure(queries)

        for query in queries:
            answer, kind = answers[query.key], type(query.ask)
            assert isinstance(answer, Measurement), answer
            has_one = answer.sample_size is not None
            assert has_one == kind.has_sample, f"{kind.kind()}: has_sample is {kind.has_sample}"

    def test_the_order_of_the_queries_does_not_matter(self) -> None:
        queries = self._queries(20)

        with self.stage() as stage:
            forward = stage.measure(queries)
            backward = stage.measure(queries[::-1])

        assert not _failures(forward)
        assert _values(forward) == _values(backward)

    def test_no_query_is_no_trouble(self) -> None:
        with self.stage() as stage:
            assert stage.measure([]) == {}

    def test_a_bad_query_among_good_ones_fails_alone(self) -> None:
        good = self._queries(20)
        bad = Query(key="bad", ask=self._ask(self.bad_query()))

        with self.stage() as stage:
            truth = stage.measure(good)
            answers = stage.measure([*good[:7], bad, *good[7:]])

        failures = _failures(answers)
        assert not _failures(truth)
        assert list(failures) == ["bad"]
        assert isinstance(failures["bad"], QueryRejected | MalformedResponse | Unauthorized)
        assert _values(answers) == _values(truth)
        self._check_messages(failures, stage.secrets)

    def test_a_bad_query_alone_fails_too(self) -> None:
        with self.stage() as stage:
            answers = stage.measure([Query(key="bad", ask=self._ask(self.bad_query()))])

        assert list(_failures(answers)) == ["bad"]

    def test_only_reading_requests_are_sent(self) -> None:
        with self.stage() as stage:
            stage.connector.check()
            stage.measure([*self._queries(20), Query(key="bad", ask=self._ask(self.bad_query()))])
            with pytest.raises(SyncdError):
                stage.wire.session().delete(stage.config.url + "/anything")

            exchanges = list(stage.emulator.exchanges)
        assert not [f"{e.method} {e.path}" for e in exchanges if not self._reads(e)]

    def test_check_says_who_we_are(self) -> None:
        with self.stage() as stage:
            who = stage.connector.check()

        assert who.strip()
        assert not any(secret in who for secret in stage.secrets)

    def test_browse_lists_what_can_be_asked(self) -> None:
        with self.stage() as stage:
            items = stage.connector.browse(None)

        assert all(isinstance(item, Item) and item.kind and item.name for item in items)

    # ------------------------------------------------------------------ faults

    @pytest.mark.parametrize(
        ("status", "headers", "expected"),
        [
            pytest.param(401, {}, (Unauthorized,), id="401"),
            pytest.param(403, {}, (Unauthorized, QueryRejected), id="403"),
            pytest.param(404, {}, (SourceError,), id="404"),
            pytest.param(410, {}, (SourceError,), id="410"),
            pytest.param(429, {}, (RateLimited,), id="429_without_a_word"),
            pytest.param(429, {"Retry-After": "1"}, (RateLimited,), id="429_with_seconds"),
            pytest.param(500, {}, (SourceUnavailable,), id="500"),
            pytest.param(502, {}, (SourceUnavailable,), id="502"),
            pytest.param(503, {}, (SourceUnavailable,), id="503"),
        ],
    )
    def test_a_refusal_is_told_by_its_class(
        self, status: int, headers: dict[str, str], expected: tuple[type[SourceError], ...]
    ) -> None:
        fault = Fault(path=self.data_path, status=status, headers=headers, body="no", times=None)

        with self.stage(limits=ONCE) as stage:
            stage.emulator.faults = [fault]
            answers = stage.measure(self._queries(3))

            assert self._data_requests(stage), "the fault was never met: correct `data_path`"
        failures = _failures(answers)
        assert failures.keys() == answers.keys(), "a refusal became a number"
        for error in failures.values():
            assert isinstance(error, expected), repr(error)
        self._check_messages(failures, stage.secrets)

    def test_the_seconds_of_a_rate_limit_are_passed_on(self) -> None:
        fault = Fault(path=self.data_path, status=429, headers={"Retry-After": "7"}, times=None)

        with self.stage(limits=ONCE) as stage:
            stage.emulator.faults = [fault]
            answers = stage.measure(self._queries(1))

        (error,) = _failures(answers).values()
        assert isinstance(error, RateLimited)
        assert error.retry_after_s is not None
        assert 5 <= error.retry_after_s <= 7

    @pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
    def test_garbage_is_never_a_number(self, body: str) -> None:
        fault = Fault(
            path=self.data_path,
            status=200,
            headers={"Content-Type": "application/json"},
            body=body,
            times=None,
        )

        with self.stage(limits=ONCE) as stage:
            stage.emulator.faults = [fault]
            answers = stage.measure(self._queries(3))

            assert self._data_requests(stage), "the fault was never met: correct `data_path`"
        failures = _failures(answers)
        assert failures.keys() == answers.keys(), "garbage became a number"
        for error in failures.values():
            assert isinstance(error, MalformedResponse | SourceUnavailable), repr(error)

    @pytest.mark.parametrize("status", [401, 500])
    def test_a_fault_in_the_middle_loses_no_answer_and_makes_none_up(self, status: int) -> None:
        queries = self._queries(120)
        with self.stage() as stage:
            truth = _values(stage.measure(queries))
            requests = self._data_requests(stage)
        assert len(truth) == len(queries)

        with self.stage(limits=ONCE) as stage:
            stage.emulator.faults = [Fault(path=self.data_path, status=status, after=1, times=None)]
            answers = stage.measure(queries)

        values = _values(answers)
        assert values.items() <= truth.items(), "a number was made up"
        if requests > 1:
            assert values, "the answers that had come were lost"
            assert _failures(answers)

    @pytest.mark.parametrize(
        "maltreat",
        [rough.hang, rough.drip_header, rough.drip_body, rough.cut_header, rough.cut_body, rough.reset],
        ids=lambda maltreat: maltreat.__name__,
    )
    def test_a_broken_connection_ends_in_time(self, maltreat: rough.Maltreat) -> None:
        met = []

        def counted(client: socket.socket, stop: rough.Stop) -> None:
            met.append(client)
            maltreat(client, stop)

        with self.stage(limits=HASTY, maltreat=counted) as stage:
            began = time.monotonic()
            answers = stage.measure(self._queries(3))
            took_s = time.monotonic() - began

        assert met, "the fault was never met: correct `data_path`"
        failures = _failures(answers)
        assert failures.keys() == answers.keys(), "a broken connection became a number"
        for error in failures.values():
            assert isinstance(error, SourceUnavailable), repr(error)
        assert took_s < HASTY.deadline_s + SLACK_S

    # ------------------------------------------------------------------ staging

    lobby: ClassVar[_Lobby]

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _open_lobby(cls) -> Iterator[None]:
        """One server for the class: starting one takes longer than most tests."""
        cls.lobby = _Lobby()
        with serve(cls.lobby) as cls.lobby.url:
            yield

    @contextmanager
    def stage(
        self, *, limits: WireLimits = PATIENT, maltreat: rough.Maltreat | None = None
    ) -> Iterator[Stage]:
        """A fresh connector before a fresh emulator; `maltreat` lies on the road between them."""
        emulator = self.lobby.emulator = self.make_emulator()
        with ExitStack() as stack:
            url = self.lobby.url
            if maltreat:
                url = stack.enter_context(rough.rough_road(url, path=self.data_path, maltreat=maltreat))
            config = self.plugin.config.model_validate(self.config(url))
            wire = Wire(
                connection="under-test",
                origins=[config.url, *(self.plugin.origins(config) if self.plugin.origins else ())],
                networks=[LOOPBACK],
                read_posts=self.plugin.read_posts,
                rate_limit=self.plugin.rate_limit,
                limits=limits,
            )
            yield Stage(
                emulator=emulator,
                config=config,
                wire=wire,
                connector=self.plugin.connect(config, wire),
                secrets=_secrets(config),
            )

    def _queries(self, number: int) -> list[Query[Any]]:
        return [Query(key=f"q{i}", ask=self._ask(self.query(i))) for i in range(number)]

    def _ask(self, written: dict[str, Any]) -> Ask:
        kinds = [kind for kind in self.plugin.kinds if kind in written]
        assert len(kinds) == 1, f"a query has exactly one kind of {sorted(self.plugin.kinds)}: {written}"
        return self.plugin.kinds[kinds[0]].model_validate(written)

    def _data_requests(self, stage: Stage) -> int:
        return sum(bool(re.match(self.data_path, exchange.path)) for exchange in stage.emulator.exchanges)

    def _reads(self, exchange: Exchange) -> bool:
        if exchange.method == "POST":
            return any(re.fullmatch(path, exchange.path) for path in self.plugin.read_posts)
        return exchange.method in ("GET", "HEAD")

    def _check_messages(self, failures: Mapping[str, SourceError], secrets: Sequence[str]) -> None:
        for error in failures.values():
            assert str(error).strip(), f"{error!r} says nothing"
            assert not any(secret in f"{error} {error.hint}" for secret in secrets)


def _failures(answers: Mapping[str, Answer]) -> dict[str, SourceError]:
    return {key: answer.error for key, answer in answers.items() if isinstance(answer, Failure)}


def _values(answers: Mapping[str, Answer]) -> dict[str, float]:
    return {key: answer.value for key, answer in answers.items() if isinstance(answer, Measurement)}


def _secrets(config: ConnectionConfig) -> list[str]:
    """The secrets as given; for a key in JSON also the private part of it."""
    given = [value.get_secret_value() for _, value in config if isinstance(value, SecretStr)]
    keys = [match for text in given for match in re.findall(r"-----BEGIN[^\"]{40,}", text)]
    return [secret for secret in [*given, *keys] if secret]
