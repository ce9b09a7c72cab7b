from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.delivery.rate import Limits
from syncd.errors import SettingsError
from syncd.sdk.testing.faults import loopback_tls
from syncd.settings import Loaded, Settings, Unresolved, load_settings
from tests.plugins import PLUGINS, SheetConfig, TicketsConfig

MINIMAL = "organisation: acme\ntimezone: Europe/Berlin\n"
FULL = """
organisation: acme
instance: acme-europe
timezone: Europe/Berlin
cycles: {2026-Q4: {from: 2026-10-01, to: 2026-12-31}}
holidays: [2026-12-25]
store: postgresql://syncd:${DB_PASSWORD}@db/syncd
mappings: okrs
allow_networks: {connections: [10.0.0.0/8], endpoints: ["fd00::/8"]}
pace: {calendar: workdays, on_track: 0.8}
connections:
  tracker:
    connector: tickets
    url: https://acme.example
    email: bot@acme.example
    token: "${JIRA_TOKEN}"
    refresh: 5m
    min_interval: 0s
    deadline: 2m
    hook_secret: "${HOOK}"
  usage: {connector: sheets, credentials: keys/google.json, spreadsheet: 1AbC, teams: [product]}
endpoints:
  okr-store:
    url: https://okr.acme.example/hooks/${TENANT}
    secret: ["${NEW}", "${OLD}"]
    events: ["key_result.*", "objective.progressed"]
    include: [individual]
    teams: [product, sales-*]
    tiers: [team, individual]
    objectives: [product/*]
    rate: 30/m
    concurrency: 3
encryption_keys: ["${KEY}"]
"""
SECRET = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
ENVIRONMENT = {
    "DB_PASSWORD": "pässword",
    "JIRA_TOKEN": "t0ken-value",
    "HOOK": "h00k-value",
    "TENANT": "acme",
    "NEW": SECRET,
    "OLD": OLD,
    "KEY": "9_QmyfLbo3PYzEHb6hy1a9Aw-G-zhTLPLAoO0LOeLIs=",
}


