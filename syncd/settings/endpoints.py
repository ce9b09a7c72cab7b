"""`endpoints:`: who is told, of what, and the secrets that sign it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from syncd.delivery.rate import CONCURRENCY, MOST_AT_A_TIME, MOST_PER_SECOND, Limits, parse_rate
from syncd.delivery.subscription import (
    EVERYTHING,
    FAMILIES,
    is_event_pattern,
    is_objective_pattern,
    is_team_pattern,
)
from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings, nearest
from syncd.mappings.nodes import MapNode, Scalar
from syncd.okr.definition import Place, Tier
from syncd.settings.named import named_maps
from syncd.settings.references import Template, check_references
from syncd.settings.signing import read_signing, signing_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """One consumer.

    Attributes:
        events: Patterns of event types.
        include: What is sent only where it is asked for: `individual`.
        teams, tiers, objectives: Whose events; empty: everybody's.
    """

    name: str
    address: Template = field(repr=False)
    signing: tuple[Template, ...] = field(repr=False)
    events: tuple[str, ...] = EVERYTHING
    include: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    place: Place

    def url(self, environ: Mapping[str, str]) -> str:
        """Where to POST.

        Raises:
            Unresolved: A variable is not set.
        """
        return self.address.resolve(environ)

    def secrets(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """As `signing_secrets`."""
        return signing_secrets(self.signing, environ)


def read_endpoints(node: MapNode, *, folder: Path, findings: Findings) -> Iterator[EndpointSettings]:
    for key, fields in named_maps(node, "an endpoint", hint="url, secret", findings=findings):
        url = fields.required_text("url")
        signing = read_signing(key, fields.require("secret"), folder, findings)
        events = tuple(text for text, at in fields.texts("events") if _is_pattern(text, at, findings))
        if "events" in fields and not list(fields.items("events")):
            message, hint = "`events` names none", 'events: ["*"] means all of them'
            findings.error(fields.place_of("events"), "invalid_value", message, hint=hint)
        include = tuple(text for text, at in fields.texts("include") if _is_include(text, at, findings))
        teams = _patterns(fields, "teams", is_team_pattern)
        objectives = _patterns(fields, "objectives", is_objective_pattern)
        tiers, limits = _tiers(fields, include), _limits(fields)
        fields.finish()
        if url is None:
            continue
        address = Template(text=url, place=fields.node.values["url"].place, folder=folder)
        check_references(address, findings)
        yield EndpointSettings(
            name=key.text,
            address=address,
            signing=signing,
            events=events or EVERYTHING,
            include=include,
            teams=teams,
            tiers=tiers,
            objectives=objectives,
            limits=limits,
            place=key.place,
        )


def _is_pattern(text: str, at: Scalar, findings: Findings) -> bool:
    if not is_event_pattern(text):
        patterns = ("*", *(f"{family}.*" for family in FAMILIES))
        hint = nearest(text, patterns) or 'write "*", "key_result.*" or "key_result.progressed"'
        findings.error(at.place, "unknown_event", f"{text!r} matches no event", hint=hint)
        return False
    return True


def _patterns(fields: Fields, key: str, is_good: Callable[[str], bool]) -> tuple[str, ...]:
    found = []
    for text, at in fields.texts(key):
        if is_good(text):
            found.append(text)
        else:
            hint = "lower-case letters, digits, hyphens; * for any"
            fields.findings.error(at.place, "invalid_value", f"{text!r} matches no name", hint=hint)
    return tuple(found)


def _tiers(fields: Fields, include: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for text, at in fields.texts("tiers"):
        if text not in get_args(Tier):
            hint = ", ".join(get_args(Tier))
            fields.findings.error(at.place, "invalid_value", f"there is no tier {text!r}", hint=hint)
        elif text == "individual" and "individual" not in include:
            message, hint = "individuals are left out unless they are included", "include: [individual]"
            fields.findings.error(at.place, "invalid_value", message, hint=hint)
        else:
            found.append(text)
    return tuple(found)


def _limits(fields: Fields) -> Limits:
    text, concurrency = fields.text("rate"), fields.whole("concurrency")
    rate = parse_rate(text) if text is not None else None
    if text is not None and rate is None:
        message = f"expected attempts per second for 'rate', at most {MOST_PER_SECOND:g}, got {text!r}"
        fields.findings.error(fields.place_of("rate"), "invalid_value", message, hint="5/s, 30/m, 100/h")
    if concurrency is not None and not 1 <= concurrency <= MOST_AT_A_TIME:
        message = f"'concurrency' is 1 to {MOST_AT_A_TIME}, got {concurrency}"
        fields.findings.error(fields.place_of("concurrency"), "invalid_value", message)
        concurrency = None
    return Limits(concurrency=CONCURRENCY if concurrency is None else concurrency, rate=rate)


def _is_include(text: str, at: Scalar, findings: Findings) -> bool:
    if text != "individual":
        message = f"expected 'individual' for 'include', got the text {text!r}"
        findings.error(at.place, "invalid_value", message)
    return text == "individual"
