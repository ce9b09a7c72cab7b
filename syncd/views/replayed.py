"""What was said at a past moment, as `explain --at --json` prints it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.errors import SyncdError
from syncd.okr.definition import KeyResult, Mappings, Subject
from syncd.okr.judging.ends import asked_by
from syncd.okr.mode import is_seen
from syncd.okr.names import Input, QueryKey
from syncd.okr.reading import Reading
from syncd.okr.snapshot import Snapshot
from syncd.okr.state import State
from syncd.store.history import CheckIn
from syncd.store.versions import MappingVersion
from syncd.views.rows import Row, error_row, moment, row


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was in force of a subject.

    Attributes:
        subject: What it was called then.
        today: What it is called now.
        another: Who had today's name then, under today's name of that one.
        snapshot: None: history was imported for then.
        basis: The snapshot that was computed; an earlier one where nothing was computed at `snapshot`.
        trigger: Of the sync.
        check_in: The one of that moment; it has the comment.
    """

    subject: Subject
    today: Subject
    another: Subject | None = None
    snapshot: Snapshot | None = None
    basis: Snapshot | None = None
    trigger: str | None = None
    check_in: CheckIn | None = None

    @property
    def version(self) -> str | None:
        """Digest of the mappings that it was computed under."""
        found = self.basis or self.snapshot
        return found.occasion.version if found else None


def past_row(
    said: Said,
    *,
    at: datetime,
    mappings: Mappings | None,
    version: MappingVersion | None,
    replayed: State | None,
    differs: Sequence[str],
    reason: SyncdError | None,
) -> Row:
    key_result = mappings.key_results.get(_name_of(said)) if mappings else None
    found = said.basis
    return {
        "id": said.subject.id,
        "cycle": said.subject.cycle,
        "at": moment(at),
        "today": str(said.today) if said.today != said.subject else None,
        "another": str(said.another) if said.another else None,
        "said": _said_row(said),
        "replayed": row(replayed) if replayed else None,
        "same": None if replayed is None else not differs,
        "differs": list(differs),
        "not_replayed": {"code": reason.code, "message": str(reason), "hint": reason.hint}
        if reason
        else None,
        "formula": key_result.formula.text if key_result and key_result.formula else None,
        "inputs": list(_inputs(found, key_result, mappings)) if found else [],
        "parts": [
            {
                "id": str(subject),
                "progress": part.progress,
                "freshness": part.freshness,
                "counts": mappings is None or is_seen(subject, by=_name_of(said), shadow=mappings.shadow),
            }
            for subject, part in (found.parts.items() if found else ())
        ],
        "mapping": _mapping_row(said, version),
    }


def _name_of(said: Said) -> Subject:
    return said.basis.said.subject if said.basis else said.subject


def _said_row(said: Said) -> Row:
    """When, by whom, and the numbers."""
    check_in, snapshot = said.check_in, said.snapshot
    comment = check_in.comment if check_in else None
    if snapshot is None:
        assert check_in is not None  # noqa: S101  # there is one of both
        return {
            "at": moment(check_in.at),
            "cause": check_in.origin,
            "author": check_in.author,
            "sync": None,
            "comment": comment,
            "row": {"current": check_in.current, "progress": check_in.progress},
        }
    occasion = snapshot.occasion
    sync = {"id": occasion.sync_id, "trigger": said.trigger} if occasion.sync_id is not None else None
    return {
        "at": moment(occasion.at),
        "cause": occasion.cause,
        "author": occasion.author,
        "sync": sync,
        "comment": comment,
        "row": row(snapshot.said),
    }


def _inputs(found: Snapshot, key_result: KeyResult | None, mappings: Mappings | None) -> Iterator[Row]:
    """Every measurement that counted then."""
    names = dict(_names(key_result)) if key_result else {}
    for key, reading in found.readings.items():
        asked = mappings.queries.get(key.whole) if mappings else None
        yield _input_row(key, reading, name=names.get(key.whole), query=asked.text if asked else None)


def _names(key_result: KeyResult) -> Iterator[tuple[QueryKey, str]]:
    used: Input
    for name, used in asked_by(key_result):
        yield used.query, name
    for used in key_result.inputs:
        yield used.query, used.name


def _input_row(key: QueryKey, reading: Reading | None, *, name: str | None, query: str | None) -> Row:
    good = reading.good if reading else None
    bad = reading.bad if reading else None
    return {
        "name": name,
        "connection": key.connection,
        "query": query,
        "period": key.period or None,
        "value": good.value if good else None,
        "unit": good.unit if good else None,
        "approximate": good.approximate if good else False,
        "sample_size": good.sample_size if good else None,
        "read_at": moment(good.read_at) if good else None,
        "observed_at": moment(good.observed_at) if good else None,
        "evidence_url": good.evidence_url if good else None,
        "error": error_row(bad.error) if bad else None,
        "failing_since": moment(bad.since) if bad else None,
    }


def _mapping_row(said: Said, version: MappingVersion | None) -> Row:
    found = said.basis or said.snapshot
    return {
        "path": found.said.path if found else None,
        "line": found.said.line if found else None,
        "version": said.version,
        "applied_at": moment(version.applied_at) if version else None,
        "applied_by": version.applied_by if version else None,
    }
