"""An installation in a folder, emulated sources, and a consumer that verifies; run by public commands."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.github.emulator import make as make_github
from connectors.google_sheets.emulator import credentials
from connectors.google_sheets.emulator import make as make_sheets
from connectors.jira.emulator import make as make_jira
from syncd import cli
from syncd.sdk.emulator import Emulator, Fault, World
from syncd.sdk.testing.server import serve
from tests.jira_sites import EMAIL, a_world, issue

JIRA_TOKEN = "jira-t0ken-that-nobody-stores"
GITHUB_TOKEN = "github-t0ken-that-nobody-stores"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {
    "JIRA_TOKEN": JIRA_TOKEN,
    "GITHUB_TOKEN": GITHUB_TOKEN,
    "OKR_STORE_SECRET": WEBHOOK_SECRET,
}
CYCLE = "2026-Q4"
SPREADSHEET = "1AbC"
LOOPBACK = "127.0.0.0/8"

# Any: YAML and JSON.
Mapping_ = dict[str, Any]
Row = dict[str, Any]

DONE = {"name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done", "colorName": "green"}}


@dataclass(slots=True)
class Recorder:
    """A consumer that keeps what it could verify, and answers as told.

    Attributes:
        status: What it answers; a function of how many it has seen so far.
        unverified: How many it could not verify.
        held_after: After so many it takes no more, and answers none, until `released`.
    """

    events: list[Row] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    unverified: int = 0
    status: Callable[[int], int] = lambda _: 204
    held_after: int | None = None
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def asgi(self) -> Starlette:
        return Starlette(routes=[Route("/hooks/syncd", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        try:
            event = Webhook(WEBHOOK_SECRET).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.unverified += 1
            return Response(status_code=400)
        while self.held_after is not None and not self.released.is_set():
            if len(self.events) < self.held_after:
                break
            await asyncio.sleep(0.01)
        status = self.status(len(self.events))
        self.events.append(event)
        self.headers.append(dict(request.headers))
        self.bodies.append(body)
        return Response(status_code=status)

    def reset(self) -> None:
        self.events, self.headers, self.bodies, self.unverified = [], [], [], 0
        self.status, self.held_after = (lambda _: 204), None

    def hold_after(self, number: int) -> threading.Event:
        """Falls silent after `number` deliveries, until the event is set."""
        self.held_after, self.released = number, threading.Event()
        return self.released

    def take(self) -> list[Row]:
        """The events since the last take."""
        taken, self.events = self.events, []
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Emulators and the consumer behind real sockets; one set for a whole test run."""

    jira: Emulator
    github: Emulator
    sheets: Emulator
    consumer: Recorder
    urls: Mapping[str, str]

    def reset(self) -> None:
        for emulator, world in (
            (self.jira, jira_world()),
            (self.github, github_world()),
            (self.sheets, sheets_world()),
        ):
            emulator.world, emulator.faults = world, []
            emulator.exchanges.clear()
        self.consumer.reset()


@contextmanager
def sources() -> Iterator[Sources]:
    jira, github, sheets, consumer = make_jira(), make_github(), make_sheets(), Recorder()
    with ExitStack() as stack:
        apps = {"jira": jira, "github": github, "sheets": sheets, "consumer": consumer.asgi}
        urls = {name: stack.enter_context(serve(app)) for name, app in apps.items()}
        yield Sources(jira=jira, github=github, sheets=sheets, consumer=consumer, urls=urls)


def jira_world() -> World:
    """PHX: 12 issues, 5 of them done."""
    issues = [issue(n, status=DONE if n <= 5 else "To Do", summary=f"Story {n}") for n in range(1, 13)]
    return a_world(*issues, token=JIRA_TOKEN, email=EMAIL)


def github_world() -> World:
    """acme/app: 8 open bugs, 3 closed; 96 stars."""
    bugs = [{"number": n, "title": f"Bug {n}", "labels": ["bug"]} for n in range(1, 12)]
    for bug in bugs[8:]:
        bug |= {"state": "closed", "closed_at": "2026-10-20T08:00:00Z"}
    return {"token": GITHUB_TOKEN, "login": "syncd-bot", "repos": {"acme/app": {"stars": 96, "issues": bugs}}}


def sheets_world() -> World:
    return {
        "spreadsheets": {
            SPREADSHEET: {
                "title": "Usage",
                "tabs": {
                    "Adoption": [
                        ["Metric", "Current"],
                        ["Active customers", 12_000],
                        ["Assistant users", 3_000],
                        ["Complaints", 0],
                        ["Not yet", None],
                        ["Broken", "#REF!"],
                        ["Promised", "soon"],
                    ],
                },
                "named_ranges": {"active_customers": "Adoption!B2"},
            }
        }
    }


def cell(row: str) -> Mapping_:
    return {"from": "usage", "cell": {"tab": "Adoption", "row": row, "column": "Current"}}


def key_result(measure: Mapping_ | None, *, start: float = 0, target: float = 100, **more: Any) -> Mapping_:
    wanted: Mapping_ = {"title": "A key result", "unit": "count", "start": start, "target": target}
    return {**wanted, **({"measure": measure} if measure else {}), **more}


