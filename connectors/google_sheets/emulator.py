"""Speaks Google Sheets v4, the token endpoint and a little of Drive, over a small world.

A world is

    {"spreadsheets": {ID: {"title": "...",
                           "tabs": {"Adoption": [["Metric", "Current"], ["Users", 3210]]},
                           "named_ranges": {"users": "Adoption!B2"},
                           "shared_with": ["bot@..."]}},        # left out: with everybody
     "service_accounts": {"bot@...": "public key, PEM"},        # listed ones must sign with it
     "channels": {ID: {"address": ..., "token": ..., "resourceId": ..., "expiration": ...}}}

A cell is a number, a text, a boolean or null; errors are texts ("#REF!"), as the API gives them.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions, jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.google_sheets import a1
from syncd.sdk.emulator import Emulator, World

CLIENT_EMAIL = "syncd@syncd-demo.iam.gserviceaccount.com"
TOKEN_LIFETIME_S = 3600
MOST_CHANNEL_S = 86_400
GRID_ROWS, GRID_COLUMNS = 1000, 26

# Any: rows and cells of a world are JSON of every type.
Rows = list[list[Any]]

STATUS_WORDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}


def sample_world() -> World:
    """A small company's figures, enough to try every kind of query."""
    return {
        "spreadsheets": {
            "1AbC": {
                "title": "Usage",
                "tabs": {
                    "Adoption": [
                        ["Metric", "Start", "Current"],
                        ["Active customers", 10_000, 12_000],
                        ["Assistant users", 2_000, 3_000],
                    ],
                    "Signups": [["Week", "Customers"], ["W40", 12], ["W41", 0], ["W42", 30]],
                },
                "named_ranges": {"active_customers": "Adoption!C2"},
            }
        }
    }


def make(world: World | None = None) -> Emulator:
    """The emulated API; `world` is the sample where none is given."""
    google = _Google()
    emulator = Emulator(
        routes={
            "/token": (["POST"], google.token),
            "/v4/spreadsheets/{id}/values:batchGet": google.batch_get,
            "/v4/spreadsheets/{id}": google.spreadsheet,
            "/drive/v3/files/{id}": google.file,
            "/drive/v3/files/{id}/watch": (["POST"], google.watch),
            "/drive/v3/channels/stop": (["POST"], google.stop),
        },
        world=sample_world() if world is None else world,
    )
    google.emulator = emulator
    return emulator


def credentials(url: str, *, email: str = CLIENT_EMAIL, world: World | None = None) -> dict[str, Any]:
    """A throwaway service account's key, whose tokens come from the emulator at `url`.

    Args:
        world: Where given, it learns the public key, and then checks signatures.
    """
    key = _throwaway_key()
    if world is not None:
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        world.setdefault("service_accounts", {})[email] = public.decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "syncd-demo",
        "private_key_id": "0" * 40,
        "private_key": private.decode(),
        "client_email": email,
        "client_id": "1",
        "token_uri": f"{url}/token",
    }


@cache
def _throwaway_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)  # slow, so once per process


