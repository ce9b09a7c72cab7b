"""Facts that rows of several tables carry: errors in three columns, evidence in one text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Text
from sqlalchemy.engine import Row as Record

from syncd.okr.reading import ErrorFact
from syncd.okr.state import Evidence
from syncd.store.schema import to_json

NO_ERROR = (None, None, None)


def error_columns() -> list[Column[str]]:
    return [Column(name, Text) for name in ("error_code", "error_message", "error_actor")]


def from_error(error: ErrorFact | None) -> tuple[str | None, str | None, str | None]:
    return NO_ERROR if error is None else (error.code, error.message, error.actor)


# Any: a row of any table that has the columns above.
def to_error(row: Record[Any]) -> ErrorFact | None:
    if row.error_code is None:
        return None
    return ErrorFact(code=row.error_code, message=row.error_message, actor=row.error_actor)


def from_evidence(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return "[]"
    return to_json(
        [
            {
                "measurement": item.measurement,
                "value": item.value,
                "unit": item.unit,
                "connection": item.connection,
                "url": item.url,
                "approximate": item.approximate,
            }
            for item in evidence
        ]
    )


def to_evidence(text: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(**item) for item in json.loads(text))
