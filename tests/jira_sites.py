"""Emulated Jira sites for tests, with a connector on a wire before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from connectors.jira import plugin
from connectors.jira.config import JiraConfig
from connectors.jira.connector import JiraConnector
from connectors.jira.emulator import Deployment, make
from syncd.errors import SourceError
from syncd.sdk.emulator import Emulator, Fault
from syncd.sdk.measurement import Answer, Failure, Instants, Measurement, Query
from syncd.sdk.testing.server import serve
from syncd.sdk.testing.suite import LOOPBACK, ONCE
from tests.wires import Wire

EMAIL, TOKEN = "bot@acme.com", "t0ken-of-a-test"
POINTS = "customfield_10016"


def issue(number: int, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
    """PHX-`number`; `points` are its story points. Any: every field its own type."""
    written: dict[str, Any] = {"key": key or f"PHX-{number}", "id": str(10_000 + number)}
    for special in ("was", "hidden", "public", "changelog"):
        if special in fields:
            written[special] = fields.pop(special)
    if "points" in fields:
        fields[POINTS] = fields.pop("points")
    return {**written, "fields": fields}


def a_world(*issues: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "email": EMAIL,
        "token": TOKEN,
        "fields": [{"id": POINTS, "name": "Story Points"}],
        "projects": {"PHX": "Phoenix"},
        "issues": list(issues),
        **more,
    }


def ask(
    text: dict[str, Any], *, key: str = "q", window: Instants | None = None, by: str | None = None
) -> Any:
    """A query as in YAML. Any: each kind its own model."""
    kind = next(kind for kind in plugin.kinds if kind in text)
    return Query(key=key, ask=plugin.kinds[kind].model_validate(text), window=window, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraSite:
    url: str
    emulator: Emulator
    connector: JiraConnector
    wire: Wire

    def answers(self, *queries: dict[str, Any] | Query[Any]) -> Sequence[Answer]:
        """In the order of the queries; an error of the whole batch stands for each, as in the core."""
        asked = [ask(q, key=f"q{i}") if isinstance(q, dict) else q for i, q in enumerate(queries)]
        with self.wire.batch():
            try:
                answers = self.connector.measure(asked)
            except SourceError as error:
                answers = [Failure(key=query.key, error=error) for query in asked]
        by_key: Mapping[str, Answer] = {answer.key: answer for answer in answers}
        assert len(by_key) == len(answers) == len(asked)
        return [by_key[query.key] for query in asked]

    def value(self, query: dict[str, Any] | Query[Any]) -> float:
        return self.measurement(query).value

    def measurement(self, query: dict[str, Any] | Query[Any]) -> Measurement:
        (answer,) = self.answers(query)
        assert isinstance(answer, Measurement), answer
        return answer

    def error(self, query: dict[str, Any] | Query[Any]) -> SourceError:
        (answer,) = self.answers(query)
        assert isinstance(answer, Failure), answer
        return answer.error

    def asked(self, path: str = "") -> list[str]:
        """Paths of the requests so far that contain `path`."""
        return [exchange.path for exchange in self.emulator.exchanges if path in exchange.path]

    def fail(self, path: str, status: int, *, body: str = "", **more: Any) -> None:
        more.setdefault("times", None)
        self.emulator.faults = [Fault(path=path, status=status, body=body, **more)]


@contextmanager
def a_site(world: dict[str, Any], *, deployment: Deployment = "Cloud") -> Iterator[JiraSite]:
    emulator = make(world, deployment=deployment)
    if deployment == "Server":
        emulator.world.pop("email", None)  # a personal access token
    with serve(emulator) as url:
        config = JiraConfig.model_validate(
            {"url": url, "token": TOKEN, **({"email": EMAIL} if deployment == "Cloud" else {})}
        )
        wire = Wire(
            connection="tracker",
            origins=[url],
            networks=[LOOPBACK],
            read_posts=plugin.read_posts,
            limits=ONCE,
        )
        yield JiraSite(url=url, emulator=emulator, connector=JiraConnector(config, wire), wire=wire)
