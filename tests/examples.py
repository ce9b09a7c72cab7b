"""The example organisation as a folder, at a moment of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from syncd.bootstrap import plugins
from syncd.demo import site
from syncd.mappings.load import Loaded, load_mappings, read_mapping_files
from syncd.settings import load_settings

MOMENT = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
"""Noon in Berlin, forty days after the cycle's first day: the days in the mappings stay as written."""

NOWHERE = "http://127.0.0.1:9"


def a_folder(folder: Path, *, addresses: site.Addresses | None = None) -> Path:
    """The demo's own folder as of `MOMENT`; the path of its syncd.yaml."""
    found = addresses or site.Addresses(jira=NOWHERE, github=NOWHERE, google_sheets=NOWHERE, consumer=NOWHERE)
    site.write_sources(folder, secrets=site.Secrets.make(), now=MOMENT)
    return site.write(folder, addresses=found, today=MOMENT.date(), refresh="15m")


def load_example(folder: Path) -> Loaded:
    read = load_settings(a_folder(folder), plugins(), environ={})
    assert read.settings is not None, read.findings
    files = read_mapping_files(read.settings.mappings)
    return load_mappings(files, context=read.settings.context({}), plugins=plugins())


def written() -> list[Any]:  # Any: YAML
    """The mapping files as plain data, days as texts."""
    texts = site.mappings(MOMENT.date()).values()
    return [_with_days_as_texts(yaml.safe_load(text)) for text in texts]


def _with_days_as_texts(value: Any) -> Any:  # Any: YAML
    if isinstance(value, dict):
        return {str(key): _with_days_as_texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_days_as_texts(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
