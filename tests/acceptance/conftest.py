"""One installation per test; sources and consumer are the same for all, with a new world each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installations import ENVIRON, Site, Sources, a_site, sources


@pytest.fixture(scope="session")
def running() -> Iterator[Sources]:
    with sources() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, running: Sources, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    running.reset()
    return a_site(tmp_path, running)
