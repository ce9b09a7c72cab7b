"""One key result, from its number back to the sources, as `syncd explain --json` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.okr.captured import start_of_another_measure
from syncd.okr.definition import Input, Keep, KeyResult, Kind, Mappings, Objective, QueryKey, Subject
from syncd.okr.periodic import key_of, newest
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, State
from syncd.store.transaction import Transaction
from syncd.store.versions import MappingVersion
from syncd.sync.cycles import is_frozen
from syncd.views.check_ins import check_in_row
from syncd.views.forecasts import Outlook, forecast_row, forecasts
from syncd.views.rows import Row, error_row, key_result_row, moment, other_start_row
from syncd.views.told import sender_row, their_mapping_row

HISTORY = 10
"""How many of the last check-ins stand below it."""


async def explanation(
    tx: Transaction,
    subject: Subject,
    *,
    mappings: Mappings,
    version: MappingVersion | None,
    outlook: Outlook,
    zone: ZoneInfo,
    now: datetime,
) -> Row:
    """Of a key result that the active mappings define, or that another syncd told.

    Args:
        mappings: Knowing which cycles were closed.
        version: What `mappings` were loaded from; None: nothing was applied yet.
    """
    states = await tx.states.get([subject], via="anybody")
    state = states.get(subject)
    history = await tx.history.of(subject, limit=HISTORY)
    foretold = await forecasts(tx, states, outlook=outlook, zone=zone, now=now, subject=subject)
    key_result = mappings.key_results.get(subject)
    if key_result is not None:
        made_of = await _made_of_ours(tx, key_result, state, mappings=mappings, version=version, now=now)
    else:
        made_of = _made_elsewhere(states[subject])
    return {
        **(key_result_row(state) if isinstance(state, KeyResultState) else {"id": subject.id}),
        **forecast_row(foretold.get(subject)),
        **made_of,
        "sender": await sender_row(tx, state),
        "carried_from": carried_from(subject, mappings),
        "evidence": evidence_rows(state),
        "history": [check_in_row(check_in) for check_in in history],
    }


async def _made_of_ours(
    tx: Transaction,
    key_result: KeyResult,
    state: State | None,
    *,
    mappings: Mappings,
    version: MappingVersion | None,
    now: datetime,
) -> Row:
    asked = keys_now(key_result, now=now)
    readings = await tx.readings.get(asked)
    return {
        "start_of_another_measure": other_start_row(
            None
            if is_frozen(key_result.cycle, now=now, closed=mappings.closed)
            else start_of_another_measure(key_result, state)
        ),
        "band": band_row(key_result.kind),
        "formula": key_result.formula.text if key_result.formula else None,
        "inputs": [
            input_row(used, key, mappings, readings)
            for used, key in zip(key_result.inputs, asked, strict=True)
        ],
        "mapping": mapping_row(key_result, version),
    }


def _made_elsewhere(state: State) -> Row:
    """Queries and formula stay with the sender; the evidence came with the number."""
    return {
        "start_of_another_measure": None,
        "band": None,
        "formula": None,
        "inputs": [],
        "mapping": their_mapping_row(state),
    }


def band_row(kind: Kind) -> Row | None:
    """The band as a mapping writes it; None: it keeps none."""
    if not isinstance(kind, Keep):
        return None
    sides = {
        "above" if kind.strict_low else "at_least": kind.low,
        "below" if kind.strict_high else "at_most": kind.high,
    }
    return {
        **{name: edge for name, edge in sides.items() if edge is not None},
        "tolerance": kind.tolerance,
        "by": kind.by,
    }


def mapping_row(about: KeyResult | Objective, version: MappingVersion | None) -> Row:
    """Where it is defined, and who made that the active version."""
    return {
        "path": about.place.path,
        "line": about.place.line,
        "column": about.place.column,
        "digest": about.digest,
        "version": version.digest if version else None,
        "applied_at": moment(version.applied_at) if version else None,
        "applied_by": version.applied_by if version else None,
    }


def carried_from(subject: Subject, mappings: Mappings) -> str | None:
    """The key result with the same id in the nearest earlier cycle, as `ID@CYCLE`."""
    cycles = {it.cycle: mappings.key_results[it].cycle for it in mappings.key_results if it.id == subject.id}
    if subject.cycle not in cycles:
        return None
    first_day = cycles.pop(subject.cycle).first_day
    earlier = [cycle for cycle in cycles.values() if cycle.first_day < first_day]
    if not earlier:
        return None
    return str(Subject(max(earlier, key=lambda cycle: cycle.first_day).name, subject.id))


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
