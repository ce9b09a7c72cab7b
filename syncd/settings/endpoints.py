"""`endpoints:`: who is told, of what, and the secrets that sign it."""

from __future__ import annotations

import base64
import binascii
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
from syncd.mappings.nodes import ListNode, MapNode, Node, Scalar
from syncd.mappings.values import check_label
from syncd.okr.definition import Place, Tier
from syncd.settings.references import Template, Unresolved, check_references, read_secret, refuse_inline

_SECRET_PREFIX = "whsec_"  # noqa: S105  # the public prefix of Standard Webhooks' secrets
_SECRET_BYTES = range(24, 65)


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
        """`whsec_...`, the newest first.

        Raises:
            Unresolved: A variable is not set, or holds no such secret.
        """
        return tuple(checked_secret(template, environ) for template in self.signing)


def read_endpoints(node: MapNode, *, folder: Path, findings: Findings) -> Iterator[EndpointSettings]:
    for key, value in node.items():
        check_label(key, "an endpoint", findings)
        if not isinstance(value, MapNode):
            findings.error(key.place, "wrong_type", f"endpoint {key.text!r} is a map", hint="url, secret")
            continue
        fields = Fields(value, place=key.place, findings=findings)
        url, secret = fields.required_text("url"), fields.require("secret")
        events = tuple(text for text, at in fields.texts("events") if _is_pattern(text, at, findings))
        if "events" in fields and not list(fields.items("events")):
            message, hint = "`events` names none", 'events: ["*"] means all of them'
            findings.error(fields.place_of("events"), "invalid_value", message, hint=hint)
        include = tuple(text for text, at in fields.texts("include") if _is_include(text, at, findings))
        teams = _patterns(fields, "teams", is_team_pattern)
        objectives = _patterns(fields, "objectives", is_objective_pattern)
        tiers, limits = _tiers(fields, include), _limits(fields)
        signing = tuple(read_secrets(key, secret, folder, findings)) if secret is not None else ()
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


def read_secrets(key: Scalar, node: Node, folder: Path, findings: Findings) -> Iterator[Template]:
    """One, or `[new, old]` while consumers change over."""
    variable = f"{key.text}_secret".upper().replace("-", "_")
    nodes = node.items if isinstance(node, ListNode) else [node]
    if isinstance(node, ListNode) and not 1 <= len(nodes) <= 2:
        message = f"`secret` is one, or [new, old]; here are {len(nodes)}"
        findings.error(node.place, "invalid_value", message)
    for item in nodes:
        if not isinstance(item, Scalar):
            refuse_inline(item.place, "secret", variable=variable, findings=findings)
            continue
        template = read_secret(item, "secret", variable=variable, folder=folder, findings=findings)
        if template is not None:
            yield template


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


def checked_secret(template: Template, environ: Mapping[str, str]) -> str:
    """The secret that a reference stands for.

    Raises:
        Unresolved: A variable is not set, or holds no such secret.
    """
    value = template.resolve(environ)
    try:
        key = base64.b64decode(value.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not value.startswith(_SECRET_PREFIX) or len(key) not in _SECRET_BYTES:
        # `from None` is not needed: nothing above quotes the value, and neither does this.
        raise Unresolved(
            f"what {template.text} stands for is not a signing secret",
            place=template.place,
            code="invalid_secret",
            hint=f"{_SECRET_PREFIX} and the base64 of 24 to 64 random bytes",
        )
    return value
