"""The commands. Each module holds the commands about one noun; heavy imports wait until a command runs.

app         the program, its options, its exit codes
files       init, check, schema
changes     plan, apply
numbers     sync, status, explain
people      check-in, confirm, rebase
drift       drift
cycles      cycle close, cycle list
sources     connectors, browse, measure, new-connector
running     serve, demo
hooks       hooks install
"""

from __future__ import annotations

from collections.abc import Sequence


def run(argv: Sequence[str]) -> int:
    """Runs one command; returns its exit code. Usage errors are 64, since 2 means `plan` found changes."""
    from syncd.cli.app import main

    return main(argv)
