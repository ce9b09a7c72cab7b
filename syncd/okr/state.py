"""What is known of a subject: the rows that `plan`, `status`, the events and the board show alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from syncd.okr.definition import Rollup, Subject, Tier
from syncd.okr.reading import ErrorFact

Pace = Literal["ahead", "on_track", "behind", "off_track"]
Freshness = Literal["fresh", "late", "stale", "failing"]
Origin = Literal["sync", "person", "import"]
Mode = Literal["live", "shadow"]


# Any: JSON; each kind has facts of its own. Small, since it travels in every event.
Details = Mapping[str, Any]

BAND: Final = "band"
"""The detail that says what counts as good where there is no target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One input of a value. `value` in `unit`, as the source gave it."""

    measurement: str
    value: float
    unit: str
    connection: str
    url: str | None = None
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultState:
    """A key result at one moment, with the definition that it was evaluated under.

    Attributes:
        start, target: None for bands and observed ones.
        current: In `unit`; None: no value yet. Kept while an input fails.
        progress: Clamped to 0..1; None without a value or where the kind has none.
        error: Why `current` may not be trusted now; the first failing input's, or the formula's.
        sequence: Of the subject's last event; 0: none yet.
        as_of: When the oldest input of `current` was true.
        last_good_at: When all inputs were last read well.
        confidence: 0..1, what a person expects; syncd carries it and never sets it.
        measure_digest: Of the inputs and the formula that made `current`.
        shadow_since: Since when it is computed and pushed to nobody; None: it is live.
        is_pushed: The mapping lets its own events be sent.
        via: The syncd that told it, where it is not ours; of a chain, the nearest first.
        details: What only this kind has, as JSON: shown beside the row, and the memory of what
            must not be computed again (a captured start, a latched milestone, a frozen period).
    """

    subject: Subject
    title: str
    tier: Tier
    team: str | None
    owner: str | None
    unit: str
    kind: str
    start: float | None
    target: float | None
    current: float | None = None
    progress: float | None = None
    progress_unclamped: float | None = None
    pace: Pace | None = None
    freshness: Freshness | None = None
    error: ErrorFact | None = None
    sequence: int = 0
    as_of: datetime | None = None
    last_good_at: datetime | None = None
    origin: Origin = "sync"
    confidence: float | None = None
    measure_digest: str = ""
    evidence: tuple[Evidence, ...] = ()
    details: Details | None = None
    shadow_since: datetime | None = None
    is_pushed: bool = True
    via: str | None = None
    path: str = ""
    line: int = 0
    digest: str = ""

    @property
    def mode(self) -> Mode:
        return _mode(self)

    @property
    def is_sent(self) -> bool:
        """Whether consumers hear of it."""
        return _is_sent(self)

    @property
    def band(self) -> Details | None:
        """In which it is to stay; None: it is no band."""
        return (self.details or {}).get(BAND)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveState:
    """An objective at one moment: the mean of the `known` of `of` parts, or a person's word.

    `shadow_since`, `is_pushed`, `via`: as of a key result.

    Attributes:
        rollup: What the progress was made of; one of another rule is nobody's word.
        said: Who set it, `{author, at, comment}`; None: nobody did, or it is computed.
    """

    subject: Subject
    title: str
    tier: Tier
    team: str | None
    owner: str | None
    supports: tuple[str, ...] = ()
    progress: float | None = None
    known: int = 0
    of: int = 0
    rollup: Rollup = "key_results"
    said: Details | None = None
    sequence: int = 0
    shadow_since: datetime | None = None
    is_pushed: bool = True
    via: str | None = None
    path: str = ""
    line: int = 0
    digest: str = ""

    @property
    def mode(self) -> Mode:
        return _mode(self)

    @property
    def is_sent(self) -> bool:
        """Whether consumers hear of it."""
        return _is_sent(self)


State = KeyResultState | ObjectiveState
States = dict[Subject, State]


def _mode(state: State) -> Mode:
    return "live" if state.shadow_since is None else "shadow"


def _is_sent(state: State) -> bool:
    return state.shadow_since is None and state.is_pushed


def blank(state: State) -> State:
    """The name and its sequence, of something that nothing is known of."""
    if isinstance(state, KeyResultState):
        return KeyResultState(
            subject=state.subject,
            title=state.title,
            tier=state.tier,
            team=state.team,
            owner=state.owner,
            unit=state.unit,
            kind=state.kind,
            start=None,
            target=None,
            sequence=state.sequence,
            via=state.via,
        )
    return ObjectiveState(
        subject=state.subject,
        title=state.title,
        tier=state.tier,
        team=state.team,
        owner=state.owner,
        sequence=state.sequence,
        via=state.via,
    )