class _Google:
    """The endpoints. Tokens live in memory; everything else is the world's."""

    emulator: Emulator

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}  # token -> email
        self._numbers = itertools.count(1)

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return _oauth_error("unsupported_grant_type", "Invalid grant_type")
        assertion = form.get("assertion", "")
        try:
            claims = jwt.decode(assertion, verify=False)  # type: ignore[no-untyped-call]  # google-auth
            email = str(claims["iss"])
            public_key = self.emulator.world.get("service_accounts", {}).get(email)
            if public_key:
                jwt.decode(assertion, certs=public_key, audience=claims["aud"])  # type: ignore[no-untyped-call]  # google-auth
        except (ValueError, KeyError, exceptions.GoogleAuthError):
            return _oauth_error("invalid_grant", "Invalid JWT Signature.")
        if not claims["aud"].endswith("/token") or claims["exp"] < time.time() or not claims.get("scope"):
            return _oauth_error("invalid_grant", "Invalid JWT: check audience, times and scope.")
        token = f"ya29.emulated-{next(self._numbers)}"
        self._tokens[token] = email
        return JSONResponse(
            {"access_token": token, "expires_in": TOKEN_LIFETIME_S - 1, "token_type": "Bearer"}
        )

    async def batch_get(self, request: Request) -> Response:
        sheet = self._may_read(request)
        if isinstance(sheet, Response):
            return sheet
        formatted = request.query_params.get("valueRenderOption", "FORMATTED_VALUE") == "FORMATTED_VALUE"
        found = []
        for text in request.query_params.getlist("ranges"):
            area = resolve(sheet, text)
            if isinstance(area, str):
                return _error(400, area)
            answer: dict[str, Any] = {"range": str(area), "majorDimension": "ROWS"}  # Any: JSON
            rows = _cut(sheet["tabs"][area.tab], area)
            if rows:
                answer["values"] = [[_formatted(c) if formatted else c for c in row] for row in rows]
            found.append(answer)
        return JSONResponse({"spreadsheetId": request.path_params["id"], "valueRanges": found})

    async def spreadsheet(self, request: Request) -> Response:
        sheet = self._may_read(request)
        if isinstance(sheet, Response):
            return sheet
        tab_ids = {name: number for number, name in enumerate(sheet["tabs"])}
        id_ = request.path_params["id"]
        whole = {
            "spreadsheetId": id_,
            "properties": {
                "title": sheet.get("title", id_),
                "locale": "en_GB",
                "timeZone": "Europe/Berlin",
                "autoRecalc": "ON_CHANGE",
            },
            "sheets": [
                {
                    "properties": {
                        "sheetId": tab_ids[name],
                        "title": name,
                        "index": tab_ids[name],
                        "sheetType": "GRID",
                        "gridProperties": dict(zip(("rowCount", "columnCount"), _size(rows), strict=True)),
                    }
                }
                for name, rows in sheet["tabs"].items()
            ],
            "namedRanges": [
                {"namedRangeId": f"n{number}", "name": name, "range": _grid_range(sheet, text, tab_ids)}
                for number, (name, text) in enumerate(sheet.get("named_ranges", {}).items())
            ],
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{id_}/edit",
        }
        return JSONResponse(_masked(whole, request.query_params.get("fields")))

    async def file(self, request: Request) -> Response:
        sheet = self._may_read(request)
        if isinstance(sheet, Response):
            return sheet
        whole = {
            "kind": "drive#file",
            "id": request.path_params["id"],
            "name": sheet.get("title", request.path_params["id"]),
            "mimeType": "application/vnd.google-apps.spreadsheet",
            "version": str(sheet.get("version", 1)),
            "modifiedTime": sheet.get("modified_time", "2026-10-01T00:00:00.000Z"),
        }
        return JSONResponse(_masked(whole, request.query_params.get("fields", "kind,id,name,mimeType")))

    async def watch(self, request: Request) -> Response:
        sheet = self._may_read(request)
        if isinstance(sheet, Response):
            return sheet
        asked, id_ = await request.json(), request.path_params["id"]
        channels = self.emulator.world.setdefault("channels", {})
        if not str(asked.get("address", "")).startswith("https://"):
            return _drive_error(
                400, "webHookUrlNotHttps", f"WebHook callback must be HTTPS: {asked.get('address')}"
            )
        if asked["id"] in channels:
            return _drive_error(400, "channelIdNotUnique", f"Channel id {asked['id']} not unique")
        latest = int((time.time() + MOST_CHANNEL_S) * 1000)
        channel = {
            "spreadsheet": id_,
            "address": asked["address"],
            "token": asked.get("token", ""),
            "resourceId": f"resource-of-{id_}",
            "expiration": str(min(int(asked.get("expiration", latest)), latest)),
        }
        channels[asked["id"]] = channel
        return JSONResponse(
            {
                "kind": "api#channel",
                "id": asked["id"],
                "resourceId": channel["resourceId"],
                "resourceUri": f"https://www.googleapis.com/drive/v3/files/{id_}?alt=json",
                "token": channel["token"],
                "expiration": channel["expiration"],
            }
        )

    async def stop(self, request: Request) -> Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        asked = await request.json()
        channels = self.emulator.world.get("channels", {})
        if channels.get(asked["id"], {}).get("resourceId") != asked.get("resourceId"):
            return _drive_error(404, "notFound", f"Channel '{asked['id']}' not found for project '1'")
        del channels[asked["id"]]
        return Response(status_code=204)

    def _refusal(self, request: Request) -> Response | None:
        """What somebody without a token is told."""
        if self._email_of(request) is not None:
            return None
        return _error(
            401,
            "Request had invalid authentication credentials. Expected OAuth 2 access token,"
            " login cookie or other valid authentication credential.",
            headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'},
        )

    def _email_of(self, request: Request) -> str | None:
        return self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    def _may_read(self, request: Request) -> dict[str, Any] | Response:  # Any: a world's spreadsheet
        if (refused := self._refusal(request)) is not None:
            return refused
        email = self._email_of(request)
        sheet: dict[str, Any] | None = self.emulator.world["spreadsheets"].get(request.path_params["id"])
        if sheet is None:
            return _error(404, "Requested entity was not found.")
        if email not in sheet.get("shared_with", [email]):
            return _error(403, "The caller does not have permission")
        return sheet


