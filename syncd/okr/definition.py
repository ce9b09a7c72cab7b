"""What people wrote, checked: cycles, objectives and key results. The output of the mappings loader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from syncd.okr.formula import Formula
from syncd.okr.kinds import Composite as Composite
from syncd.okr.kinds import Keep as Keep
from syncd.okr.kinds import Kind as Kind
from syncd.okr.kinds import Observe as Observe
from syncd.okr.kinds import Reach as Reach
from syncd.okr.names import Input as Input
from syncd.okr.names import Place as Place
from syncd.okr.names import QueryKey as QueryKey
from syncd.okr.names import Subject as Subject
from syncd.sdk.measurement import Instants

Tier = Literal["organisation", "team", "individual"]
Rollup = Literal["key_results", "supporters", "by_hand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A period of the installation's calendar; both days belong to it."""

    name: str
    first_day: date
    last_day: date
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        """First moment, in UTC."""
        return datetime.combine(self.first_day, time(), self.zone).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The moment after the last, in UTC."""
        return datetime.combine(self.last_day + timedelta(days=1), time(), self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSpec:
    """`window:` as written. Exactly one of: the cycle, the period, days back from now, two days.

    Attributes:
        instants: Of a question about the past, which nobody wrote: the stretch itself.
    """

    days: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    is_period: bool = False
    instants: Instants | None = None

    @property
    def is_cycle(self) -> bool:
        return not (self.days or self.first_day or self.is_period or self.instants)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuery:
    """One distinct query of the mappings.

    Attributes:
        ask: The connector's model (frozen pydantic); opaque here.
        text: The query as YAML on one line, for `explain`; without the `from`.
        cycle: Whose borders bound the window.
    """

    key: QueryKey
    kind: str
    # Any: only the connector knows its own query models; the domain passes them through.
    ask: Any
    text: str
    unit: str
    window: WindowSpec | None = None
    by: str | None = None
    cycle: Cycle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessRule:
    """Ages of the last good read after which a number is `late`, and `stale`."""

    warn_after: timedelta
    error_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A point of the way: `value` is expected by the end of `day`."""

    day: date
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Smooth:
    """The value is the mean of this key result's own values over the last `days`.

    `min_points`: with fewer values there is none.
    """

    days: int
    min_points: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What is not believed until a person confirms it; in the key result's unit.

    Attributes:
        max_jump: Largest absolute difference from the last value.
        max_shrink: Share by which what is divided by may shrink at once.
    """

    low: float | None = None
    high: float | None = None
    max_jump: float | None = None
    max_shrink: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResult:
    """A checked key result.

    Attributes:
        inputs: Its measurements, its file's shared ones that the formula uses among them; empty: set by hand.
        formula: None: the one unnamed input is the value (or there is none).
        measure_digest: Changes when inputs, formula or unit change: an older value is another
            number then.
        phases: What pace expects at given days, beside the start and the target; in their order.
        is_shadow: Computed and shown, pushed to nobody, and nothing that is live is made of it.
        is_pushed: Its own events are sent; it counts where it counts either way.
        was: What it was called before; its history and its sequence go on.
        place: Where it is defined.
        digest: Of the file that defines it.
    """

    subject: Subject
    title: str
    tier: Tier
    team: str | None
    owner: str | None
    unit: str
    kind: Kind
    cycle: Cycle
    weight: float = 1.0
    inputs: tuple[Input, ...] = ()
    formula: Formula | None = None
    freshness: FreshnessRule | None = None
    refresh: timedelta | None = None
    phases: tuple[Phase, ...] = ()
    smooth: Smooth | None = None
    guard: Guard | None = None
    is_shadow: bool = False
    is_pushed: bool = True
    was: Subject | None = None
    measure_digest: str = ""
    place: Place
    digest: str = ""

    @property
    def objective(self) -> Subject:
        return Subject(self.subject.cycle, self.subject.id.rpartition("/")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A checked objective; `key_results` in the order of the file.

    Attributes:
        supporters: Objectives, of any cycle, that support it or one of its key results.
        rollup: From its key results, from its supporters, or set by hand.
        is_shadow, is_pushed: As of a key result.
    """

    subject: Subject
    title: str
    tier: Tier
    team: str | None
    owner: str | None
    cycle: Cycle
    supports: tuple[Subject, ...] = ()
    supporters: tuple[Subject, ...] = ()
    key_results: tuple[Subject, ...] = ()
    rollup: Rollup = "key_results"
    is_shadow: bool = False
    is_pushed: bool = True
    was: Subject | None = None
    place: Place
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """One checked version of all mappings.

    Attributes:
        digest: Of all files, names and contents.
        queries: Every distinct query that a key result uses.
        shadow: Every subject that is in shadow, of all cycles, whichever of them are looked at.
        closed: Names of its cycles that were closed: nothing of them moves any more. No file says
            so; whoever reads the mappings of a store lays it over them.
    """

    objectives: Mapping[Subject, Objective] = field(default_factory=dict)
    key_results: Mapping[Subject, KeyResult] = field(default_factory=dict)
    queries: Mapping[QueryKey, AskedQuery] = field(default_factory=dict)
    shadow: frozenset[Subject] = frozenset()
    digest: str = ""
    closed: frozenset[str] = frozenset()


NO_MAPPINGS = Mappings()
"""What is active before the first `syncd apply`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How an installation counts time, and where pace draws its lines.

    Attributes:
        count: `days`: by instants; `workdays`: whole workdays, holidays out, today not counted.
        ahead, on_track, behind: Least actual over expected progress for that pace.
        too_early: While less than this share of the way is expected, pace is `on_track`.
    """

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()
    count: Literal["days", "workdays"] = "days"
    ahead: float = 1.0
    on_track: float = 0.7
    behind: float = 0.4
    too_early: float = 0.05
