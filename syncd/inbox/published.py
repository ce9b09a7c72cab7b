"""Whether a signed body is what we publish, within bounds: a signature says who speaks, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from syncd.errors import ConfigError, excerpt
from syncd.okr.check_in import CHECK_IN_CREATED
from syncd.okr.conform import mistakes
from syncd.okr.event import INSTANCE_ALIVE
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.instance import ALIVE_FOR
from syncd.sdk.strict import NotStrict, parse_object

FASTEST_CLOCK: Final = 2 * ALIVE_FOR
"""How far ahead of now a moment may be: a sign of life, and a sender whose clock is fast."""

NEWEST_EPOCH: Final = timedelta(days=1)
"""Epochs are moments; one from the far future would make all that is genuine later look old."""

TAKEN: Final = frozenset(
    {type_ for type_ in SCHEMAS if type_.partition(".")[0] in ("key_result", "objective")}
    | {CHECK_IN_CREATED, INSTANCE_ALIVE}
)
"""What has a meaning here; the rest is about the sender's own sources and endpoints, or newer than we are."""


class EventRefused(ConfigError):
    """The event is not taken: it is not genuine, not understood, or its id belongs to somebody else.

    Attributes:
        where: In the body, `body.data.key_result.progress`; None: no one place.
    """

    code = "event_refused"

    def __init__(
        self, message: str, *, code: str | None = None, hint: str | None = None, where: str | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.where = where


def check_published(body: bytes, *, now: datetime) -> None:
    """Of a type that is taken: it says what our own schema of it says, and of no far future.

    Raises:
        EventRefused: `event_not_understood`.
    """
    try:
        said = parse_object(body)
    except NotStrict as error:
        raise _not_understood("body", str(error)) from None
    if said.get("type") not in TAKEN:
        return
    for where, what in mistakes(said, SCHEMAS[said["type"]]):
        raise _not_understood(where, what)
    if said["source"]["epoch"] > (now + NEWEST_EPOCH).timestamp():
        raise _not_understood("body.source.epoch", f"{said['source']['epoch']} is in the future")
    moments = {"body.timestamp": said["timestamp"], **_moments(said["data"])}
    for where, text in moments.items():
        at = datetime.fromisoformat(text)
        if (at if at.tzinfo else at.replace(tzinfo=UTC)) > now + FASTEST_CLOCK:
            raise _not_understood(where, f"{excerpt(text)} is more than {FASTEST_CLOCK} ahead of now")


def _moments(data: Mapping[str, Any]) -> dict[str, str]:  # Any: JSON
    found = {"body.data.alive_until": data.get("alive_until")}
    if "check_in" in data:
        found["body.data.check_in.at"] = data["check_in"]["at"]
    return {where: text for where, text in found.items() if text is not None}


def _not_understood(where: str, what: str) -> EventRefused:
    return EventRefused(f"{where}: {what}", code="event_not_understood", where=where)
