"""What a rule is: a pure function from mappings to what it has to say, named as its code is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.mappings.lint.rulebook import Rulebook, Setting
from syncd.okr.course import Course
from syncd.okr.definition import Input, KeyResult, Mappings, Objective, Place, Subject
from syncd.okr.state import KeyResultState, States


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What rules look at.

    Attributes:
        shared: Every measurement of a file's own `measures`, used or not.
        states, courses: What was recorded; empty where there is no store.
    """

    mappings: Mappings
    shared: tuple[Input, ...] = ()
    rulebook: Rulebook = field(default_factory=Rulebook)
    now: datetime
    states: States = field(default_factory=dict)
    courses: Mapping[Subject, Course] = field(default_factory=dict)

    # Nobody can do anything about a cycle that is over: what is wrong with it stays untold.

    def objectives(self) -> Iterator[Objective]:
        """Those of cycles that are not over."""
        return (found for found in self.mappings.objectives.values() if self.now < found.cycle.ends_at)

    def key_results(self) -> Iterator[KeyResult]:
        """Those of cycles that are not over."""
        return (found for found in self.mappings.key_results.values() if self.now < found.cycle.ends_at)

    def recorded(self) -> Iterator[tuple[KeyResult, KeyResultState, Course]]:
        """Key results with what was recorded of them, as long as it was made by today's measure."""
        for key_result in self.key_results():
            state, course = self.states.get(key_result.subject), self.courses.get(key_result.subject)
            if (
                isinstance(state, KeyResultState)
                and course is not None
                and state.measure_digest == key_result.measure_digest
            ):
                yield key_result, state, course


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a rule says of one place."""

    place: Place
    message: str


Find = Callable[[Matter], Iterator[Note]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        usually: How it is told where syncd.yaml does not say.
        meaning: One sentence, for the docs.
        hint: What to do about it.
        is_recorded: It speaks of what was recorded, and needs a store.
    """

    code: str
    usually: Setting
    meaning: str
    hint: str
    is_recorded: bool
    find: Find


def rule(*, hint: str, usually: Setting = "warning", is_recorded: bool = False) -> Callable[[Find], Rule]:
    """Makes a rule of a function: its name is the code, its docstring the meaning."""

    def make(find: Find) -> Rule:
        return Rule(
            code=find.__name__,
            usually=usually,
            meaning=inspect.getdoc(find) or "",
            hint=hint,
            is_recorded=is_recorded,
            find=find,
        )

    return make
