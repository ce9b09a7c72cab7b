"""A drift report as `syncd drift --json` prints it, with a sentence for each verdict."""

from __future__ import annotations

from fractions import Fraction

from syncd.okr.definition import KeyResult
from syncd.okr.drift import Comparison, Drift
from syncd.okr.overriding import is_by_hand
from syncd.okr.state import KeyResultState
from syncd.views.rows import Row, moment


def drift_row(
    key_result: KeyResult,
    state: KeyResultState | None,
    found: Drift,
    *,
    measured: float | None,
    tolerance: Fraction,
) -> Row:
    """`current` is what is computed now; `latest`, what was computed when somebody said a number last."""
    return {
        "id": key_result.subject.id,
        "cycle": key_result.subject.cycle,
        "title": key_result.title,
        "unit": key_result.unit,
        "mode": "shadow" if key_result.is_shadow else "live",
        "shadow_since": moment(state.shadow_since) if state else None,
        "current": measured,
        "comparisons": found.count,
        "outside": found.outside,
        "latest": _latest_row(found.latest),
        "largest_difference": found.largest,
        "mean_difference": found.mean,
        "verdict": found.verdict,
        "words": words(key_result, found, measured=measured, tolerance=tolerance),
    }


def words(key_result: KeyResult, found: Drift, *, measured: float | None, tolerance: Fraction) -> str:
    """The verdict, to be read after the name of the key result."""
    latest, within = found.latest, f"{float(100 * tolerance):.3g} %"
    if latest is None:
        return f"nothing to compare: {_why_nothing(key_result, measured)}"
    if found.verdict == "within":
        earlier = f"; {found.outside} of {found.count} were not" if found.outside else ""
        return f"within {within} of what was said{earlier}"
    if latest.relative is None:
        return f"drifts: {latest.computed:.4g} was computed where 0 was said"
    more = "more" if latest.difference > 0 else "less"
    return f"drifts: {100 * abs(latest.relative):.3g} % {more} than was said, over {within}"


def _why_nothing(key_result: KeyResult, measured: float | None) -> str:
    if is_by_hand(key_result):
        return "it is set by hand"
    if measured is None:
        return "nothing was computed yet"
    return "nobody has said a number"


def _latest_row(latest: Comparison | None) -> Row | None:
    if latest is None:
        return None
    return {
        "at": moment(latest.at),
        "author": latest.author,
        "said": latest.said,
        "computed": latest.computed,
        "difference": latest.difference,
        "relative": latest.relative,
    }
