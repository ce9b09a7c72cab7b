"""gspread on the wire: whose token, which base address, which answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from gspread.http_client import FileType, HTTPClient, ParamsType
from pydantic import ValidationError

from connectors.google_sheets.answers import Outline, ValueRange, Values
from connectors.google_sheets.config import ServiceAccount
from connectors.google_sheets.refusals import to_source_error
from connectors.google_sheets.token import SCOPES, Token
from syncd.sdk import MalformedResponse, Unauthorized, Wire

# Numbers and serial dates, independent of the spreadsheet's locale.
AS_NUMBERS = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}


class SheetsClient(HTTPClient):
    """Reads values and outlines; every request, the token's too, goes over the wire."""

    def __init__(
        self, *, url: str, account: ServiceAccount, wire: Wire, scopes: Sequence[str] = SCOPES
    ) -> None:
        self.email = account.client_email
        self._base = url.rstrip("/")
        self._token = Token(account, wire.session(), scopes=scopes)
        session = wire.session()
        session.auth = self._token
        super().__init__(None, session)  # type: ignore[arg-type]  # gspread: pass auth=None with a session

    def read_values(self, spreadsheet: str, ranges: Sequence[str]) -> Sequence[ValueRange]:
        """One request; as many answers as ranges, in their order.

        Raises:
            RangesRefused: At least one of the ranges is bad.
            NotShared, QueryRejected: About this spreadsheet alone.
        """
        found = self.values_batch_get(spreadsheet, list(ranges), params={**AS_NUMBERS})
        try:
            answer = Values.model_validate(found)
        except ValidationError as error:
            raise MalformedResponse(f"spreadsheet {spreadsheet}: not an answer of values:batchGet") from error
        if len(answer.value_ranges) != len(ranges):
            raise MalformedResponse(
                f"spreadsheet {spreadsheet}: {len(answer.value_ranges)} answers for {len(ranges)} ranges"
            )
        return answer.value_ranges

    def read_outline(self, spreadsheet: str) -> Outline:
        fields = "sheets.properties.title,sheets.properties.gridProperties,namedRanges.name"
        found = self.fetch_sheet_metadata(spreadsheet, params={"fields": fields})
        try:
            return Outline.model_validate(found)
        except ValidationError as error:
            raise MalformedResponse(f"spreadsheet {spreadsheet}: not a description of one") from error

    def log_in(self) -> None:
        """Fetches a token, where there is none yet."""
        self._token.ensure()

    def request(  # noqa: PLR0917  # the overridden signature
        self,
        method: str,
        endpoint: str,
        params: ParamsType | None = None,
        data: bytes | None = None,
        json: Mapping[str, Any] | None = None,  # Any: gspread's own signature
        files: FileType = None,
        headers: MutableMapping[str, str] | None = None,
    ) -> requests.Response:
        """gspread's one door to the network. Its hosts are constants; only their path is kept."""
        path = urlsplit(endpoint).path

        def send() -> requests.Response:
            return self.session.request(
                method,
                self._base + path,
                params=params,
                data=data,
                json=json,
                files=files,
                headers=headers,
            )

        self._token.ensure()
        try:
            response = send()
        except Unauthorized:  # revoked before it expired, or the clocks differ
            self._token.renew()
            response = send()
        if not response.ok:
            raise to_source_error(response, spreadsheet=_spreadsheet_in(path), email=self.email)
        return response


def _spreadsheet_in(path: str) -> str:
    found = re.search(r"/(?:spreadsheets|files)/([^/:]+)", path)
    return found[1] if found else "?"
