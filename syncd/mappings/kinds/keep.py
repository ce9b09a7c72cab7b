"""`keep`: a band, and what it is held against."""

from __future__ import annotations

from typing import Literal

from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings, listed
from syncd.mappings.kinds.asking import Asking
from syncd.mappings.nodes import Node, Scalar, describe
from syncd.mappings.values import Values
from syncd.okr.kinds import Keep
from syncd.okr.names import Place

_BY: dict[str, Literal["latest", "mean", "worst"]] = {"mean": "mean", "worst": "worst"}
_BANDS = ("at_least", "at_most", "above", "below", "between")


def read_keep(fields: Fields, _asking: Asking) -> Keep | None:
    node = fields.map("keep")
    if node is None:
        if isinstance(written := fields.get("keep"), Scalar) and written.value is None:
            _no_band(fields)
        return None
    place = fields.place_of("keep")
    band = Fields(node, place=place, findings=fields.findings)
    before = fields.findings.error_count
    tolerance, named = band.number("tolerance"), [key for key in _BANDS if band.get(key) is not None]
    if tolerance is not None and tolerance <= 0:
        band.findings.error(band.place_of("tolerance"), "invalid_value", "a tolerance is more than zero")
    by = band.choice("by", ["latest", "mean", "worst"])
    band.finish()
    if not named and fields.findings.error_count == before:
        _no_band(fields)
    sides = _sides(band, named) if named else None
    if sides is None or fields.findings.error_count > before:
        return None
    low, high, strict_low, strict_high = sides
    return Keep(
        low=low,
        high=high,
        strict_low=strict_low,
        strict_high=strict_high,
        tolerance=tolerance,
        by=_BY.get(by or "", "latest"),
    )


def _no_band(fields: Fields) -> None:
    message = f"`keep` says no band: {listed(_BANDS, 'or')}"
    fields.findings.error(fields.place_of("keep"), "missing_band", message)


def _sides(band: Fields, named: list[str]) -> tuple[float | None, float | None, bool, bool] | None:
    """Low, high, and whether each edge is outside."""
    lows = [key for key in named if key in {"at_least", "above", "between"}]
    highs = [key for key in named if key in {"at_most", "below", "between"}]
    if len(lows) > 1 or len(highs) > 1:
        message = f"{listed(named)} do not make one band"
        hint = "one lower side and one upper side, or between: [low, high]"
        band.findings.error(band.place_of(named[-1]), "mixed_band", message, hint=hint)
        return None
    if named == ["between"]:
        return _between(band)
    low = band.number(lows[0]) if lows else None
    high = band.number(highs[0]) if highs else None
    if low is not None and high is not None:
        _check_order(low, high, band.place_of(named[-1]), band.findings)
        if low == high and ("above" in named or "below" in named):
            message = f"no number is inside this band: {listed(named, 'and')} {low:g}"
            band.findings.error(
                band.place_of(named[-1]), "invalid_value", message, hint="at_least and at_most"
            )
    return low, high, "above" in named, "below" in named


def _between(band: Fields) -> tuple[float | None, float | None, bool, bool] | None:
    edges: list[Node] = list(band.items("between"))
    numbers = [Values(band.findings).number(edge, "between") for edge in edges]
    if len(edges) != 2:
        node = band.get("between")
        what = describe(node) if node is not None and not edges else f"{len(edges)} numbers"
        message = f"`between` takes two numbers, got {what}"
        band.findings.error(band.place_of("between"), "invalid_value", message, hint="between: [2, 5]")
        return None
    low, high = numbers
    if low is None or high is None:
        return None
    _check_order(low, high, band.place_of("between"), band.findings)
    return low, high, False, False


def _check_order(low: float, high: float, place: Place, findings: Findings) -> None:
    if low > high:
        message = f"the band's lower side ({low:g}) is above its upper side ({high:g})"
        findings.error(place, "invalid_value", message, hint="swap them")
