"""connectors, browse, measure: what can be asked, and trying one query."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Connections, Installation
from syncd.errors import SyncdError
from syncd.mappings.findings import InvalidFiles
from syncd.mappings.load import load_query
from syncd.mappings.schema import mapping_schema
from syncd.sdk.plugin import Item, Plugin
from syncd.sync.measure import measure_batch
from syncd.sync.plan import Batch
from syncd.views.rows import moment

Row = dict[str, Any]  # Any: JSON


def connector_row(plugin: Plugin) -> Row:
    """What a connector can be asked: kind -> the first line of its documentation."""
    return {
        "name": plugin.name,
        "title": plugin.title,
        "kinds": {
            kind: {"says": (inspect.getdoc(ask) or "").partition("\n")[0], "unit": ask.unit}
            for kind, ask in plugin.kinds.items()
        },
        "later": dict(plugin.later),
    }


def browse(installation: Installation, connection: str, about: str | None) -> Sequence[Item]:
    """Raises `SyncdError` when the source does not answer."""
    connector, wire = Connections(installation).open(connection)
    with wire.batch():
        return connector.browse(about)


def measure_one(installation: Installation, connection: str, query: str) -> Row:
    """Asks one query, written as in a mapping.

    Raises:
        InvalidFiles: the query is wrong; places are within its text.
        SyncdError: the source did not answer it.
    """
    connections = Connections(installation)
    settings = installation.settings
    at = installation.clock()
    loaded = load_query(
        query,
        connection=connection,
        context=installation.context,
        plugins=installation.plugins,
        cycle=current_cycle(installation),
    )
    if loaded.query is None:
        raise InvalidFiles(loaded.findings)
    batch = Batch(connection=connection, wanted=1, asked=(loaded.query,), now=at, calendar=settings.calendar)
    answers = measure_batch(batch, connections.open)
    (answer,) = answers.answers.values()
    if isinstance(answer, SyncdError):
        raise answer
    return {
        "connection": connection,
        "query": loaded.query.text,
        "value": answer.value,
        "unit": answer.unit,
        "approximate": answer.approximate,
        "sample_size": answer.sample_size,
        "observed_at": moment(answer.observed_at),
        "evidence_url": answer.evidence_url,
        "requests": answers.requests,
        "seconds": round(answers.seconds, 3),
    }


def current_cycle(installation: Installation) -> str | None:
    """Name of the cycle that contains now; the first by name where several do."""
    at = installation.clock()
    cycles = installation.settings.cycles.values()
    return min((cycle.name for cycle in cycles if cycle.starts_at <= at < cycle.ends_at), default=None)


def schema() -> Row:
    return mapping_schema(bootstrap.plugins())