def a_mapping(objectives: Mapping_ | None = None, **more: Any) -> Mapping_:
    """Two objectives of the team `product`, over all three sources."""
    if objectives is None:
        objectives = {
            "growth": {
                "title": "People use what we build",
                "key_results": {
                    "adoption": key_result(
                        {
                            "users": cell("Assistant users"),
                            "active": {"from": "usage", "named_range": "active_customers"},
                        },
                        unit="ratio",
                        start=0.20,
                        target=0.75,
                        value="users / active",
                    ),
                    "complaints": key_result(cell("Complaints"), start=40, target=0),
                },
            },
            "quality": {
                "title": "It works",
                "key_results": {
                    "open-bugs": key_result(
                        {"from": "code", "issues": {"repo": "acme/app", "state": "open", "labels": ["bug"]}},
                        start=40,
                        target=4,
                    ),
                    "stories-done": key_result(
                        {"from": "tracker", "count": "project = PHX AND statusCategory = Done"}, target=12
                    ),
                },
            },
        }
    return {"cycle": CYCLE, "team": "product", "owner": "anna", "objectives": objectives, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Row:
        assert self.out, self.err
        found: Row = json.loads(self.out)
        return found

    @property
    def key_results(self) -> dict[str, Row]:
        """Rows by the last part of their id."""
        return {row["id"].rpartition("/")[2]: row for row in self.json["key_results"]}

    @property
    def objectives(self) -> dict[str, Row]:
        return {row["id"].rpartition("/")[2]: row for row in self.json["objectives"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The folder, the sources, and the commands on it."""

    folder: Path
    sources: Sources
    settings: Mapping_

    @property
    def consumer(self) -> Recorder:
        return self.sources.consumer

    @property
    def database(self) -> Path:
        return self.folder / "syncd.db"

    def write_settings(self) -> None:
        (self.folder / "syncd.yaml").write_text(json.dumps(self.settings, indent=2))

    def write(self, mapping: Mapping_ | str, name: str = "product.yaml") -> Path:
        """A mapping file; a map is written as JSON, which is YAML with every text quoted."""
        path = self.folder / "mappings" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(mapping if isinstance(mapping, str) else json.dumps(mapping, indent=2))
        return path

    def one(self, measure: Mapping_ | None, **more: Any) -> None:
        """The mapping of one key result, `product/only/one`."""
        self.several(one=key_result(measure, **more))

    def several(self, **key_results: Mapping_) -> None:
        """The mapping of one objective, `product/only`."""
        self.write(a_mapping({"only": {"title": "Only", "key_results": key_results}}))

    def run(self, command: str, *arguments: str) -> Ran:
        """A command in this process; one of a group as `cycle close`."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.run([*command.split(), *self._config(command), *arguments])
        return Ran(code=code, out=out.getvalue(), err=err.getvalue())

    def spawn(self, command: str, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """A command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "syncd", command, *self._config(command), *arguments],
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_alone(self, command: str, *arguments: str, **environ: str) -> Ran:
        process = self.spawn(command, *arguments, **environ)
        out, err = process.communicate(timeout=60)
        return Ran(code=process.returncode, out=out, err=err)

    def sync(self, *arguments: str, code: int = 0) -> Ran:
        """`syncd sync --from-files --json`, which ends with `code`."""
        ran = self.run("sync", "--from-files", "--json", *arguments)
        assert ran.code == code, ran.err or ran.json["errors"][:3]
        return ran

    def status(self) -> dict[str, Row]:
        return self.run("status", "--json").key_results

    def set_cell(self, label: str, value: Any) -> None:  # Any: whatever a cell can hold
        rows = self.sources.sheets.world["spreadsheets"][SPREADSHEET]["tabs"]["Adoption"]
        next(row for row in rows if row[0] == label)[1] = value

    def fail(self, source: Emulator, path: str, status: int, **more: Any) -> None:  # Any: fields of Fault
        source.faults = [Fault(**{"path": path, "status": status, "times": None, **more})]

    def _config(self, command: str) -> tuple[str, ...]:
        if command in ("connectors", "schema", "init", "new-connector", "demo", "store new-key"):
            return ()
        return ("--config", str(self.folder / "syncd.yaml"))


def settings(urls: Mapping[str, str], *, key: Path, today: date | None = None) -> Mapping_:
    """The cycle is around today, so that pace has something to say."""
    today = today or datetime.now(UTC).date()
    return {
        "organisation": "acme",
        "timezone": "Europe/Berlin",
        "cycles": {
            CYCLE: {
                "from": (today - timedelta(days=40)).isoformat(),
                "to": (today + timedelta(days=50)).isoformat(),
            }
        },
        "store": "sqlite:///syncd.db",
        "allow_networks": {"connections": [LOOPBACK], "endpoints": [LOOPBACK]},
        "connections": {
            "tracker": {"connector": "jira", "url": urls["jira"], "email": EMAIL, "token": "${JIRA_TOKEN}"},
            "code": {"connector": "github", "url": urls["github"], "token": "${GITHUB_TOKEN}"},
            "usage": {
                "connector": "google_sheets",
                "url": urls["sheets"],
                "credentials": str(key),
                "spreadsheet": SPREADSHEET,
            },
        },
        "endpoints": {
            "okr-store": {"url": f"{urls['consumer']}/hooks/syncd", "secret": "${OKR_STORE_SECRET}"}
        },
    }


def a_site(folder: Path, running: Sources) -> Site:
    """The folder with its files; nothing was run yet."""
    key = folder / "google-key.json"
    key.write_text(json.dumps(credentials(running.urls["sheets"])))
    site = Site(folder=folder, sources=running, settings=settings(running.urls, key=key))
    site.write_settings()
    site.write(a_mapping())
    return site


def eventually(found: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Waits until `found` says something true."""
    deadline = time.monotonic() + within_s
    while not found():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)
