"""How long a command takes to say something, against an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figure import Figure

AIM = 5.0
BARE = (sys.executable, "-c", "pass")
COMMANDS = {"--version": AIM, "--help": None}


def figures(*, rounds: int) -> list[Figure]:
    """Of the installed command; the interpreter that does nothing is that of the same environment."""
    syncd = str(Path(sys.executable).with_name("syncd"))
    commands = {words: (syncd, words) for words in COMMANDS}
    for command in (BARE, *commands.values()):
        seconds(command)  # once unmeasured: files come into the cache, bytecode is written
    return [
        _figure(f"syncd {words}", command, aim=COMMANDS[words], rounds=rounds)
        for words, command in commands.items()
    ]


def _figure(name: str, command: Sequence[str], *, aim: float | None, rounds: int) -> Figure:
    # By turns, so that both see the same moments of a busy machine.
    pairs = [(seconds(command), seconds(BARE)) for _ in range(rounds)]
    return Figure(name=name, ours_s=[a for a, _ in pairs], floor_s=[b for _, b in pairs], aim=aim)


def seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