# Any below: a world's spreadsheet is JSON.
def resolve(sheet: dict[str, Any], text: str) -> a1.Area | str:
    """The cells that `text` names, ends filled in and cut to the grid; or the API's complaint."""
    tabs: dict[str, Rows] = sheet["tabs"]
    named = sheet.get("named_ranges", {}).get(text)
    area = a1.parse(named if named is not None else text)
    if area is None:
        area = a1.Area(tab=a1.unquoted(text))
    tab = area.tab if area.tab is not None else next(iter(tabs))
    if tab not in tabs:
        return f"Unable to parse range: {text}"
    rows, columns = _size(tabs[tab])
    top, left = area.top or 0, area.left or 0
    if top >= rows or left >= columns:
        asked = dataclasses.replace(area, tab=tab)
        return f"Range ({asked}) exceeds grid limits. Max rows: {rows}, max columns: {columns}"
    return a1.Area(
        tab=tab,
        top=top,
        left=left,
        bottom=rows - 1 if area.bottom is None else min(area.bottom, rows - 1),
        right=columns - 1 if area.right is None else min(area.right, columns - 1),
    )


def _size(rows: Rows) -> tuple[int, int]:
    return max(GRID_ROWS, len(rows)), max([GRID_COLUMNS, *map(len, rows)])


def _cut(rows: Rows, area: a1.Area) -> Rows:
    """The values as the API gives them: empty ones are '', trailing ones are left out."""
    assert area.top is not None  # noqa: S101  # resolve() fills the ends in
    assert area.bottom is not None  # noqa: S101
    assert area.left is not None  # noqa: S101
    assert area.right is not None  # noqa: S101
    cut = []
    for row in rows[area.top : area.bottom + 1]:
        cells = ["" if cell is None else cell for cell in row[area.left : area.right + 1]]
        while cells and cells[-1] == "":
            cells.pop()
        cut.append(cells)
    while cut and not cut[-1]:
        cut.pop()
    return cut


def _formatted(cell: Any) -> str:  # Any: a cell
    return str(cell).upper() if isinstance(cell, bool) else str(cell)


def _grid_range(sheet: dict[str, Any], text: str, tab_ids: dict[str, int]) -> dict[str, int]:
    area = resolve(sheet, text)
    if isinstance(area, str) or area.tab is None:
        return {}
    ends = {
        "startRowIndex": area.top,
        "endRowIndex": None if area.bottom is None else area.bottom + 1,
        "startColumnIndex": area.left,
        "endColumnIndex": None if area.right is None else area.right + 1,
    }
    return {"sheetId": tab_ids[area.tab]} | {key: end for key, end in ends.items() if end is not None}


def _masked(whole: Any, fields: str | None) -> Any:  # Any: JSON
    """`whole` cut to a field mask like `sheets.properties,namedRanges` (dots and commas only)."""
    if not fields:
        return whole
    if isinstance(whole, list):
        return [_masked(part, fields) for part in whole]
    kept: dict[str, list[str]] = {}
    for path in fields.split(","):
        head, _, rest = path.partition(".")
        kept.setdefault(head, []).append(rest)
    return {
        key: _masked(whole[key], None if "" in rests else ",".join(rests))
        for key, rests in kept.items()
        if key in whole
    }


def _error(status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    error = {"code": status, "message": message, "status": STATUS_WORDS[status]}
    return JSONResponse({"error": error}, status, headers)


def _drive_error(status: int, reason: str, message: str) -> Response:
    """Drive names reasons, as Google's older APIs do."""
    listed = [{"domain": "global", "reason": reason, "message": message}]
    return JSONResponse({"error": {"code": status, "message": message, "errors": listed}}, status)


def _oauth_error(word: str, description: str) -> Response:
    return JSONResponse({"error": word, "error_description": description}, 400)


app = make()
