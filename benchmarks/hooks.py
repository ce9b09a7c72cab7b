"""From the arrival of a GitHub hook to the verified delivery of the number that changed.

Beside it the floor: a process that takes the hook, sends the same question to the same emulated
GitHub, and posts to the same consumer what it was asked to; it checks, computes and keeps nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.figure import Figure
from connectors.github.emulator import make
from syncd.sdk.emulator import Emulator
from syncd.sdk.testing.server import serve

AIM_P99 = 3.0
WARM_UP = 5
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the public test vectors
HOOK_SECRET = "a secret of this benchmark alone"  # as it says
REPO = "acme/app"
PATIENCE_S = 30.0


@dataclass(slots=True)
class Consumer:
    """Notes when the last verified delivery of the number was there."""

    arrived: threading.Event = field(default_factory=threading.Event)
    at: float = 0.0

    @property
    def asgi(self) -> Starlette:
        return Starlette(routes=[Route("/", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        event = Webhook(SECRET).verify(body, dict(request.headers))
        if event["type"] == "key_result.progressed":
            self.at = time.perf_counter()
            self.arrived.set()
        return Response(status_code=204)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A process that takes hooks at `address`.

    Attributes:
        lines: What it has said so far.
    """

    pid: int
    lines: Callable[[], list[str]]
    address: str = ""

    @property
    def cpu_s(self) -> float:
        """What it has computed so far, in all its threads."""
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The emulated source, the consumer, and what hooks are sent with."""

    github: Emulator
    consumer: Consumer
    session: requests.Session = field(default_factory=requests.Session)

    def seconds(self, address: str, *, number: int) -> float:
        """One change at the source, one hook, one delivery."""
        issue = self.github.world["repos"][REPO]["issues"][0]
        issue["state"] = "closed" if number % 2 == 0 else "open"
        issue["closed_at"] = "2026-10-20T08:00:00Z" if number % 2 == 0 else None
        body = json.dumps({"action": "edited", "repository": {"full_name": REPO}}).encode()
        signature = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "issues",
            "X-GitHub-Delivery": f"{address} {number}",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        self.consumer.arrived.clear()
        began = time.perf_counter()
        answer = self.session.post(address, data=body, headers=headers, timeout=PATIENCE_S)
        if answer.status_code != 202 or not self.consumer.arrived.wait(PATIENCE_S):
            raise RuntimeError(f"the hook was answered {answer.status_code}, and nothing was delivered")
        return self.consumer.at - began


def figures(*, rounds: int) -> list[Figure]:
    """p50 and p99, ours and the floor's by turns; and what both compute for one hook.

    The last says the same on a busy machine as on an idle one.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        github, consumer = make(_world()), Consumer()
        urls = {
            "github": stack.enter_context(serve(github)),
            "consumer": stack.enter_context(serve(consumer.asgi)),
        }
        stage = Stage(github=github, consumer=consumer)
        ours = stack.enter_context(_syncd(folder, urls))
        _until(consumer.arrived.is_set)
        floor = stack.enter_context(_floor(folder, urls, question=_question(github)))
        for number in range(WARM_UP):
            stage.seconds(ours.address, number=number)
            stage.seconds(floor.address, number=number + 1)
        pairs, before_s = [], (ours.cpu_s, floor.cpu_s)
        for number in range(WARM_UP, WARM_UP + rounds):
            taken = stage.seconds(ours.address, number=number)
            # The floor delivers the same body whatever the number is; it is asked for all the same.
            pairs.append((taken, stage.seconds(floor.address, number=number)))
        computed_s = (ours.cpu_s - before_s[0], floor.cpu_s - before_s[1])
    ours_s, floor_s = [a for a, _ in pairs], [b for _, b in pairs]
    return [
        Figure(name="hook to delivery, p50", ours_s=ours_s, floor_s=floor_s),
        Figure(name="hook to delivery, p99", ours_s=ours_s, floor_s=floor_s, share=0.99, aim=AIM_P99),
        Figure(
            name="hook to delivery, CPU of one",
            ours_s=[computed_s[0] / rounds],
            floor_s=[computed_s[1] / rounds],
        ),
    ]


def _world() -> dict[str, object]:
    bugs = [{"number": number, "title": f"Bug {number}"} for number in range(1, 12)]
    return {"token": "t", "repos": {REPO: {"stars": 1, "issues": bugs}}}


def _question(github: Emulator) -> str:
    return next(seen.body for seen in reversed(github.exchanges) if seen.path == "/graphql")


@contextmanager
def _syncd(folder: Path, urls: Mapping[str, str]) -> Iterator[Server]:
    """`syncd serve` on one key result of one connection, with the shortest `min_interval`."""
    today = datetime.now(UTC).date()
    cycle = {
        "from": (today - timedelta(days=40)).isoformat(),
        "to": (today + timedelta(days=50)).isoformat(),
    }
    settings = {
        "organisation": "acme",
        "timezone": "UTC",
        "cycles": {"now": cycle},
        "allow_networks": {"connections": ["127.0.0.0/8"], "endpoints": ["127.0.0.0/8"]},
        "connections": {
            "code": {
                "connector": "github",
                "url": urls["github"],
                "token": "${TOKEN}",
                "hook_secret": "${HOOK_SECRET}",
                "min_interval": "0s",
                "refresh": "1h",
            }
        },
        "endpoints": {"store": {"url": urls["consumer"] + "/", "secret": "${SECRET}"}},
    }
    measure = {"from": "code", "issues": {"repo": REPO, "state": "open"}}
    bugs = {"title": "Bugs", "unit": "count", "start": 40, "target": 4, "measure": measure}
    mapping = {
        "cycle": "now",
        "team": "product",
        "objectives": {"quality": {"title": "It works", "key_results": {"bugs": bugs}}},
    }
    (folder / "syncd.yaml").write_text(json.dumps(settings))
    (folder / "mappings").mkdir()
    (folder / "mappings" / "product.yaml").write_text(json.dumps(mapping))
    command = ["-m", "syncd", "serve", "--port", "0", "--config", str(folder / "syncd.yaml")]
    environ = {"TOKEN": "t", "HOOK_SECRET": HOOK_SECRET, "SECRET": SECRET, "SYNCD_LOG_FORMAT": "json"}
    with _running(command, environ, log=folder / "syncd.log") as server:
        _until(lambda: any("serve.started" in line for line in server.lines()))
        (started,) = [json.loads(line) for line in server.lines() if "serve.started" in line]
        yield replace(server, address=f"http://127.0.0.1:{started['port']}/hooks/code")


@contextmanager
def _floor(folder: Path, urls: Mapping[str, str], *, question: str) -> Iterator[Server]:
    environ = {"FLOOR_ASKS": f"{urls['github']}/graphql", "FLOOR_QUESTION": question}
    environ |= {"FLOOR_TELLS": urls["consumer"] + "/", "FLOOR_SECRET": SECRET}
    with _running(["-m", "benchmarks.hop"], environ, log=folder / "floor.log") as server:
        _until(lambda: any(line.startswith("http") for line in server.lines()))
        yield replace(server, address=next(line for line in server.lines() if line.startswith("http")))


@contextmanager
def _running(arguments: list[str], environ: Mapping[str, str], *, log: Path) -> Iterator[Server]:
    """A Python of its own."""
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, *arguments], env={**os.environ, **environ}, stdout=said, stderr=said
        )
    try:
        yield Server(pid=process.pid, lines=lambda: log.read_text().splitlines())
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {PATIENCE_S:g} s")
        time.sleep(0.02)
