"""status and explain: what is recorded, and where a number comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.status import forecasts
from syncd.errors import ConfigError
from syncd.mappings.findings import did_you_mean
from syncd.okr.definition import Cycle, Input, KeyResult, Mappings, Objective, QueryKey, Subject
from syncd.okr.periodic import key_of, newest
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, States
from syncd.store.history import CheckIn
from syncd.store.store import Store
from syncd.views.forecasts import forecast_row
from syncd.views.rows import error_row, key_result_row, moment

Row = dict[str, Any]  # Any: JSON
HISTORY = 10


async def recorded_states(installation: Installation) -> States:
    """Every subject as last recorded.

    Raises:
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        return await tx.states.get()


async def explain(installation: Installation, wanted: str) -> Row:
    """One key result, from its number back to the sources.

    Raises:
        ConfigError: `unknown_key_result`, `ambiguous_key_result`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store:
        return await _explain(installation, store, wanted)


async def _explain(installation: Installation, store: Store, wanted: str) -> Row:
    async with store.reading() as tx:
        version = await tx.versions.active()
        states = await tx.states.get()
        mappings = installation.load(version.files) if version else Mappings()
        subject = find(wanted, mappings, installation)
        key_result = mappings.key_results[subject]
        asked = keys_now(key_result, now=installation.clock())
        readings = await tx.readings.get(asked)
        history = await tx.history.of(subject, limit=HISTORY)
        foretold = await forecasts(installation, tx, states, subject=subject)
    state = states.get(subject)
    return {
        **(key_result_row(state) if isinstance(state, KeyResultState) else {"id": subject.id}),
        **forecast_row(foretold.get(subject)),
        "formula": key_result.formula.text if key_result.formula else None,
        "inputs": [
            input_row(used, key, mappings, readings)
            for used, key in zip(key_result.inputs, asked, strict=True)
        ],
        "mapping": {
            "path": key_result.place.path,
            "line": key_result.place.line,
            "column": key_result.place.column,
            "digest": key_result.digest,
            "version": version.digest if version else None,
            "applied_at": moment(version.applied_at) if version else None,
            "applied_by": version.applied_by if version else None,
        },
        "carried_from": carried_from(subject, mappings),
        "evidence": evidence_rows(state),
        "history": [check_in_row(check_in) for check_in in history],
    }


def carried_from(subject: Subject, mappings: Mappings) -> str | None:
    """The key result with the same id in the nearest earlier cycle, as `ID@CYCLE`."""
    cycles = {it.cycle: mappings.key_results[it].cycle for it in mappings.key_results if it.id == subject.id}
    first_day = cycles.pop(subject.cycle).first_day
    earlier = [cycle for cycle in cycles.values() if cycle.first_day < first_day]
    if not earlier:
        return None
    return str(Subject(max(earlier, key=lambda cycle: cycle.first_day).name, subject.id))


def find(wanted: str, mappings: Mappings, installation: Installation) -> Subject:
    """The key result that a person means: `ID@CYCLE`, or `ID` in the cycle that contains today."""
    return _find(wanted, mappings.key_results, "key result", now=installation.clock())


def find_objective(wanted: str, mappings: Mappings, installation: Installation) -> Subject:
    """The objective that a person means, named in the same ways."""
    return _find(wanted, mappings.objectives, "objective", now=installation.clock())


def _find(
    wanted: str, defined: Mapping[Subject, KeyResult | Objective], what: str, *, now: datetime
) -> Subject:
    id_, at, cycle = wanted.partition("@")
    same = [subject for subject in defined if subject.id == id_]
    if at:
        found = [subject for subject in same if subject.cycle == cycle]
    else:
        found = [subject for subject in same if is_now(defined[subject].cycle, now)] or (
            same if len(same) == 1 else []
        )
    if len(found) == 1:
        return found[0]
    is_objective = what == "objective"
    if not same:
        raise ConfigError(
            f"there is no {what} {id_!r} in the active mappings",
            code="unknown_objective" if is_objective else "unknown_key_result",
            hint=did_you_mean(id_, {subject.id for subject in defined}),
        )
    if at:
        raise ConfigError(
            f"there is no {what} {id_!r} in the cycle {cycle!r}",
            code="unknown_objective" if is_objective else "unknown_key_result",
            hint=f"there is {', '.join(map(str, sorted(same)))}",
        )
    raise ConfigError(
        f"{wanted!r} could be any of {', '.join(map(str, sorted(same)))}",
        code="ambiguous_objective" if is_objective else "ambiguous_key_result",
        hint="name the cycle: ID@CYCLE",
    )


def is_now(cycle: Cycle, at: datetime) -> bool:
    return cycle.starts_at <= at < cycle.ends_at


def keys_now(key_result: KeyResult, *, now: datetime) -> list[QueryKey]:
    """Which readings the inputs stand on: of a rate, those of its newest period."""
    period = newest(key_result, now=now)
    return [key_of(used, period) for used in key_result.inputs]


def input_row(used: Input, key: QueryKey, mappings: Mappings, readings: Mapping[QueryKey, Reading]) -> Row:
    """One input: the query as written, what was read last, and what failed since."""
    asked = mappings.queries[used.query]
    reading = readings.get(key)
    good = reading.good if reading else None
    bad = reading.bad if reading else None
    return {
        "name": used.name,
        "connection": used.query.connection,
        "query": asked.text,
        "period": key.period or None,
        "place": str(used.place),
        "min_value": used.min_value,
        "min_sample": used.min_sample,
        "value": good.value if good else None,
        "unit": good.unit if good else asked.unit,
        "approximate": good.approximate if good else False,
        "sample_size": good.sample_size if good else None,
        "read_at": moment(good.read_at) if good else None,
        "observed_at": moment(good.observed_at) if good else None,
        "evidence_url": good.evidence_url if good else None,
        "error": error_row(bad.error) if bad else None,
        "failing_since": moment(bad.since) if bad else None,
    }


def evidence_rows(state: object) -> list[Row]:
    if not isinstance(state, KeyResultState):
        return []
    return [
        {
            "measurement": one.measurement,
            "value": one.value,
            "unit": one.unit,
            "connection": one.connection,
            "url": one.url,
            "approximate": one.approximate,
        }
        for one in state.evidence
    ]


def check_in_row(check_in: CheckIn) -> Row:
    return {
        "at": moment(check_in.at),
        "current": check_in.current,
        "progress": check_in.progress,
        "origin": check_in.origin,
        "author": check_in.author,
        "comment": check_in.comment,
        "confidence": check_in.confidence,
        "said": check_in.said,
        "computed": check_in.computed,
        "digest": check_in.digest,
    }
