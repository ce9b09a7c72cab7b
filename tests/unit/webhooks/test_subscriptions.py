"""Which events an endpoint takes."""

from __future__ import annotations

import pytest

from tests.deliveries import an_endpoint


@pytest.mark.parametrize(
    ("patterns", "type_", "takes"),
    [
        (("*",), "sync.failed", True),
        (("key_result.*", "objective.*"), "objective.progressed", True),
        (("key_result.*", "objective.*"), "sync.failed", False),
        (("key_result.progressed",), "key_result.freshness_changed", False),
        (("KEY_RESULT.*",), "key_result.progressed", False),
        ((), "key_result.progressed", False),
    ],
)
def test_globs_over_event_types(patterns: tuple[str, ...], type_: str, takes: bool) -> None:
    assert an_endpoint(events=patterns).takes(type_, "team") is takes


def test_what_belongs_to_a_person_needs_to_be_asked_for() -> None:
    assert not an_endpoint().takes("key_result.progressed", "individual")
    assert an_endpoint(include=("individual",)).takes("key_result.progressed", "individual")
