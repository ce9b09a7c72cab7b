"""A connector that does not come with syncd: uptime and incidents from a status page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from syncd.sdk import (
    Answer,
    Answers,
    Ask,
    ConnectionConfig,
    Item,
    MalformedResponse,
    Plugin,
    Query,
    QueryRejected,
    Unauthorized,
    Wire,
)


class StatuspageConfig(ConnectionConfig):
    token: SecretStr


class Uptime(Ask):
    """Share of the last 90 days in which a component was up."""

    unit = "ratio"
    uptime: str


class Incidents(Ask):
    """How many incidents a component had in the last 90 days."""

    unit = "count"
    incidents: str


class Component(BaseModel):
    uptime_percent: float
    incidents: int


class Page(BaseModel):
    page: str
    components: dict[str, Component]


class StatuspageConnector:
    def __init__(self, config: StatuspageConfig, wire: Wire) -> None:
        self._url = config.url
        self._session = wire.session()
        self._session.headers["Authorization"] = f"Bearer {config.token.get_secret_value()}"

    def measure(self, queries: Sequence[Query[Uptime | Incidents]]) -> Sequence[Answer]:
        if not queries:
            return ()
        components = self._read().components
        with Answers(queries) as answers:
            for query in queries:
                ask = query.ask
                name = ask.uptime if isinstance(ask, Uptime) else ask.incidents
                component = components.get(name)
                if component is None:
                    answers.fail(query, QueryRejected(f"the status page has no component {name!r}"))
                    continue
                value = component.uptime_percent / 100 if isinstance(ask, Uptime) else component.incidents
                answers.measured(query, value, unit=ask.unit, evidence_url=f"{self._url}/history")
        return answers.all()

    def check(self) -> str:
        return f"{self._read().page} on {urlsplit(self._url).netloc}"

    def browse(self, about: str | None) -> Sequence[Item]:
        return [Item(kind="component", name=name) for name in self._read().components]

    def _read(self) -> Page:
        response = self._session.get(f"{self._url}/api/components.json")
        if response.status_code in (401, 403):
            raise Unauthorized("the status page does not accept the token")
        if response.status_code != 200:
            raise MalformedResponse(f"the status page answered HTTP {response.status_code}")
        try:
            return Page.model_validate_json(response.content)
        except ValidationError as error:
            raise MalformedResponse("the status page answered something else than its components") from error


plugin = Plugin(
    name="statuspage",
    title="Status page",
    config=StatuspageConfig,
    queries=(Uptime, Incidents),
    connect=StatuspageConnector,
    emulator="syncd_statuspage.emulator:app",
)
