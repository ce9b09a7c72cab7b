"""`syncd serve` as a process of its own, from the moment on that it answers."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.installations import Site, eventually


@dataclass(frozen=True, slots=True)
class Serving:
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line)

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    @property
    def url(self) -> str:
        (port,) = [found[1] for line in self.lines if (found := re.search(r'"port": ?(\d+)', line))]
        return f"http://127.0.0.1:{port}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@contextmanager
def serving(site: Site, *arguments: str, **environ: str) -> Iterator[Serving]:
    """The command as a process of its own, from the moment on that it answers."""
    environ |= {"SYNCD_LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1"}
    process = site.spawn("serve", "--port", "0", *arguments, **environ)
    found = Serving(process)
    reader = threading.Thread(target=found.read, daemon=True)
    reader.start()
    try:
        eventually(lambda: found.said("serve.started") or process.poll() is not None, within_s=40)
        assert process.poll() is None, found.lines
        yield found
    finally:
        process.kill()
        process.wait()
        reader.join(timeout=5)
