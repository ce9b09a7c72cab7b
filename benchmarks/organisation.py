"""A large organisation, made up: every key result has a query of its own, several connections share them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from syncd.errors import ConfigError
from syncd.okr.definition import (
    AskedQuery,
    Calendar,
    Cycle,
    FreshnessRule,
    Input,
    KeyResult,
    Mappings,
    Objective,
    Place,
    QueryKey,
    Reach,
    Subject,
)
from syncd.okr.event import Source
from syncd.sdk.measurement import Measurement
from syncd.store.endpoints import Endpoint
from syncd.store.store import Store
from syncd.sync.measure import Answers
from syncd.sync.report import Report
from syncd.sync.run import record
from syncd.sync.site import Site

ZONE = ZoneInfo("Europe/Berlin")
CYCLE = Cycle(name="2026-Q4", first_day=date(2026, 10, 1), last_day=date(2026, 12, 31), zone=ZONE)
BEGINS_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CONNECTIONS = tuple(f"source-{number}" for number in range(5))
PER_OBJECTIVE = 5
KEY_RESULTS_PER_TEAM = 50
RULE = FreshnessRule(warn_after=timedelta(hours=1), error_after=timedelta(hours=4))


def organisation(key_results: int) -> Mappings:
    """So many key results, five to an objective, fifty to a team."""
    defined = [_key_result(number) for number in range(key_results)]
    objectives = [
        _objective(subject, tuple(each.subject for each in group))
        for subject, group in itertools.groupby(defined, key=lambda each: each.objective)
    ]
    queries = [used.query for each in defined for used in each.inputs]
    return Mappings(
        objectives={objective.subject: objective for objective in objectives},
        key_results={each.subject: each for each in defined},
        queries={
            key: AskedQuery(key=key, kind="count", ask=None, text=f"count: {key.digest}", unit="count")
            for key in queries
        },
        digest="mappings-1",
    )


def _key_result(number: int) -> KeyResult:
    team, objective = f"team-{number // KEY_RESULTS_PER_TEAM}", number // PER_OBJECTIVE
    place = Place(path=f"mappings/{team}.yaml", line=10 + number % KEY_RESULTS_PER_TEAM, column=7)
    query = QueryKey(CONNECTIONS[number % len(CONNECTIONS)], f"query-{number:06}")
    return KeyResult(
        subject=Subject(CYCLE.name, f"{team}/objective-{objective}/key-result-{number}"),
        title=f"Customers served without a queue, part {number}",
        tier="team",
        team=team,
        owner="anna",
        unit="count",
        kind=Reach(start=0, target=1_000),
        cycle=CYCLE,
        inputs=(Input(name="", query=query, place=place),),
        freshness=RULE,
        measure_digest=f"measure-{number}",
        place=place,
        digest=f"file-of-{team}",
    )


def _objective(subject: Subject, key_results: tuple[Subject, ...]) -> Objective:
    team = subject.id.partition("/")[0]
    return Objective(
        subject=subject,
        title="Care without queues",
        tier="team",
        team=team,
        owner="anna",
        cycle=CYCLE,
        key_results=key_results,
        place=Place(path=f"mappings/{team}.yaml", line=5, column=3),
        digest=f"file-of-{team}",
    )


def measured(mappings: Mappings, *, step: int, at: datetime) -> list[Answers]:
    """What the connections answer; each number is another one at every step."""
    by_connection: dict[str, dict[QueryKey, Measurement]] = {}
    for number, key in enumerate(mappings.queries):
        by_connection.setdefault(key.connection, {})[key] = Measurement(
            key=key.digest,
            value=float(1 + (number + 7 * step) % 900),
            unit="count",
            observed_at=at,
            evidence_url=f"https://tracker.example/issues?jql=filter%3D{number}",
        )
    return [
        Answers(
            connection=name, wanted=len(answers), answers={**answers}, asked_at=at, seconds=0.0, requests=1
        )
        for name, answers in sorted(by_connection.items())
    ]


@dataclass(slots=True, kw_only=True)
class Syncs:
    """Syncs of one organisation into one store, as the command makes them, without the asking."""

    store: Store
    mappings: Mappings
    now: datetime = BEGINS_AT

    @classmethod
    async def begin(cls, store: Store, mappings: Mappings) -> Syncs:
        """The mappings are active, one endpoint takes everything, and nothing was read yet."""
        async with store.transaction() as tx:
            await tx.versions.activate({}, digest=mappings.digest, at=BEGINS_AT, by="benchmark")
            await tx.outbox.sync_endpoints(
                [Endpoint(name="okr-store", url="https://okr.example/hooks")], at=BEGINS_AT
            )
        return cls(store=store, mappings=mappings)

    async def evaluate_and_record(self, asked: list[Answers]) -> Report:
        """The part of a sync that comes after the sources have answered."""
        self.now = asked[0].asked_at
        async with self.store.transaction() as tx:
            report, _ = await record(
                tx,
                site=self._site(),
                asked=asked,
                exact=(),
                everything=True,
                started_at=self.now,
                trigger="schedule",
            )
            return report

    def _site(self) -> Site:
        def open_connection(name: str) -> NoReturn:
            raise ConfigError(f"nothing asks {name!r} here")

        return Site(
            store=self.store,
            open_connection=open_connection,
            load=lambda files: self.mappings,
            calendar=Calendar(zone=ZONE),
            refresh={},
            source=Source(instance="acme", epoch=self.store.epoch),
            clock=lambda: self.now,
        )
