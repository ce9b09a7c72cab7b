"""Notifications of Google Drive: a channel per spreadsheet, with a token that only we can have made.

They are not signed and have no body. The token of a channel is made of its id and the connection's
secret, so that nothing has to be remembered to know it again. syncd opens, renews and stops the
channels itself.

Source:
    https://developers.google.com/workspace/drive/api/guides/push
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.google_sheets.queries import SheetsAsk
from syncd.sdk import Hint, Hooks
from syncd.sdk.hooks import ChannelOpener, Channels, Headers

if TYPE_CHECKING:
    from connectors.google_sheets.config import SheetsConfig
    from syncd.sdk import Wire

_FILE = re.compile(r"/(?:.*/)?files/([A-Za-z0-9_-]+)")
_BEGINS = "sync"
"""The state of a channel's first notification, which only says that it is open."""


def token_of(channel: str, secret: str) -> str:
    """What a channel is opened with, and brings along from then on."""
    return hmac.new(secret.encode(), f"channel {channel}".encode(), hashlib.sha256).hexdigest()


def verify(headers: Headers, body: bytes, secret: str) -> bool:
    expected = token_of(headers.get("x-goog-channel-id", ""), secret)
    return hmac.compare_digest(expected.encode(), headers.get("x-goog-channel-token", "").encode())


def read(headers: Headers, body: bytes) -> Hint:
    channel, number = headers.get("x-goog-channel-id", ""), headers.get("x-goog-message-number", "")
    state = headers.get("x-goog-resource-state", "")
    if state == _BEGINS:
        return Hint(id=f"{channel}/{number}", kind=state)
    named = _FILE.fullmatch(urlsplit(headers.get("x-goog-resource-uri", "")).path)
    return Hint(id=f"{channel}/{number}", kind=state, keys=frozenset({named[1]}) if named else None)


def touched_by(ask: SheetsAsk) -> Collection[str] | None:
    return None if ask.spreadsheet is None else {ask.spreadsheet}


def places(asks: Sequence[SheetsAsk]) -> Sequence[str]:
    """Spreadsheets."""
    return sorted({ask.spreadsheet for ask in asks if ask.spreadsheet is not None})


def opener(config: SheetsConfig, wire: Wire) -> ChannelOpener:
    # As the connector: not needed to check files.
    from connectors.google_sheets.channels import DriveChannels  # noqa: PLC0415  # see above

    return DriveChannels(config, wire)


hooks = Hooks(
    verify=verify,
    read=read,
    touched_by=touched_by,
    max_bytes=65_536,
    places=places,
    # Drive: a channel that watches a file lasts a day at most.
    channels=Channels(opener=opener, token_of=token_of, lasts=timedelta(days=1)),
    writes=(("POST", r"(?:/.*)?/drive/v3/files/[^/]+/watch"), ("POST", r"(?:/.*)?/drive/v3/channels/stop")),
)
