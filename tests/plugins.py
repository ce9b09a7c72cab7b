"""Two plugins that ask nobody anything, and the installation around them, for tests of the loaders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from syncd.egress.wire import Wire
from syncd.mappings.context import Connection, Context
from syncd.okr.definition import Cycle
from syncd.sdk.ask import Ask, QueryText, Window
from syncd.sdk.hooks import ChannelOpener, Channels, Hint, Hooks
from syncd.sdk.measurement import Answer, Query
from syncd.sdk.plugin import ConnectionConfig, Item, Plugin
from syncd.sdk.samples import Take

BERLIN = ZoneInfo("Europe/Berlin")


class TicketsConfig(ConnectionConfig):
    email: str | None = None
    token: SecretStr = Field(min_length=1)

    @field_validator("email")
    @classmethod
    def _is_an_address(cls, email: str) -> str:
        if "@" not in email:
            raise ValueError(f"{email!r} is no address")
        return email


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FieldOf(Part):
    jql: QueryText
    field: str


class Status(Part):
    status: str


class Span(Part):
    jql: QueryText
    from_: Literal["created", "merged"] | Status = Field(alias="from")
    to: Literal["resolved", "merged"] | Status


class Count(Ask):
    unit = "count"
    window = Window(by=("created", "resolved"))
    counts_tickets = True
    count: QueryText
    exact: bool = False


class Sum(Ask):
    has_sample = True
    window = Window(by=("created", "resolved"))
    sum: FieldOf


class Ticket(Ask):
    unit = "ratio"
    ticket: str


class Labelled(Ask):
    unit = "count"
    labelled: tuple[Annotated[str, Field(min_length=1)], ...]
    state: Literal["open", "closed"] = "open"


class Releases(Ask):
    unit = "count"
    window = Window()
    releases: str


class Duration(Ask):
    unit = "seconds"
    window = Window()
    has_sample = True
    duration: Span
    take: Take = "median"


class Spot(Part):
    tab: str
    row: str
    column: str


class SheetConfig(ConnectionConfig):
    url: str = "https://sheets.example"
    credentials: Annotated[SecretStr, Field(json_schema_extra={"literal_path": True})]
    spreadsheet: str | None = None

    @field_validator("url")
    @classmethod
    def _is_a_site(cls, url: str) -> str:
        if not url.startswith("http"):
            raise ValueError(f"{url!r} is no site")
        return url


class Cell(Ask):
    cell: str | Spot
    spreadsheet: str | None = None


class Range(Ask):
    range: str
    aggregate: Literal["sum", "mean", "last"]
    spreadsheet: str | None = None


class Silent:
    """Satisfies the contract of a connector and knows nothing."""

    # Any: whatever is asked, nothing is known of it.
    def measure(self, _queries: Sequence[Query[Any]]) -> Sequence[Answer]:
        return ()

    def check(self) -> str:
        return "nobody"

    def browse(self, _about: str | None) -> Sequence[Item]:
        return ()


def _nobody(config: TicketsConfig, wire: Wire) -> ChannelOpener:
    raise AssertionError("the files were only to be read")


PLUGINS = {
    "tickets": Plugin(
        name="tickets",
        title="Tickets",
        config=TicketsConfig,
        queries=(Count, Sum, Ticket, Labelled, Releases, Duration),
        connect=lambda _config, _wire: Silent(),
        later={"transitions": "moves into a state"},
        hooks=Hooks(
            verify=lambda _headers, body, secret: body == secret.encode(),
            read=lambda _headers, _body: Hint(id="", kind="changed", keys=None),
            touched_by=lambda _ask: None,
            channels=Channels(opener=_nobody, token_of=lambda channel, _: channel, lasts=timedelta(days=1)),
        ),
    ),
    "sheets": Plugin(
        name="sheets",
        title="Sheets",
        config=SheetConfig,
        queries=(Cell, Range),
        connect=lambda _config, _wire: Silent(),
    ),
}

CONTEXT = Context(
    cycles={
        "2026-Q3": Cycle(name="2026-Q3", first_day=date(2026, 7, 1), last_day=date(2026, 9, 30), zone=BERLIN),
        "2026-Q4": Cycle(
            name="2026-Q4", first_day=date(2026, 10, 1), last_day=date(2026, 12, 31), zone=BERLIN
        ),
        "2026-H2": Cycle(
            name="2026-H2", first_day=date(2026, 7, 1), last_day=date(2026, 12, 31), zone=BERLIN
        ),
    },
    connections={
        "tracker": Connection(connector="tickets", refresh=timedelta(minutes=5)),
        "usage": Connection(connector="sheets", defaults={"spreadsheet": "1AbC"}),
        "bare": Connection(connector="sheets"),
        "staff": Connection(
            connector="sheets", teams=frozenset({"people"}), defaults={"spreadsheet": "2DeF"}
        ),
    },
)
