"""sync: one sync now, and one attempt for every delivery that is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import activate_files
from syncd.commands.delivering import Delivered, deliver_due
from syncd.engine.pruning import Pruner
from syncd.errors import ConfigError, StoreError
from syncd.sync.measure import Progress
from syncd.sync.report import Report
from syncd.sync.run import sync
from syncd.views.rows import error_row, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    report: Report
    deliveries: Delivered

    def row(self) -> dict[str, Any]:  # Any: JSON
        report = self.report
        return {
            "outcome": report.outcome,
            "started_at": moment(report.started_at),
            "finished_at": moment(report.finished_at),
            **report.record(),
            "errors": [
                {"id": state.subject.id, "cycle": state.subject.cycle, "error": error_row(state.error)}
                for state in report.broken
            ],
            "error": None,  # said by a server alone, of connections that it left out
            "deliveries": self.deliveries.row(),
        }


async def sync_once(
    installation: Installation, *, from_files: bool = False, watch: Progress | None = None
) -> Synced:
    """Asks everything once, whatever is due.

    Args:
        from_files: Check and apply the files first; removals are refused there.

    Raises:
        ConfigError: `no_active_version`; the files have mistakes (with `from_files`).
        StoreError: another process serves this store.
    """
    if not from_files:
        await require_store(installation)
    with bootstrap.serving(installation):
        async with await bootstrap.open_store(installation) as store:
            site = bootstrap.wire_site(installation, store)
            if from_files:
                await activate_files(installation, site, allow_removals=False)
            report = await sync(site, trigger="command", watch=watch)
            deliveries = await deliver_due(installation, store)
            # Where a timer runs this instead of `serve`, nobody else does it.
            await Pruner(store, installation.settings.retention, clock=installation.clock).prune()
            return Synced(report=report, deliveries=deliveries)


async def require_store(installation: Installation) -> None:
    """A sync has nothing to do without one; then none is made.

    Raises:
        ConfigError: `no_active_version`.
    """
    try:
        store = await bootstrap.open_store(installation, create=False)
    except StoreError as error:
        if error.code == "store_missing":
            raise ConfigError(
                "no mappings are active yet",
                code="no_active_version",
                hint="run `syncd apply`, or `syncd sync --from-files`",
            ) from error
        if error.code != "store_older":  # which the sync itself brings up to date
            raise
    else:
        await store.close()
