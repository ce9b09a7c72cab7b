"""The GitHub connector passes the suite, with its counters and with its lists."""

from __future__ import annotations

from typing import Any

from connectors.github import plugin
from connectors.github.emulator import make
from syncd.sdk.emulator import Emulator
from syncd.sdk.testing import ConnectorSuite

TOKEN = "ghp_0123456789"


WORLD = {
    "token": TOKEN,
    "repos": {
        "acme/app": {
            "issues": [
                {"number": i, "created_at": "2026-10-05T08:00:00Z", "labels": [f"l{i}"], "is_pr": i % 2 == 0}
                for i in range(200)
            ],
            "workflow_runs": [
                {"workflow": "ci.yml", "branch": "b1", "created_at": "2026-10-05T08:00:00Z"},
            ],
        }
    },
}


class GitHubSuite(ConnectorSuite):
    plugin = plugin
    data_path = r"(/graphql|/repos/)"

    def make_emulator(self) -> Emulator:
        return make(WORLD)

    def config(self, url: str) -> dict[str, Any]:
        return {"url": url, "token": TOKEN}

    def bad_query(self) -> dict[str, Any]:
        return {"stars": "acme/gone"}


class TestCountersPassTheSuite(GitHubSuite):
    def query(self, number: int) -> dict[str, Any]:
        match number % 3:
            case 0:
                return {"count": f'repo:acme/app label:"l{number}"'}
            case 1:
                return {"issues": {"repo": "acme/app", "labels": [f"l{number}"]}}
        return {"pull_requests": {"repo": "acme/app", "labels": [f"l{number}"]}}

    def budget(self, queries: int) -> int:
        return -(-queries // 50)


class TestPagesPassTheSuite(GitHubSuite):
    def make_emulator(self) -> Emulator:
        moments = {"created_at": "2026-10-05T08:00:00Z", "merged_at": "2026-10-05T09:00:00Z"}
        pulls = [{"number": i, "is_pr": True, "labels": [f"l{i}"], **moments} for i in range(200)]
        return make({"token": TOKEN, "repos": {"acme/app": {"issues": pulls}}})

    def query(self, number: int) -> dict[str, Any]:
        wanted = {"repo": "acme/app", "labels": [f"l{number}"]}
        return {"duration": {"pull_requests": wanted, "from": "created", "to": "merged"}, "take": "p85"}

    def bad_query(self) -> dict[str, Any]:
        return {"deployments": {"repo": "acme/gone", "environment": "production"}}

    def budget(self, queries: int) -> int:
        return -(-queries // 10)


class TestListsPassTheSuite(GitHubSuite):
    data_path = "/repos/"

    def query(self, number: int) -> dict[str, Any]:
        return {"workflow_runs": {"repo": "acme/app", "branch": f"b{number}"}}

    def bad_query(self) -> dict[str, Any]:
        return {"releases": {"repo": "acme/gone"}}

    def budget(self, queries: int) -> int:
        return queries