class Folder:
    """A folder with a syncd.yaml."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(
        self, text: str, *, environ: Mapping[str, str] | None = None, resolve_secrets: bool = False
    ) -> Loaded:
        file = self.path / "syncd.yaml"
        file.write_text(text)
        return load_settings(file, PLUGINS, environ=environ or {}, resolve_secrets=resolve_secrets)

    def settings(self, text: str) -> Settings:
        loaded = self.load(text)
        assert loaded.settings is not None, [str(finding) for finding in loaded.findings]
        return loaded.settings


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_least_file_says_what_we_are_and_where(folder: Folder) -> None:
    settings = folder.settings(MINIMAL)

    assert (settings.organisation, settings.instance) == ("acme", "acme")
    assert settings.store_url({}) == f"sqlite:///{folder.path}/syncd.db"
    assert settings.mappings == folder.path / "mappings"
    assert (settings.connections, settings.endpoints, settings.cycles) == ({}, {}, {})


def test_every_key_is_read(folder: Folder) -> None:
    settings = folder.settings(FULL)

    assert settings.instance == "acme-europe"
    assert settings.cycles["2026-Q4"].starts_at == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert settings.cycles["2026-Q4"].last_day == date(2026, 12, 31)
    assert settings.calendar.holidays == {date(2026, 12, 25)}
    assert (settings.calendar.count, settings.calendar.ahead, settings.calendar.on_track) == (
        "workdays",
        1.0,
        0.8,
    )
    assert settings.mappings == folder.path / "okrs"
    assert settings.connection_networks == (ip_network("10.0.0.0/8"),)
    assert settings.endpoint_networks == (ip_network("fd00::/8"),)
    tracker = settings.connections["tracker"]
    assert (tracker.refresh, tracker.min_interval, tracker.deadline) == (
        timedelta(minutes=5),
        timedelta(0),
        timedelta(minutes=2),
    )
    assert settings.connections["usage"].teams == {"product"}
    endpoint = settings.endpoints["okr-store"]
    assert endpoint.events == ("key_result.*", "objective.progressed")
    assert endpoint.include == ("individual",)


@pytest.mark.parametrize(
    ("written", "days", "points"),
    [
        ("", 28, 8),
        ("forecast: {over: 6w, min_points: 20}", 42, 20),
        ("forecast: {over: 5d}", 5, 5),
        ("forecast: {min_points: 28}", 28, 28),
    ],
)
def test_a_forecast_looks_back_as_far_as_it_is_told(
    folder: Folder, written: str, days: int, points: int
) -> None:
    rule = folder.settings(f"{MINIMAL}{written}\n").forecast

    assert (rule.over_days, rule.min_points) == (days, points)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("over: 36h", "invalid_duration"),
        ("over: 3d", "invalid_duration"),
        ("over: 93d", "invalid_duration"),
        ("min_points: 3", "invalid_value"),
        ("min_points: 29", "invalid_value"),
        ("over: 7d, min_points: 8", "invalid_value"),
        ("method: guess", "unknown_key"),
    ],
)
def test_a_forecast_of_too_few_days_is_refused(folder: Folder, written: str, code: str) -> None:
    findings = folder.load(f"{MINIMAL}forecast: {{{written}}}\n").findings

    assert [finding.code for finding in findings] == [code]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("", (30, 90, 90, None)),
        ("keep: {deliveries: 2d, events: 2w, syncs: 7d, history: 730d}", (2, 14, 7, 730)),
        ("keep: {deliveries: 120d}", (120, 120, 90, None)),
        ("keep: {events: 14d}", (14, 14, 90, None)),
    ],
)
def test_what_has_happened_is_kept_as_long_as_the_file_says(
    folder: Folder, written: str, days: tuple[int | None, ...]
) -> None:
    kept = folder.settings(f"{MINIMAL}{written}\n").retention

    found = (kept.deliveries, kept.events, kept.syncs, kept.history)
    assert found == tuple(None if it is None else timedelta(days=it) for it in days)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("deliveries: 0s", "invalid_duration"),
        ("events: 3d", "invalid_duration"),
        ("deliveries: 30d, events: 20d", "invalid_duration"),
        ("syncs: 1h", "invalid_duration"),
        ("history: 365d", "invalid_duration"),
        ("attempts: 30d", "unknown_key"),
    ],
)
def test_what_would_be_kept_too_short_is_refused(folder: Folder, written: str, code: str) -> None:
    findings = folder.load(f"{MINIMAL}keep: {{{written}}}\n").findings

    assert [finding.code for finding in findings] == [code]


def test_connections_have_defaults_and_endpoints_hear_everything(folder: Folder) -> None:
    settings = folder.settings(
        MINIMAL
        + 'connections: {usage: {connector: sheets, credentials: "${KEY}"}}\n'
        + 'endpoints: {all: {url: https://x.example, secret: "${SECRET}"}}\n'
    )

    usage = settings.connections["usage"]
    assert (usage.refresh, usage.min_interval, usage.deadline, usage.teams) == (
        timedelta(minutes=15),
        timedelta(seconds=30),
        timedelta(seconds=60),
        None,
    )
    assert settings.endpoints["all"].events == ("*",)


def test_empty_maps_may_stay_behind(folder: Folder) -> None:
    text = MINIMAL + "connections:\nendpoints:\n  # okr-store: ...\nholidays:\ncycles:\n"

    assert folder.settings(text).connections == {}


def test_secrets_are_resolved_where_they_are_used(folder: Folder) -> None:
    settings = folder.settings(FULL)

    config = settings.connections["tracker"].config(ENVIRONMENT)

    assert isinstance(config, TicketsConfig)
    assert config.token.get_secret_value() == "t0ken-value"
    assert settings.endpoints["okr-store"].secrets(ENVIRONMENT) == (SECRET, OLD)
    assert settings.endpoints["okr-store"].url(ENVIRONMENT) == "https://okr.acme.example/hooks/acme"
    assert settings.store_url(ENVIRONMENT) == "postgresql://syncd:pässword@db/syncd"
    assert settings.connections["tracker"].hook_secrets(ENVIRONMENT) == ("h00k-value",)


def test_what_an_endpoint_subscribes_to_and_bears_is_read(folder: Folder) -> None:
    endpoint = folder.settings(FULL).endpoints["okr-store"]

    assert (endpoint.teams, endpoint.tiers) == (("product", "sales-*"), ("team", "individual"))
    assert endpoint.objectives == ("product/*",)
    assert endpoint.limits == Limits(rate=0.5, concurrency=3)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("rate: 30/m", "rate: 30/d"),
        ("rate: 30/m", "rate: 2000/s"),
        ("concurrency: 3", "concurrency: 101"),
        ("tiers: [team, individual]", "tiers: [teams]"),
        ("include: [individual]", "include: []"),
        ("teams: [product, sales-*]", "teams: [Product]"),
        ("objectives: [product/*]", "objectives: [Product/X]"),
    ],
)
def test_what_no_endpoint_can_mean_is_said_at_its_line(folder: Folder, right: str, wrong: str) -> None:
    found = folder.load(FULL.replace(right, wrong)).findings

    assert [finding.code for finding in found] == ["invalid_value"]


def test_keys_that_seal_are_references_to_32_bytes(folder: Folder) -> None:
    settings = folder.settings(FULL)

    inline = folder.load(FULL.replace("${KEY}", ENVIRONMENT["KEY"])).findings
    wrong = folder.load(FULL, environ={**ENVIRONMENT, "KEY": "hunter2"}, resolve_secrets=True).findings

    assert settings.keys(ENVIRONMENT) == (ENVIRONMENT["KEY"],)
    assert [finding.code for finding in inline] == ["inline_secret"]
    assert [finding.code for finding in wrong] == ["invalid_encryption_key"]
    assert "hunter2" not in str(wrong)
    assert ENVIRONMENT["KEY"] not in str(inline)


def test_a_literal_path_counts_from_the_folder_of_the_file(folder: Folder) -> None:
    config = folder.settings(FULL).connections["usage"].config({})

    assert isinstance(config, SheetConfig)
    assert config.credentials.get_secret_value() == str(folder.path / "keys/google.json")


def test_credentials_from_the_environment_may_be_json(folder: Folder) -> None:
    text = MINIMAL + 'connections: {usage: {connector: sheets, credentials: "${KEY}"}}\n'

    config = folder.settings(text).connections["usage"].config({"KEY": '{"private_key": "x"}'})

    assert isinstance(config, SheetConfig)
    assert config.credentials.get_secret_value() == '{"private_key": "x"}'


def test_a_hook_has_two_secrets_while_one_is_replaced(folder: Folder) -> None:
    text = FULL.replace('hook_secret: "${HOOK}"', 'hook_secret: ["${NEW}", "${HOOK}"]')

    settings = folder.load(text, environ=ENVIRONMENT).settings

    assert settings is not None
    assert settings.connections["tracker"].hook_secrets(ENVIRONMENT) == (SECRET, "h00k-value")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('hook_secret: ["${A}", "${B}", "${C}"]', "invalid_value"),
        ("hook_secret: []", "invalid_value"),
        ("hook_secret: h00k", "inline_secret"),
        ("hook_secret: [h00k]", "inline_secret"),
        ("hook_secret: [{a: b}]", "inline_secret"),
    ],
)
def test_a_hook_secret_is_one_reference_or_two(folder: Folder, written: str, code: str) -> None:
    loaded = folder.load(FULL.replace('hook_secret: "${HOOK}"', written), environ=ENVIRONMENT)

    assert [finding.code for finding in loaded.findings] == [code]
    assert "h00k" not in str(loaded.findings)


def test_a_connector_without_hooks_takes_no_secret_for_them(folder: Folder) -> None:
    text = FULL.replace("spreadsheet: 1AbC,", 'spreadsheet: 1AbC, hook_secret: "${HOOK}",')

    loaded = folder.load(text, environ=ENVIRONMENT)

    assert [finding.code for finding in loaded.findings] == ["no_hooks"]


def test_a_secret_may_lie_in_a_file(folder: Folder) -> None:
    (folder.path / "token").write_text("t0ken-value\n")
    settings = folder.settings(FULL.replace("${JIRA_TOKEN}", "${file:token}"))

    config = settings.connections["tracker"].config({})

    assert isinstance(config, TicketsConfig)
    assert config.token.get_secret_value() == "t0ken-value"


def test_loading_looks_at_no_secret_unless_it_is_asked_to(folder: Folder) -> None:
    assert folder.load(FULL).findings == ()

    findings = folder.load(FULL, resolve_secrets=True).findings

    assert [(f.line, f.code) for f in findings] == [
        (7, "missing_variable"),
        (16, "missing_variable"),
        (20, "missing_variable"),
        (24, "missing_variable"),
        (25, "missing_variable"),
        (33, "missing_variable"),
    ]
    assert "JIRA_TOKEN" in findings[1].message


def test_a_good_environment_is_found_good(folder: Folder) -> None:
    assert folder.load(FULL, environ=ENVIRONMENT, resolve_secrets=True).findings == ()


def test_a_missing_variable_names_its_line_when_the_connection_is_used(folder: Folder) -> None:
    connection = folder.settings(FULL).connections["tracker"]

    with pytest.raises(SettingsError) as caught:
        connection.config({})

    assert (
        str(caught.value) == f"{folder.path}/syncd.yaml:16:12: the environment variable JIRA_TOKEN is not set"
    )
    assert caught.value.code == "missing_variable"


def test_an_empty_variable_is_as_good_as_none(folder: Folder) -> None:
    connection = folder.settings(FULL).connections["tracker"]

    with pytest.raises(SettingsError, match="JIRA_TOKEN is empty"):
        connection.config({"JIRA_TOKEN": ""})


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "whsec_",
        "whsec_aHVudGVyMg==",
        "whsec_hunter2!",
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
    ],
)
def test_a_bad_signing_secret_is_refused_without_saying_it(folder: Folder, value: str) -> None:
    endpoint = folder.settings(FULL).endpoints["okr-store"]

    with pytest.raises(Unresolved) as caught:
        endpoint.secrets({"NEW": value, "OLD": OLD})

    assert caught.value.code == "invalid_secret"
    assert value not in f"{caught.value} {caught.value.hint}" or value == "whsec_"


def test_no_secret_is_in_any_repr(folder: Folder) -> None:
    settings = folder.settings(FULL)
    config = settings.connections["tracker"].config(ENVIRONMENT)

    shown = f"{settings!r} {config!r}"

    assert not [value for value in ENVIRONMENT.values() if value in shown.replace("acme", "")]


def test_a_refused_value_from_the_environment_is_not_repeated(folder: Folder) -> None:
    text = FULL.replace("bot@acme.example", "${MAIL}")

    findings = folder.load(text, environ={**ENVIRONMENT, "MAIL": "hunter2"}, resolve_secrets=True).findings

    assert [(f.line, f.code) for f in findings] == [(15, "invalid_value")]
    assert "hunter2" not in repr(findings)


@pytest.mark.parametrize(
    "token", ["hunter2\nX-Evil: 1", "hunter2\r\nhunter3", "hun\x00ter2", "hun\x1bter2", "hun\x7fter2"]
)
def test_a_secret_with_control_characters_is_refused_without_saying_it(folder: Folder, token: str) -> None:
    environ = {**ENVIRONMENT, "JIRA_TOKEN": token}

    (finding,) = folder.load(FULL, environ=environ, resolve_secrets=True).findings

    assert (finding.line, finding.code) == (16, "invalid_secret")
    assert "${JIRA_TOKEN}" in finding.message
    assert "hun" not in repr(finding)
    with pytest.raises(SettingsError) as refused:
        folder.settings(FULL).connections["tracker"].config(environ)
    assert "hun" not in f"{refused.value!r} {refused.value} {refused.value.hint}"


def test_space_around_a_secret_is_no_part_of_it(folder: Folder) -> None:
    environ = {**ENVIRONMENT, "JIRA_TOKEN": "  t0ken-value\r\n"}

    config = folder.settings(FULL).connections["tracker"].config(environ)

    assert isinstance(config, TicketsConfig)
    assert config.token.get_secret_value() == "t0ken-value"


def test_a_variable_of_nothing_but_space_is_empty(folder: Folder) -> None:
    findings = folder.load(FULL, environ={**ENVIRONMENT, "JIRA_TOKEN": " \n"}, resolve_secrets=True).findings

    assert [f.code for f in findings] == ["missing_variable"]


def test_credentials_may_be_json_over_several_lines(folder: Folder) -> None:
    text = FULL.replace("keys/google.json", '"${GOOGLE}"')
    environ = {**ENVIRONMENT, "GOOGLE": '{\n  "client_email": "x"\n}\n'}

    assert folder.load(text, environ=environ, resolve_secrets=True).findings == ()


def test_a_ca_bundle_counts_from_the_folder_of_the_file(folder: Folder) -> None:
    (folder.path / "certs").mkdir()
    loopback_tls(folder.path / "certs")
    text = FULL.replace("    refresh: 5m", "    refresh: 5m\n    ca_bundle: certs/loopback.pem")

    connections = folder.settings(text).connections

    assert connections["tracker"].ca_bundle == folder.path / "certs/loopback.pem"
    assert connections["usage"].ca_bundle is None


def test_a_ca_bundle_that_cannot_be_read_is_a_finding(folder: Folder) -> None:
    (folder.path / "empty.pem").write_text("")
    for name, code in {"gone.pem": "unreadable", ".": "unreadable", "empty.pem": "invalid_value"}.items():
        text = FULL.replace("    refresh: 5m", f"    refresh: 5m\n    ca_bundle: {name}")

        (finding,) = folder.load(text).findings

        assert (finding.line, finding.code) == (18, code)


def test_an_address_that_is_none_is_told_once(folder: Folder) -> None:
    findings = folder.load(FULL.replace("spreadsheet: 1AbC", "url: badurl")).findings

    assert [(f.line, f.message) for f in findings] == [(21, "'url': 'badurl' is no site")]


def test_a_refused_value_in_the_file_is_explained(folder: Folder) -> None:
    (finding,) = folder.load(FULL.replace("bot@acme.example", "nobody")).findings

    assert finding.message == "'email': 'nobody' is no address"


def test_the_mappings_learn_everything_but_secrets(folder: Folder) -> None:
    context = folder.settings(FULL).context(ENVIRONMENT)

    assert list(context.cycles) == ["2026-Q4"]
    tracker, usage = context.connections["tracker"], context.connections["usage"]
    assert (tracker.connector, tracker.refresh) == ("tickets", timedelta(minutes=5))
    assert tracker.defaults == {"url": "https://acme.example", "email": "bot@acme.example"}
    assert (usage.teams, usage.defaults) == ({"product"}, {"spreadsheet": "1AbC"})


@pytest.mark.parametrize(
    ("store", "url"),
    [
        ("sqlite:///data/okr.db", "sqlite:///{folder}/data/okr.db"),
        ("sqlite:////var/lib/okr.db", "sqlite:////var/lib/okr.db"),
        ("postgresql://db/syncd", "postgresql://db/syncd"),
    ],
)
def test_a_relative_store_counts_from_the_folder_of_the_file(folder: Folder, store: str, url: str) -> None:
    settings = folder.settings(f"{MINIMAL}store: {store}\n")

    assert settings.store_url({}) == url.format(folder=folder.path)


def test_plain_http_is_allowed_where_networks_are_listed(folder: Folder) -> None:
    text = MINIMAL + "allow_networks: {connections: [127.0.0.0/8], endpoints: [127.0.0.0/8]}\n"
    text += 'connections: {t: {connector: tickets, url: "http://127.0.0.1:8080", token: "${T}"}}\n'
    text += 'endpoints: {e: {url: "http://127.0.0.1:9090/hook", secret: "${S}"}}\n'

    assert folder.load(text).findings == ()


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path / "syncd.yaml", PLUGINS, environ={})

    assert [f.code for f in loaded.findings] == ["unreadable"]
    assert loaded.settings is None


KEYS = st.sampled_from(
    [
        "organisation",
        "instance",
        "timezone",
        "cycles",
        "holidays",
        "store",
        "mappings",
        "allow_networks",
        "connections",
        "endpoints",
        "pace",
        "forecast",
        "over",
        "min_points",
        "keep",
        "deliveries",
        "history",
        "connector",
        "tickets",
        "sheets",
        "url",
        "token",
        "from",
        "to",
        "secret",
        "events",
        "teams",
        "refresh",
        "UTC",
        "2026-10-01",
        "${X}",
    ]
)
TREES = st.recursive(
    KEYS | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, TREES, max_size=8))
def test_no_tree_of_known_words_stops_the_loader(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(json.dumps(tree))

    loaded = load_settings(path, PLUGINS, environ={"X": "x"}, resolve_secrets=True)

    assert (loaded.settings is None) == any(f.severity == "error" for f in loaded.findings)
