"""How results look in a terminal. JSON goes to standard output, alone.

Public names are resolved on first use: a command that shows one thing imports what that takes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncd.screen.access import show_keys as show_keys
    from syncd.screen.changes import print_markdown as print_markdown
    from syncd.screen.changes import show_applied as show_applied
    from syncd.screen.changes import show_plan as show_plan
    from syncd.screen.cycles import show_closed as show_closed
    from syncd.screen.cycles import show_cycles as show_cycles
    from syncd.screen.drift import print_drift_markdown as print_drift_markdown
    from syncd.screen.drift import show_drift as show_drift
    from syncd.screen.endpoints import show_acted as show_acted
    from syncd.screen.endpoints import show_delivery as show_delivery
    from syncd.screen.endpoints import show_delivery_rows as show_delivery_rows
    from syncd.screen.endpoints import show_endpoint as show_endpoint
    from syncd.screen.endpoints import show_endpoints as show_endpoints
    from syncd.screen.endpoints import show_new_secret as show_new_secret
    from syncd.screen.endpoints import show_tested as show_tested
    from syncd.screen.explanation import show_explanation as show_explanation
    from syncd.screen.files import probe_row as probe_row
    from syncd.screen.files import show_findings as show_findings
    from syncd.screen.files import show_probes as show_probes
    from syncd.screen.numbers import fitting_table as fitting_table
    from syncd.screen.numbers import key_result_table as key_result_table
    from syncd.screen.numbers import note as note
    from syncd.screen.numbers import show_deliveries as show_deliveries
    from syncd.screen.numbers import show_errors as show_errors
    from syncd.screen.numbers import show_status as show_status
    from syncd.screen.numbers import show_sync as show_sync
    from syncd.screen.objectives import show_objective as show_objective
    from syncd.screen.past import show_backfill as show_backfill
    from syncd.screen.people import show_spoken as show_spoken
    from syncd.screen.replayed import show_replayed as show_replayed
    from syncd.screen.sources import show_connectors as show_connectors
    from syncd.screen.sources import show_items as show_items
    from syncd.screen.sources import show_measurement as show_measurement
    from syncd.screen.store import show_new_epoch as show_new_epoch
    from syncd.screen.store import show_store as show_store
    from syncd.screen.terminal import asking as asking
    from syncd.screen.terminal import bar as bar
    from syncd.screen.terminal import console as console
    from syncd.screen.terminal import counted as counted
    from syncd.screen.terminal import number as number
    from syncd.screen.terminal import print_json as print_json
    from syncd.screen.terminal import share as share
    from syncd.screen.terminal import show_error as show_error
    from syncd.screen.terminal import show_usage_error as show_usage_error
    from syncd.screen.terminal import styled as styled
    from syncd.screen.terminal import waiting as waiting

_NAMES = {
    "access": ("show_keys",),
    "changes": (
        "print_markdown",
        "show_applied",
        "show_plan",
    ),
    "cycles": (
        "show_closed",
        "show_cycles",
    ),
    "drift": (
        "print_drift_markdown",
        "show_drift",
    ),
    "endpoints": (
        "show_acted",
        "show_delivery",
        "show_delivery_rows",
        "show_endpoint",
        "show_endpoints",
        "show_new_secret",
        "show_tested",
    ),
    "explanation": ("show_explanation",),
    "files": (
        "probe_row",
        "show_findings",
        "show_probes",
    ),
    "numbers": (
        "fitting_table",
        "key_result_table",
        "note",
        "show_deliveries",
        "show_errors",
        "show_status",
        "show_sync",
    ),
    "objectives": ("show_objective",),
    "past": ("show_backfill",),
    "people": ("show_spoken",),
    "replayed": ("show_replayed",),
    "sources": (
        "show_connectors",
        "show_items",
        "show_measurement",
    ),
    "store": (
        "show_new_epoch",
        "show_store",
    ),
    "terminal": (
        "asking",
        "bar",
        "console",
        "counted",
        "number",
        "print_json",
        "share",
        "show_error",
        "show_usage_error",
        "styled",
        "waiting",
    ),
}
_WHERE = {name: f"{__name__}.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_WHERE)  # noqa: PLE0605  # one list, kept in one place


def __getattr__(name: str) -> Any:  # Any: the module's attributes are of every type
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value
