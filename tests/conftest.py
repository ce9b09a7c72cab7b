"""What holds for the whole run: how laws are tried, and its last words."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.conformance.unpublished import UNPUBLISHED

# A law says nothing of time, and a busy machine is no counterexample. Each run tries other examples, so
# that few of them per run are many over a week; `SYNCD_TEST_EXAMPLES` tries more at once.
settings.register_profile(
    "laws", deadline=None, max_examples=int(os.environ.get("SYNCD_TEST_EXAMPLES", "40"))
)
settings.load_profile("laws")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # Here and not in a test: what a test prints in a worker of pytest-xdist is never seen.
    passed = [report.nodeid for report in terminalreporter.getreports("passed")]
    if any("tests/conformance/" in nodeid for nodeid in passed):
        terminalreporter.section("proved against an emulator alone, for want of a published schema")
        for line in UNPUBLISHED:
            terminalreporter.line(f"- {line}")
