"""How the domain names things: subjects, places in files, queries, and a key result's inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Subject(NamedTuple):
    """What a sequence, a history and a delivery order belong to.

    `id` is `team/objective` or `team/objective/key-result`; of a log, which belongs to no
    cycle (`cycle` is empty), it is `connection/<name>` and the like.
    """

    cycle: str
    id: str

    def __str__(self) -> str:
        return f"{self.id}@{self.cycle}" if self.cycle else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class QueryKey(NamedTuple):
    """Names a distinct query: equal questions have equal keys, whoever asks.

    `digest` covers kind, ask, window, by and, for a window that a cycle bounds, the cycle.
    `period` names the stretch that a rate asks it for; empty for every other query.
    """

    connection: str
    digest: str
    period: str = ""

    @property
    def whole(self) -> QueryKey:
        """The query as the mapping writes it, whichever period it is asked for."""
        return QueryKey(self.connection, self.digest) if self.period else self

    @property
    def wire(self) -> str:
        """What names it among the questions to its connection."""
        return f"{self.digest}@{self.period}" if self.period else self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A named measurement of a key result.

    Attributes:
        min_value: Below it there is no value (`below_min_value`).
        min_sample: With a smaller sample there is no value (`below_min_sample`).
        per_period: Asked for each period of the key result's rate.
    """

    name: str
    query: QueryKey
    place: Place
    min_value: float | None = None
    min_sample: int | None = None
    per_period: bool = False
