"""What a connector's author tests with: a served emulator, scripted faults, the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.sdk.testing.server import serve as serve

if TYPE_CHECKING:
    from syncd.sdk.testing.suite import ConnectorSuite as ConnectorSuite

__all__ = ["ConnectorSuite", "serve"]


def __getattr__(name: str) -> Any:  # Any: the module's attributes are of every type
    # pytest is there when tests run, not in an installation that only serves an emulator.
    if name != "ConnectorSuite":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import pytest  # noqa: PLC0415

    pytest.register_assert_rewrite("syncd.sdk.testing.suite")
    from syncd.sdk.testing.suite import ConnectorSuite  # noqa: PLC0415

    return ConnectorSuite
