"""Google Sheets: cells, named ranges and aggregates of ranges, through gspread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.google_sheets.config import SheetsConfig, origins
from connectors.google_sheets.hooks import hooks
from connectors.google_sheets.queries import Cell, NamedRange, Range, SheetsAsk
from connectors.google_sheets.refusals import read_limit
from syncd.sdk import Plugin

if TYPE_CHECKING:
    from syncd.sdk import Connector, Wire


def connect(config: SheetsConfig, wire: Wire) -> Connector[SheetsAsk]:
    # gspread and google-auth are slow to import, and checking files offline never needs them.
    from connectors.google_sheets.connector import SheetsConnector  # noqa: PLC0415  # see above

    return SheetsConnector(config, wire)


plugin = Plugin(
    name="google_sheets",
    title="Google Sheets",
    config=SheetsConfig,
    queries=(Cell, NamedRange, Range),
    connect=connect,
    # The token endpoint, wherever `token_uri` puts it; Google's is /token.
    read_posts=(r"/(?:.*/)?token",),
    rate_limit=read_limit,
    origins=origins,
    emulator="connectors.google_sheets.emulator:app",
    hooks=hooks,
)
