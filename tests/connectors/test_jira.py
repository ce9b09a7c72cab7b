"""Jira through the suite that every connector passes."""

from __future__ import annotations

from typing import Any

from connectors.jira import plugin
from connectors.jira.emulator import make
from syncd.sdk.emulator import Emulator
from syncd.sdk.testing.suite import ConnectorSuite

EMAIL, TOKEN = "bot@acme.com", "t0ken-of-a-test"


def world(**more: Any) -> dict[str, Any]:
    issues = [
        {"key": f"PHX-{n}", "id": str(10_000 + n), "fields": {"labels": [f"l{n % 300}"], "status": "Done"}}
        for n in range(1, 401)
    ]
    return {"email": EMAIL, "token": TOKEN, "issues": issues, **more}


class TestCounts(ConnectorSuite):
    plugin = plugin
    data_path = r"/rest/api/3/search/"

    def make_emulator(self) -> Emulator:
        return make(world())

    def config(self, url: str) -> dict[str, Any]:
        return {"url": url, "email": EMAIL, "token": TOKEN}

    def query(self, number: int) -> dict[str, Any]:
        return {"count": f"project = PHX AND labels = l{number}"}

    def bad_query(self) -> dict[str, Any]:
        return {"count": "project = PHX AND colour = blue"}

    def budget(self, queries: int) -> int:
        return queries + 2  # serverInfo, myself


class TestTickets(TestCounts):
    data_path = r"/rest/api/3/issue/bulkfetch"

    def query(self, number: int) -> dict[str, Any]:
        return {"ticket": f"PHX-{number + 1}"}

    def bad_query(self) -> dict[str, Any]:
        return {"ticket": "GONE-1"}

    def budget(self, queries: int) -> int:
        return -(-queries // 100) + 2


class TestWays(TestCounts):
    data_path = r"/rest/api/3/changelog/"  # an answer needs its search and its log

    def make_emulator(self) -> Emulator:
        emulator = make(world())
        for issue in emulator.world["issues"]:
            issue["fields"]["created"] = "2026-10-05T08:00:00.000+0000"
            issue["changelog"] = [{"at": "2026-10-06T08:00:00.000+0000", "from": "To Do", "to": "Done"}]
        return emulator

    def query(self, number: int) -> dict[str, Any]:
        jql = f"project = PHX AND labels = l{number}"
        return {"duration": {"jql": jql, "from": "created", "to": {"status": "Done"}}, "take": "p85"}

    def bad_query(self) -> dict[str, Any]:
        return {"transitions": {"jql": "project = PHX AND colour = blue", "to": {"status": "Done"}}}

    def budget(self, queries: int) -> int:
        return 2 * queries + 3  # serverInfo, myself, status


class TestDataCenter(TestCounts):
    data_path = r"/rest/api/2/search"

    def make_emulator(self) -> Emulator:
        emulator = make(world(), deployment="Server")
        del emulator.world["email"]
        return emulator

    def config(self, url: str) -> dict[str, Any]:
        return {"url": url, "token": TOKEN}

    def budget(self, queries: int) -> int:
        return queries + 3  # version 3 of serverInfo, version 2 of it, myself
