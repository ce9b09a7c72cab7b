"""What the tests of one connector share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github_sites import Stage, staged


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage
