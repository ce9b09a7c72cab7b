"""The demo's other processes: ASGI apps on free loopback ports, ended with the demo."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from syncd.errors import SyncdError

HOST = "127.0.0.1"
START_WITHIN_S = 30.0


class ChildFailed(SyncdError):
    """A process of the demo did not start; its last words are in the message."""

    code = "demo_child_failed"


@contextmanager
def running(app: str, *, environ: Mapping[str, str], log: Path) -> Iterator[str]:
    """Base URL of the ASGI app with this import string, served by a process of its own.

    Raises:
        ChildFailed: it does not answer within half a minute.
    """
    # The child inherits the listening socket, so nobody can take the port in between.
    with socket.create_server((HOST, 0)) as listener, log.open("wb") as output:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "uvicorn", app, "--fd", str(listener.fileno())]
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and an import string of a plugin
            [*command, "--log-level", "warning", "--no-access-log", "--lifespan", "off"],
            pass_fds=(listener.fileno(),),
            env={**os.environ, **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is the demo's, which ends its children in order
        )
        try:
            _wait(process, url, app=app, log=log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, *, app: str, log: Path) -> None:
    import httpx  # noqa: PLC0415  # takes a moment, and only the demo needs it here

    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=1.0, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    words = log.read_text(errors="replace")[-500:]
    raise ChildFailed(f"{app} did not start: {words}", hint="is the `demo` extra installed?")
