"""/metrics: how it is going, for Prometheus. Counted since the process began, from what the store has."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from syncd import __version__
from syncd.api.access import Anybody
from syncd.api.routes import routes
from syncd.api.service import Service, Serving
from syncd.store.listing import Backlog
from syncd.store.metering import CountedSync, Marks
from syncd.store.syncs import ConnectionState

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

router = routes(prefix="", tag="health")

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESHNESS = ("fresh", "late", "stale", "failing", "none")

LONGEST_SYNC = timedelta(hours=1)
"""A sync that has not finished by then never will: its process was killed."""

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What is true at the moment of a look."""

    at: datetime
    key_results: Mapping[str, int]
    backlogs: Mapping[str, Backlog]
    connections: Mapping[str, ConnectionState]


class Meter:
    """The counters of one process.

    Args:
        since: What was done before is not counted.
    """

    def __init__(self, *, since: datetime) -> None:
        self._since = since
        self._marks: Marks | None = None
        self._one_at_a_time = asyncio.Lock()
        self.syncs: Counter[Labels] = Counter()
        self.attempts: Counter[Labels] = Counter()
        self.failures: Counter[Labels] = Counter()
        self.sources: dict[str, Counter[Labels]] = {name: Counter() for name, _ in SOURCE_COUNTERS}

    async def read(self, service: Service) -> Gauges:
        """Counts what is new, and looks at what is."""
        async with self._one_at_a_time, service.store.reading() as tx:
            marks = self._marks or await tx.metering.marks_before(self._since)
            running = await tx.metering.first_running(since=service.clock() - LONGEST_SYNC)
            synced = await tx.metering.syncs_after(marks)
            attempted = await tx.metering.attempts_after(marks.attempt)
            gauges = Gauges(
                at=service.clock(),
                key_results=await tx.metering.key_results(),
                backlogs=await tx.outbox.listing.backlogs(),
                connections=await tx.syncs.connections(),
            )
            for each in synced:
                self._count(each)
            for one in attempted:
                self.attempts[one.endpoint, one.outcome] += one.count
            counted = marks.counted | {each.id for each in synced}
            # One that runs beside others may finish after younger ones.
            whole = max([marks.sync, *counted]) if running is None else max(marks.sync, running - 1)
            self._marks = Marks(
                sync=whole,
                counted=frozenset(one for one in counted if one > whole),
                attempt=max([marks.attempt, *(one.last_id for one in attempted)]),
            )
        return gauges

    def _count(self, sync: CountedSync) -> None:
        self.syncs[sync.trigger, sync.outcome] += 1
        for connection, traffic in sync.connections.items():
            for name, counter in self.sources.items():
                counter[(connection,)] += traffic.get(name, 0)
            for code, failed in traffic.get("failures", {}).items():
                self.failures[connection, code] += failed


SOURCE_COUNTERS = (
    ("requests", "Requests to a source"),
    ("bytes", "Bytes received from a source"),
    ("not_modified", "Answers of a source that were not modified"),
    ("waits", "How often a source was waited for, by its wish or its limit"),
    ("wait_seconds", "Seconds spent waiting for a source"),
)
"""Of a sync's record, per connection."""


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request, service: Serving, caller: Anybody) -> Response:
    """Prometheus: syncs, requests per source, freshness, what waits to be delivered, attempts."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  # nobody else needs it

    meter: Meter = request.app.state.meter
    gauges = await meter.read(service)

    class Families:
        def collect(self) -> Iterator[Metric]:
            yield from families(meter, gauges, connections=service.connections)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families())
    return Response(generate_latest(registry), media_type=MEDIA_TYPE)


def families(meter: Meter, gauges: Gauges, *, connections: Mapping[str, object]) -> Iterator[Metric]:
    """All of it, in the order of the docs."""
    from prometheus_client.metrics_core import (  # noqa: PLC0415  # as above
        CounterMetricFamily,
        GaugeMetricFamily,
        InfoMetricFamily,
    )

    yield InfoMetricFamily("syncd", "This program", value={"version": __version__})

    def counter(name: str, text: str, labels: list[str], counts: Mapping[Labels, float]) -> Metric:
        family = CounterMetricFamily(name, text, labels=labels)
        for values, count in sorted(counts.items()):
            family.add_metric(values, count)
        return family

    def gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=[label])
        for value, amount in sorted(values.items()):
            family.add_metric([value], amount)
        return family

    yield counter("syncd_syncs", "Finished syncs", ["trigger", "outcome"], meter.syncs)
    for name, text in SOURCE_COUNTERS:
        yield counter(f"syncd_source_{name}", text, ["connection"], meter.sources[name])
    unanswered = "Queries that a source did not answer"
    yield counter("syncd_source_failures", unanswered, ["connection", "code"], meter.failures)
    states = {name: gauges.connections.get(name, ConnectionState()) for name in connections}
    failing = {name: float(state.failing_since is not None) for name, state in states.items()}
    yield gauge("syncd_source_failing", "1: the source does not answer", "connection", failing)
    synced = {name: at.timestamp() for name, state in states.items() if (at := state.last_synced_at)}
    yield gauge("syncd_source_last_sync_timestamp_seconds", "When it was asked last", "connection", synced)
    fresh = {name: float(gauges.key_results.get(name, 0)) for name in FRESHNESS}
    yield gauge("syncd_key_results", "Key results; none: nothing of them is measured", "freshness", fresh)
    backlogs = gauges.backlogs
    waiting = {name: float(one.open) for name, one in backlogs.items()}
    yield gauge("syncd_deliveries_open", "Neither delivered nor given up", "endpoint", waiting)
    dead = {name: float(one.dead) for name, one in backlogs.items()}
    yield gauge("syncd_deliveries_dead", "Given up, and not sent again by hand", "endpoint", dead)
    ages = {
        name: max(0.0, (gauges.at - one.oldest_at).total_seconds()) if one.oldest_at else 0.0
        for name, one in backlogs.items()
    }
    yield gauge("syncd_deliveries_oldest_age_seconds", "Of the oldest open one", "endpoint", ages)
    yield counter("syncd_delivery_attempts", "Attempts to deliver", ["endpoint", "outcome"], meter.attempts)
