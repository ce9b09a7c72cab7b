"""drift: is what is computed what people say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.explain import find
from syncd.errors import ConfigError
from syncd.okr.definition import KeyResult, Mappings
from syncd.okr.drift import Comparison, Drift, drift
from syncd.okr.names import Subject
from syncd.okr.overriding import is_by_hand, measured_of
from syncd.okr.state import KeyResultState
from syncd.sync.closing import with_closed
from syncd.sync.cycles import alive
from syncd.views.drift import drift_row
from syncd.views.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifting:
    """One key result of the report.

    Attributes:
        state: As last recorded; None: never.
        measured: What is computed now, whatever is shown.
    """

    key_result: KeyResult
    state: KeyResultState | None
    drift: Drift

    @property
    def measured(self) -> float | None:
        if self.state is None or is_by_hand(self.key_result):
            return None
        value: float | None = measured_of(self.state)["value"]
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """`tolerance`: share of what was said."""

    tolerance: Fraction
    found: tuple[Drifting, ...]

    def rows(self) -> Row:
        return {
            "tolerance": float(self.tolerance),
            "key_results": [
                drift_row(
                    one.key_result, one.state, one.drift, measured=one.measured, tolerance=self.tolerance
                )
                for one in self.found
            ],
        }

    @property
    def drifts(self) -> bool:
        return any(one.drift.verdict == "drifts" for one in self.found)


async def drift_report(
    installation: Installation, wanted: Sequence[str] = (), *, tolerance: Fraction
) -> DriftReport:
    """Every key result in shadow, and every other one that people spoke of beside what is measured.

    Args:
        wanted: Only these, `ID` or `ID@CYCLE`; none: all of cycles that are not closed.

    Raises:
        ConfigError: `no_active_version`, `unknown_key_result`, `ambiguous_key_result`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        version = await tx.versions.active()
        if version is None:
            raise ConfigError(
                "no mappings are active yet", code="no_active_version", hint="run `syncd apply`"
            )
        mappings = await with_closed(tx, installation.load(version.files))
        comparisons, states = await tx.comparisons.get(), await tx.states.get()
    if wanted:
        named = [mappings.key_results[find(name, mappings, installation)] for name in dict.fromkeys(wanted)]
    else:
        named = list(_worth_a_look(alive(mappings, now=installation.clock()), comparisons))
    found = []
    for key_result in named:
        state = states.get(key_result.subject)
        spoken = () if is_by_hand(key_result) else comparisons.get(key_result.subject, ())
        found.append(
            Drifting(
                key_result=key_result,
                state=state if isinstance(state, KeyResultState) else None,
                drift=drift(spoken, tolerance=tolerance),
            )
        )
    return DriftReport(tolerance=tolerance, found=tuple(found))


def _worth_a_look(
    mappings: Mappings, comparisons: Mapping[Subject, Sequence[Comparison]]
) -> Iterator[KeyResult]:
    for subject, key_result in sorted(mappings.key_results.items()):
        if key_result.is_shadow or (subject in comparisons and not is_by_hand(key_result)):
            yield key_result
