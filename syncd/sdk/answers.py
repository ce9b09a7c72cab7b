"""Collects the answers of one batch, so that a connector that stops half way loses none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from syncd.errors import SourceError
from syncd.sdk.measurement import Answer, Failure, Measurement, Query


class Answers:
    """As a context manager, turns a `SourceError` that ends the batch into failures of the rest.

    with Answers(queries) as answers:
        for query in queries:
            answers.add(Measurement(key=query.key, ...))
    return answers.all()

    A batch that fails before its first answer raises as it is: it then stands for every query.
    """

    # Any: the collector never looks at what was asked.
    def __init__(self, queries: Iterable[Query[Any]]) -> None:
        self._open = {query.key: query for query in queries}
        self._answers: list[Answer] = []

    def add(self, answer: Answer) -> None:
        self._open.pop(answer.key)
        self._answers.append(answer)

    def fail(self, query: Query[Any], error: SourceError) -> None:
        self.add(Failure(key=query.key, error=error))

    def measured(self, query: Query[Any], value: float, *, unit: str, **evidence: Any) -> None:
        self.add(Measurement(key=query.key, value=value, unit=unit, **evidence))

    @property
    def open(self) -> Sequence[Query[Any]]:
        """Queries without an answer yet."""
        return tuple(self._open.values())

    def all(self) -> Sequence[Answer]:
        return tuple(self._answers)

    def __enter__(self) -> Answers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, SourceError) or not self._answers:
            return False
        for query in self.open:
            self.fail(query, error)
        return True
