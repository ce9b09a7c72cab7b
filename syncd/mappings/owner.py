"""Whose file it is: a team's, a person's, or the organisation's."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.mappings.fields import Fields
from syncd.mappings.findings import listed
from syncd.okr.definition import Place, Tier

COMPANY = "company"
"""Prefix of the organisation's own ids."""

_HINT = "exactly one of `team: NAME`, `individual: HANDLE` with `member_of: TEAM`, `organisation: true`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who a file's objectives belong to.

    Attributes:
        prefix: First part of their ids: the team, the handle, or `company`.
        team: The team; a person's own; None for the organisation.
    """

    tier: Tier
    prefix: str
    team: str | None
    place: Place
    team_place: Place


def read_owner(fields: Fields) -> Owner | None:
    """The owner; None, with findings, when the file names none, or two."""
    fields.get("member_of")
    named = [key for key in _READERS if fields.get(key) is not None]
    if len(named) != 1:
        message = f"a file belongs to one; here are {listed(named)}" if named else "whose file is this?"
        place = fields.place_of(named[1]) if named else fields.place
        fields.findings.error(place, "unclear_owner", message, hint=_HINT)
        return None
    if "member_of" in fields and named != ["individual"]:
        message = "`member_of` belongs to `individual`"
        fields.findings.error(fields.place_of("member_of"), "unclear_owner", message, hint=_HINT)
    return _READERS[named[0]](fields)


def _team(fields: Fields) -> Owner | None:
    name, place = fields.name("team"), fields.place_of("team")
    if name is None:
        return None
    return Owner(tier="team", prefix=name, team=name, place=place, team_place=place)


def _individual(fields: Fields) -> Owner | None:
    fields.require("member_of")
    handle, team = fields.name("individual"), fields.name("member_of")
    if handle is None or team is None:
        return None
    return Owner(
        tier="individual",
        prefix=handle,
        team=team,
        place=fields.place_of("individual"),
        team_place=fields.place_of("member_of"),
    )


def _organisation(fields: Fields) -> Owner | None:
    place, flag = fields.place_of("organisation"), fields.flag("organisation")
    if flag is False:
        message = "`organisation` is true, or not there"
        fields.findings.error(place, "unclear_owner", message, hint=_HINT)
    if not flag:
        return None
    return Owner(tier="organisation", prefix=COMPANY, team=None, place=place, team_place=place)


_READERS = {"team": _team, "individual": _individual, "organisation": _organisation}
