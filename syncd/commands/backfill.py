"""backfill: the past of key results, where their sources can tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.explain import find
from syncd.okr.definition import Mappings, Subject
from syncd.okr.past import EveryPast
from syncd.store.transaction import Transaction
from syncd.sync.backfill import Past, batches_of, plan_past
from syncd.sync.filling import Filled, Gap, fill
from syncd.sync.measure import Answers, Progress, measure
from syncd.sync.site import Site, active
from syncd.views.rows import moment

Row = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What was filled in, or would be.

    Attributes:
        queries: Distinct questions.
        asked: Empty for a dry run.
    """

    filled: tuple[Filled, ...]
    queries: int
    asked: tuple[Answers, ...] = ()
    is_dry_run: bool = False

    @property
    def failures(self) -> list[Gap]:
        return [gap for one in self.filled for gap in one.gaps if gap.is_failure]

    @property
    def outcome(self) -> Literal["ok", "partial", "failed"]:
        """`failed`: something did, and nothing could be filled in."""
        if not self.failures:
            return "ok"
        return "partial" if any(one.check_ins for one in self.filled) else "failed"

    def row(self) -> Row:
        return {
            "outcome": self.outcome,
            "dry_run": self.is_dry_run,
            "queries": self.queries,
            "requests": sum(answers.requests for answers in self.asked),
            "key_results": [filled_row(one) for one in self.filled],
        }


def filled_row(filled: Filled) -> Row:
    past = filled.past
    return {
        "id": past.key_result.subject.id,
        "cycle": past.key_result.subject.cycle,
        "wanted": len(past.moments),
        "known": past.known,
        "added": len(filled.check_ins),
        "since": moment(past.moments[0].at) if past.moments else None,
        "until": moment(past.moments[-1].at) if past.moments else None,
        "untold": {"code": past.untold.code, "message": past.untold.message} if past.untold else None,
        "gaps": [
            {"at": moment(gap.at), "code": gap.code, "message": gap.message, "failed": gap.is_failure}
            for gap in filled.gaps
        ],
    }


async def backfill(
    installation: Installation,
    wanted: Sequence[str],
    *,
    since: date | None,
    every: EveryPast,
    is_dry_run: bool,
    watch: Progress | None = None,
) -> Backfilled:
    """Asks for the past moments that are not recorded, and records what was told.

    Args:
        wanted: Ids of key results; none: all of the cycles that run.

    Raises:
        ConfigError: `no_active_version`, `unknown_key_result`, `ambiguous_key_result`.
        StoreError: there is no store yet.
    """
    watch = watch or Progress()
    async with await bootstrap.open_store(installation, create=False) as store:
        site = bootstrap.wire_site(installation, store)
        now = site.clock()
        async with store.reading() as tx:
            mappings = await active(tx, site)
            subjects = chosen(wanted, mappings, installation)
            pasts = plan_past(
                mappings,
                subjects,
                await tx.imports.get(subjects),
                await tx.readings.get(),
                every=every,
                since=since,
                now=now,
            )
        rounds = batches_of(pasts, now=now, calendar=site.calendar)
        queries = sum(len(batch.asked) for each in rounds for batch in each)
        if is_dry_run or not queries:
            filled = tuple(Filled(past=past) for past in pasts)
            return Backfilled(filled=filled, queries=queries, is_dry_run=is_dry_run)
        watch.expect(sum(map(len, rounds)))
        asked: list[Answers] = []
        for each in rounds:  # a connection answers one batch at a time
            asked += await measure(each, site.open_connection, watch=watch)
        async with store.transaction() as tx:
            found = await record(tx, site=site, mappings=mappings, pasts=pasts, asked=asked)
    return Backfilled(filled=tuple(found), queries=queries, asked=tuple(asked))


def chosen(wanted: Sequence[str], mappings: Mappings, installation: Installation) -> list[Subject]:
    if wanted:
        return list(dict.fromkeys(find(one, mappings, installation) for one in wanted))
    now = installation.clock()
    running = (it for it, key_result in mappings.key_results.items() if key_result.cycle.starts_at <= now)
    return sorted(it for it in running if it.cycle not in mappings.closed)


async def record(
    tx: Transaction, *, site: Site, mappings: Mappings, pasts: Sequence[Past], asked: Sequence[Answers]
) -> list[Filled]:
    """Adds what nobody recorded meanwhile: a sync may have, or another backfill."""
    subjects = [past.key_result.subject for past in pasts]
    states = await tx.states.get(subjects, lock=True)
    recorded = await tx.imports.get(subjects)
    filled = [
        one.only_new(recorded.get(one.past.key_result.subject))
        for one in fill(mappings, pasts, asked, states, calendar=site.calendar)
    ]
    added = [check_in for one in filled for check_in in one.check_ins]
    if added:
        await tx.history.add(added)
        counts = {str(one.past.key_result.subject): len(one.check_ins) for one in filled if one.check_ins}
        await tx.audit.add(at=site.clock(), actor=person(), action="backfill", details={"added": counts})
    return filled
