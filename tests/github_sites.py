"""A GitHub of which every number is known, behind a real socket, and the connector before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.github import plugin
from connectors.github.config import GitHubConfig
from connectors.github.connector import GitHubConnector
from connectors.github.emulator import make
from syncd.egress.budget import WireLimits
from syncd.egress.wire import Wire
from syncd.errors import (
    SourceError,
)
from syncd.sdk.emulator import Emulator, Fault
from syncd.sdk.measurement import Answer, Failure, Instants, Measurement, Query
from syncd.sdk.testing.server import serve
from syncd.sdk.testing.suite import LOOPBACK, ONCE

TOKEN = "ghp_0123456789"
OCTOBER = Instants(start=datetime(2026, 10, 1, tzinfo=UTC), end=datetime(2026, 11, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


APP = "acme/app"


def issue(number: int, **said: Any) -> dict[str, Any]:
    return {"number": number, "created_at": "2026-10-05T08:00:00Z", **said}


def pull(number: int, **said: Any) -> dict[str, Any]:
    return issue(number, is_pr=True, **said)


def world() -> dict[str, Any]:
    """One repository of which every number is known, beside one renamed and one private."""
    shut, merged = (
        "2026-10-09T08:00:00Z",
        {"closed_at": "2026-10-31T23:59:59Z", "merged_at": "2026-10-31T23:59:59Z"},
    )
    return {
        "token": TOKEN,
        "login": "syncd-bot",
        "repos": {
            "acme/app": {
                "stars": 128,
                "issues": [
                    issue(1, labels=["bug"], milestone="v1"),
                    issue(2, labels=["bug", "urgent"], milestone="v1", closed_at=shut),
                    issue(3, labels=["urgent"], milestone="v1.1", closed_at="2026-11-01T00:00:00Z"),
                    issue(4, created_at="2026-09-30T23:59:59Z"),
                    issue(5, created_at="2026-10-01T00:00:00Z", closed_at=shut),
                    pull(6, labels=["bug"], milestone="v1", **merged),
                    pull(7, labels=["bug"], closed_at=shut),
                    pull(8),
                    *(issue(100 + i, labels=[f"l{i}"]) for i in range(200)),
                ],
                "milestones": [
                    {"number": 1, "title": "v1"},
                    {"number": 2, "title": "v1.1"},
                    {"number": 3, "title": "empty"},
                    {"number": 4, "title": "twin"},
                    {"number": 5, "title": "twin"},
                ],
                "releases": [
                    {
                        "tag_name": "v3",
                        "created_at": "2026-11-02T00:00:00Z",
                        "published_at": None,
                        "draft": True,
                    },
                    {"tag_name": "v2", "published_at": "2026-11-01T00:00:00Z"},
                    {"tag_name": "v2-rc", "published_at": "2026-10-20T00:00:00Z", "prerelease": True},
                    {"tag_name": "v1", "published_at": "2026-10-01T00:00:00Z"},
                    *({"tag_name": f"v0.{i}", "published_at": "2026-01-05T00:00:00Z"} for i in range(150)),
                    # an old commit, released late: it stands at the end of GitHub's list
                    {
                        "tag_name": "v0-lts",
                        "created_at": "2020-01-01T00:00:00Z",
                        "published_at": "2026-10-30T00:00:00Z",
                    },
                ],
                "workflows": [{"id": 7, "name": "CI", "path": ".github/workflows/ci.yml"}],
                "workflow_runs": [
                    {"workflow": "ci.yml", "conclusion": "success", "created_at": "2026-10-02T00:00:00Z"},
                    {"workflow": "ci.yml", "conclusion": "failure", "created_at": "2026-10-31T23:59:59Z"},
                    {"workflow": "ci.yml", "conclusion": "success", "created_at": "2026-11-01T00:00:00Z"},
                    {
                        "workflow": "ci.yml",
                        "branch": "fix",
                        "conclusion": "success",
                        "created_at": "2026-10-03T00:00:00Z",
                    },
                    {"workflow": "docs.yml", "conclusion": "success", "created_at": "2026-10-03T00:00:00Z"},
                ],
            },
            "acme/web": {"stars": 3, "issues": [issue(1)]},
            "acme/old-app": {"renamed_to": "acme/app"},
            "acme/secret": {"private": True, "stars": 9},
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    emulator: Emulator
    connector: GitHubConnector
    wire: Wire
    url: str

    def answers(
        self, *asks: Mapping[str, Any], window: Instants | None = None, by: str | None = None
    ) -> Sequence[Answer]:
        """One answer per ask, in the order of the asks."""
        queries = [
            Query(key=str(number), ask=_ask(ask), window=window, by=by) for number, ask in enumerate(asks)
        ]
        with self.wire.batch():
            by_key = {answer.key: answer for answer in self.connector.measure(queries)}
        return [by_key[query.key] for query in queries]

    def value(
        self, ask: Mapping[str, Any], *, window: Instants | None = None, by: str | None = None
    ) -> float:
        (answer,) = self.answers(ask, window=window, by=by)
        assert isinstance(answer, Measurement), answer
        return answer.value

    def error(
        self, ask: Mapping[str, Any], *, window: Instants | None = None, by: str | None = None
    ) -> SourceError:
        (answer,) = self.answers(ask, window=window, by=by)
        assert isinstance(answer, Failure), answer
        return answer.error

    @property
    def asked(self) -> list[str]:
        return [f"{exchange.method} {exchange.path}" for exchange in self.emulator.exchanges]


def _ask(written: Mapping[str, Any]) -> Any:
    (kind,) = [kind for kind in plugin.kinds if kind in written]
    return plugin.kinds[kind].model_validate(dict(written))


@contextmanager
def staged(
    *,
    base: str = "",
    limits: WireLimits = ONCE,
    road: Callable[[str], AbstractContextManager[str]] = nullcontext,
    **changes: Any,
) -> Iterator[Stage]:
    """`changes` replace parts of the world; `base` is the path of the REST API; `road` leads to it."""
    emulator = make({**world(), **changes})
    with serve(emulator) as server, road(server) as url:
        config = GitHubConfig.model_validate({"url": url + base, "token": TOKEN})
        wire = Wire(
            connection="code",
            origins=[url],
            networks=[LOOPBACK],
            read_posts=plugin.read_posts,
            rate_limit=plugin.rate_limit,
            limits=limits,
        )
        connector = GitHubConnector(config, wire, now=lambda: NOW)
        yield Stage(emulator=emulator, connector=connector, wire=wire, url=url)


def json_fault(path: str, body: Any, headers: Mapping[str, str] | None = None, **said: Any) -> Fault:
    return Fault(
        path=path,
        status=said.pop("status", 200),
        headers={"Content-Type": "application/json", **(headers or {})},
        body=json.dumps(body),
        times=said.pop("times", None),
        **said,
    )


def failed(stage: Stage, ask: Mapping[str, Any]) -> SourceError:
    """The error, whether it stands for one query or for the batch."""
    try:
        return stage.error(ask)
    except SourceError as error:
        return error
