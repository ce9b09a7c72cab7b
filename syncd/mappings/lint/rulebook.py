"""How an installation wants to be told: `findings:` of syncd.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from syncd.mappings.findings import Severity
from syncd.okr.definition import Tier

Setting = Severity | Literal["off"]

LEAN: Mapping[Tier, int] = {"team": 1}
"""One objective per team at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What the file says of rules; a rule that it does not name is told as it usually is.

    Attributes:
        settings: By code.
        objectives_per: How many objectives each owner of a tier may have in one cycle; a tier
            that is not among them has no limit.
        unmoved_after: How long a number may be read without a change.
        no_check_in_after: How old the last check-in of a number that people set may be.
    """

    settings: Mapping[str, Setting] = field(default_factory=dict)
    objectives_per: Mapping[Tier, int] = field(default_factory=lambda: LEAN)
    unmoved_after: timedelta = timedelta(days=28)
    no_check_in_after: timedelta = timedelta(days=14)
