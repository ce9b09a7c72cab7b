"""`syncd hooks install`: hooks where the mappings look, once, with the secret of the connection."""

from __future__ import annotations

import pytest

from connectors.github import plugin
from connectors.github.hooks import EVENTS
from syncd import bootstrap
from syncd.egress.guard import Guard
from syncd.egress.origin import Origin
from syncd.errors import ContractBroken
from syncd.inbox.door import path_token
from tests.installations import Site
from tests.signing import VENDORS_SECRET

PUBLIC = "https://okr.acme.example"


@pytest.fixture
def hooked(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("HOOK_SECRET", VENDORS_SECRET)
    site.settings["public_url"] = PUBLIC
    for name in ("code", "tracker", "usage"):
        site.settings["connections"][name]["hook_secret"] = "${HOOK_SECRET}"
    site.write_settings()
    return site


def hooks_of_app(site: Site) -> list[dict[str, object]]:
    found: list[dict[str, object]] = site.sources.github.world["repos"]["acme/app"].get("hooks", [])
    return found


def test_a_hook_is_registered_at_each_repository_that_is_asked_for(hooked: Site) -> None:
    ran = hooked.run("hooks install", "code", "--json")

    assert [(row["place"], row["did"], row["address"]) for row in ran.json] == [
        ("acme/app", "created", f"{PUBLIC}/hooks/code")
    ]
    (hook,) = hooks_of_app(hooked)
    assert hook["events"] == list(EVENTS)
    assert hook["config"] == {
        "url": f"{PUBLIC}/hooks/code",
        "content_type": "json",
        "secret": VENDORS_SECRET,
        "insecure_ssl": "0",
    }
    assert VENDORS_SECRET not in ran.out + ran.err


def test_run_again_it_finds_what_it_registered(hooked: Site) -> None:
    hooked.run("hooks install", "code")

    ran = hooked.run("hooks install", "code", "--json")

    assert [row["did"] for row in ran.json] == ["updated"]
    assert len(hooks_of_app(hooked)) == 1


def test_a_dry_run_only_reads(hooked: Site) -> None:
    ran = hooked.run("hooks install", "code", "--dry-run", "--url", "https://elsewhere.example/")

    assert (ran.code, ran.out.split()) == (
        0,
        ["would_create", "acme/app", "https://elsewhere.example/hooks/code"],
    )
    assert {exchange.method for exchange in hooked.sources.github.exchanges} == {"GET"}


def test_jira_gets_one_hook_for_the_projects_that_are_asked_for(hooked: Site) -> None:
    ran = hooked.run("hooks install", "tracker", "--json")
    again = hooked.run("hooks install", "tracker", "--json")

    assert [row["did"] for row in (*ran.json, *again.json)] == ["created", "updated"]
    (hook,) = hooked.sources.jira.world["webhooks"]
    assert hook["filters"] == {"issue-related-events-section": 'project in ("phx")'}
    assert (hook["secret"], hook["url"]) == (VENDORS_SECRET, f"{PUBLIC}/hooks/tracker")


def test_a_jira_that_does_not_sign_gets_an_address_that_proves(hooked: Site) -> None:
    hooked.sources.jira.world["deployment"] = "Server"

    hooked.run("hooks install", "tracker")

    (hook,) = hooked.sources.jira.world["webhooks"]
    token = path_token(VENDORS_SECRET, connection="tracker")
    assert hook["url"] == f"{PUBLIC}/hooks/tracker/{token}"
    assert "secret" not in hook


@pytest.mark.parametrize("name", ["code", "tracker"])
def test_hooks_are_listed_as_they_are_at_the_source(hooked: Site, name: str) -> None:
    before = hooked.run("hooks list", name, "--json")
    hooked.run("hooks install", name)
    after = hooked.run("hooks list", name, "--json")

    assert (before.code, [row["state"] for row in before.json]) == (2, ["missing"])
    assert (after.code, [row["state"] for row in after.json]) == (0, ["registered"])
    assert [(row["id"], row["address"]) for row in after.json] == [("1", f"{PUBLIC}/hooks/{name}")]


@pytest.mark.parametrize("name", ["code", "tracker"])
def test_what_is_removed_is_gone_and_hooks_of_others_stay(hooked: Site, name: str) -> None:
    hooked.run("hooks install", name)
    hooked.run("hooks install", name, "--url", "https://another.example")

    ran = [hooked.run("hooks remove", name, *more, "--json") for more in (("--dry-run",), (), ())]
    other = hooked.run("hooks list", name, "--url", "https://another.example")

    assert [(one.code, one.json[0]["did"]) for one in ran] == [
        (0, "would_remove"),
        (0, "removed"),
        (0, "absent"),
    ]
    assert other.code == 0


def test_a_hook_that_nobody_asks_for_any_more_is_removed_by_its_place(hooked: Site) -> None:
    hooked.run("hooks install", "code")
    hooked.one(None)

    without_place = hooked.run("hooks remove", "code")
    ran = hooked.run("hooks remove", "code", "acme/app")

    assert "no mapping asks" in without_place.out
    assert ran.out.split() == ["removed", "acme/app", f"{PUBLIC}/hooks/code"]
    assert hooks_of_app(hooked) == []


@pytest.mark.parametrize("command", ["hooks list", "hooks remove"])
def test_a_place_where_hooks_cannot_be_looked_at_is_told(hooked: Site, command: str) -> None:
    hooked.fail(hooked.sources.github, r".*/hooks.*", 403)

    ran = hooked.run(command, "code", "--json")

    assert ran.code == 1
    assert "administer" in ran.json[0]["hint"]


@pytest.mark.parametrize("status", [403, 404, 422, 401])
def test_a_refusal_is_told_with_what_to_do(hooked: Site, status: int) -> None:
    hooked.fail(hooked.sources.github, r".*/hooks.*", status)

    ran = hooked.run("hooks install", "code")

    assert ran.code == 1
    assert "failed" in ran.out
    assert ran.err.strip()
    assert VENDORS_SECRET not in ran.out + ran.err


@pytest.mark.parametrize(
    ("name", "taken_away", "code"),
    [
        ("usage", "", "no_registrar"),
        ("nobody", "", "unknown_connection"),
        ("code", "public_url", "missing_public_url"),
        ("code", "hook_secret", "missing_hook_secret"),
    ],
)
def test_what_is_missing_is_told(hooked: Site, name: str, taken_away: str, code: str) -> None:
    hooked.settings.pop(taken_away, None)
    hooked.settings["connections"]["code"].pop(taken_away, None)
    hooked.write_settings()

    ran = hooked.run("hooks install", name)

    assert (ran.code, code in ran.err) == (1, True)


def test_no_other_command_may_write(hooked: Site) -> None:
    installation = bootstrap.install(hooked.folder / "syncd.yaml")
    _, wire = bootstrap.Connections(installation).open("code")

    with pytest.raises(ContractBroken):
        wire.session().post(f"{hooked.sources.urls['github']}/repos/acme/app/hooks", json={})


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/repos/acme/app"), ("POST", "/repos/acme/app/issues"), ("PATCH", "/repos/acme/app")],
)
def test_the_allowance_of_the_command_is_for_hooks_alone(method: str, path: str) -> None:
    assert plugin.hooks is not None
    origin = Origin.of("https://api.github.com")
    guard = Guard(origins=[origin], read_posts=(), writes=plugin.hooks.writes)

    assert guard.refusal("POST", "https://api.github.com/repos/acme/app/hooks") is None
    assert guard.refusal("PATCH", "https://api.github.com/repos/acme/app/hooks/1") is None
    assert isinstance(guard.refusal(method, f"https://api.github.com{path}"), ContractBroken)
