"""Opens and stops channels of Google Drive: it sends only over these, and they end.

Source:
    https://developers.google.com/workspace/drive/api/reference/rest/v3/files/watch
    https://developers.google.com/workspace/drive/api/reference/rest/v3/channels/stop
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.google_sheets.client import SheetsClient
from connectors.google_sheets.config import SheetsConfig, drive_url, service_account
from connectors.google_sheets.refusals import ChannelExists, NoSuchFile
from connectors.google_sheets.token import DRIVE_SCOPES
from syncd.sdk import MalformedResponse, Wire
from syncd.sdk.hooks import Opened

# The client keeps the path alone, and puts its own base before it.
_DRIVE = "https://www.googleapis.com/drive/v3"


class _Channel(BaseModel):
    """What Drive answers of a channel; `expiration` is a Unix time in milliseconds, as a text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    resource: str = Field(alias="resourceId")
    expiration: int


class DriveChannels:
    """See `syncd.sdk.hooks.ChannelOpener`. A place is a spreadsheet's id."""

    def __init__(self, config: SheetsConfig, wire: Wire) -> None:
        account = service_account(config)
        self._client = SheetsClient(url=drive_url(config), account=account, wire=wire, scopes=DRIVE_SCOPES)

    def open(self, place: str, *, channel: str, address: str, token: str, until: datetime) -> Opened:
        wanted = {
            "id": channel,
            "type": "web_hook",
            "address": address,
            "token": token,
            "expiration": str(round(until.timestamp() * 1000)),
        }
        try:
            answer = self._client.request(
                "post", f"{_DRIVE}/files/{place}/watch", params={"supportsAllDrives": "true"}, json=wanted
            )
        except ChannelExists:  # asked for before, by a process that did not live to hear the answer
            return Opened(resource="", expires_at=until)
        try:
            said = _Channel.model_validate_json(answer.content)
        except ValidationError as error:
            raise MalformedResponse(f"spreadsheet {place}: not the answer to files.watch") from error
        return Opened(resource=said.resource, expires_at=datetime.fromtimestamp(said.expiration / 1000, UTC))

    def stop(self, channel: str, resource: str) -> None:
        with contextlib.suppress(NoSuchFile):  # it is gone already
            self._client.request(
                "post", f"{_DRIVE}/channels/stop", json={"id": channel, "resourceId": resource}
            )
