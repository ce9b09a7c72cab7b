"""One bad file per mistake: each gives exactly one finding, at its place, with its code."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.mappings.findings import Finding
from syncd.mappings.load import load_mappings
from syncd.settings import load_settings
from tests.plugins import CONTEXT, PLUGINS

INVALID = Path(__file__).parent / "invalid"
FILES = sorted(INVALID.glob("*.yaml"))
ENVIRONMENT = {"TOKEN": "t0ken-value", "SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
# Everything in these files that stands where a secret should not, and what the variables hold.
SECRETS = ["hunter2", "31337", "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg", *ENVIRONMENT.values()]


def findings_of(path: Path) -> tuple[Finding, ...]:
    if path.name.startswith("syncd-"):
        return load_settings(path, PLUGINS, environ=ENVIRONMENT, resolve_secrets=True).findings
    return load_mappings({str(path): path.read_text()}, context=CONTEXT, plugins=PLUGINS).findings


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bad_file_is_found_out_at_its_place(path: Path) -> None:
    place, code, fragment = path.read_text().splitlines()[0].removeprefix("# error: ").split(" ", 2)

    findings = findings_of(path)

    told = [(f.path, f"{f.line}:{f.column}", f.code) for f in findings]
    assert told == [(str(path), place, code)]
    assert fragment in findings[0].message
    assert findings[0].severity == "error"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_finding_repeats_a_secret(path: Path) -> None:
    findings = findings_of(path)

    assert not [secret for secret in SECRETS if secret in repr(findings)]


def test_there_is_a_bad_file_for_every_code() -> None:
    shown = {finding.code for path in FILES for finding in findings_of(path)}

    assert shown >= CODES


CODES = {
    "alias", "anchor", "tag", "duplicate_key", "non_string_key", "too_deep", "several_documents",
    "syntax", "empty_file", "control_character", "wrong_type", "missing_key", "unknown_key",
    "invalid_value", "not_yet", "unknown_connection", "unknown_cycle", "unknown_measurement",
    "unknown_supports", "start_is_target", "circle", "plain_query", "missing_kind", "several_kinds",
    "mixed_kinds", "missing_band", "mixed_band", "zero_weights", "connection_not_allowed",
    "connector_not_found", "missing_by", "by_without_window", "by_refused", "window_refused",
    "invalid_window", "invalid_date", "invalid_duration", "invalid_id", "invalid_name", "name_taken",
    "unclear_owner", "missing_value", "value_refused", "no_measurement", "bare_duration", "wrong_unit",
    "duplicate_measurement", "division_by_zero", "inline_secret", "missing_variable",
    "was_is_defined", "was_claimed_twice",
    "unreadable_secret", "invalid_reference", "invalid_secret", "invalid_url", "plain_http",
    "invalid_network", "invalid_cycle", "unknown_timezone", "unknown_event",
    "change_of_zero", "not_finite", "unordered_targets", "targets_refused", "smooth_refused",
    "mixed_milestone",
    "unnamed_measure", "not_for_this_kind", "outside_cycle", "too_many", "unknown_part", "invalid_part",
}  # fmt: skip
