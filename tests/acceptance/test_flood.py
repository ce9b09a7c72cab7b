"""Connections that say nothing, or say it slowly, beside a client that asks and wants its answer."""

from __future__ import annotations

import csv
import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import httpx
import pytest

from tests.installations import Site
from tests.serving import serving

IDLE = 450
"""More than may wait without a request (`MOST_WAITING`)."""

SLOW = 200
LASTS_S = 3
PATIENCE_S = 10.0
"""Long enough for a busy machine; whoever is kept out waits for ever."""


def test_a_flood_of_idle_and_slow_connections_keeps_no_healthy_client_from_its_answer(
    site: Site, tmp_path: Path
) -> None:
    answers: list[int] = []
    with serving(site) as served, ExitStack() as flood:
        target = urlsplit(served.url)
        for _ in range(IDLE):
            flood.enter_context(socket.create_connection((target.hostname, target.port)))

        headers = Slow.begin("-H", f"{served.url}/healthz", noted=tmp_path / "headers")
        body = Slow.begin("-B", f"{served.url}/hooks/tracker", noted=tmp_path / "body")
        while headers.goes_on or body.goes_on:
            # A connection of its own each time: it is these that a flood keeps out.
            answer = httpx.get(f"{served.url}/healthz", timeout=PATIENCE_S, trust_env=False)
            answers.append(answer.status_code)
            time.sleep(0.1)

    assert set(answers) == {200}
    assert len(answers) > 1
    assert min(headers.most_connected, body.most_connected) > SLOW / 2


@dataclass(frozen=True, slots=True)
class Slow:
    """`slowhttptest`: many connections, each with a few bytes of a header or a body in a second."""

    process: subprocess.Popen[bytes]
    noted: Path

    @classmethod
    def begin(cls, way: str, url: str, *, noted: Path) -> Self:
        program = shutil.which("slowhttptest")
        if program is None:
            absent = "slowhttptest is absent (`apt-get install slowhttptest`)"
            pytest.fail(absent) if os.environ.get("SYNCD_CI") == "1" else pytest.skip(absent)
        command = [program, way, "-u", url, "-c", str(SLOW), "-r", str(SLOW), "-i", "1", "-l", str(LASTS_S)]
        command += ["-g", "-o", str(noted), "-v", "0"]
        return cls(subprocess.Popen(command, stdout=subprocess.DEVNULL), noted)

    @property
    def goes_on(self) -> bool:
        return self.process.poll() is None

    @property
    def most_connected(self) -> int:
        """Connections that were open at a time, as it counted them itself each second."""
        rows = csv.DictReader(self.noted.with_suffix(".csv").read_text().splitlines())
        return max(int(row["Connected"]) for row in rows)
