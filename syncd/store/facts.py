"""Facts that rows of several tables carry: errors in three columns, evidence in one text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Text

from syncd.okr.reading import ErrorFact
from syncd.okr.state import Evidence
from syncd.store.schema import to_json

NO_ERROR = (None, None, None)


def error_columns() -> list[Column[str]]:
    return [Column(name, Text) for name in ("error_code", "error_message", "error_actor")]


def from_error(error: ErrorFact | None) -> tuple[str | None, str | None, str | None]:
    return NO_ERROR if error is None else (error.code, error.message, error.actor)


# Any: the three columns; their text is what `from_error` wrote.
def to_error(code: Any, message: Any, actor: Any) -> ErrorFact | None:
    return None if code is None else ErrorFact(code=code, message=message, actor=actor)


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
