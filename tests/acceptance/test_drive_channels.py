"""`push: true`: syncd opens channels at Drive itself, takes what comes over them, and stops them."""

from __future__ import annotations

import httpx
import pytest

from tests.installations import SPREADSHEET, Site, eventually
from tests.serving import Serving, serving
from tests.signing import VENDORS_SECRET

PUBLIC = "https://okr.acme.example"
Channel = dict[str, str]


@pytest.fixture
def pushed(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("HOOK_SECRET", VENDORS_SECRET)
    site.settings["public_url"] = PUBLIC
    site.settings["connections"]["usage"] |= {
        "push": True,
        "hook_secret": "${HOOK_SECRET}",
        "refresh": "1h",
        "min_interval": "0s",
    }
    site.write_settings()
    site.run("apply")
    return site


def channels(site: Site) -> dict[str, Channel]:
    found: dict[str, Channel] = site.sources.sheets.world.get("channels", {})
    return found


def notified(served: Serving, id_: str, channel: Channel, *, number: int, state: str = "update") -> int:
    """As Drive sends it, to where it would."""
    headers = {
        "x-goog-channel-id": id_,
        "x-goog-channel-token": channel["token"],
        "x-goog-message-number": str(number),
        "x-goog-resource-state": state,
        "x-goog-resource-id": channel["resourceId"],
        "x-goog-resource-uri": f"https://www.googleapis.com/drive/v3/files/{channel['spreadsheet']}?alt=json",
    }
    path = channel["address"].removeprefix(PUBLIC)
    return httpx.post(f"{served.url}{path}", headers=headers, trust_env=False).status_code


def reads(site: Site) -> int:
    return sum("batchGet" in exchange.path for exchange in site.sources.sheets.exchanges)


def test_a_channel_is_opened_once_wakes_a_sync_and_is_stopped_when_nobody_maps_the_file(
    pushed: Site,
) -> None:
    before = pushed.run("hooks list", "usage", "--json")
    with serving(pushed) as served:
        eventually(lambda: channels(pushed) and reads(pushed))
        ((id_, channel),) = channels(pushed).items()
        eventually(lambda: served.said("channel.opened"))
        listed = pushed.run("hooks list", "usage", "--json")
        began = notified(served, id_, channel, number=1, state="sync")
        asked = reads(pushed)
        changed = notified(served, id_, channel, number=2)
        forged = notified(served, id_, {**channel, "token": "guessed"}, number=3)
        eventually(lambda: reads(pushed) > asked)
    pushed.one({"from": "code", "issues": {"repo": "acme/app", "state": "open"}})
    pushed.run("apply", "--allow-removals")
    with serving(pushed) as served:
        eventually(lambda: served.said("channel.stopped"))

    assert (channel["spreadsheet"], channel["address"]) == (SPREADSHEET, f"{PUBLIC}/hooks/usage")
    assert (before.code, [row["state"] for row in before.json]) == (2, ["missing"])
    assert (listed.code, [(row["state"], row["id"]) for row in listed.json]) == (0, [("open", id_)])
    assert (began, changed, forged) == (202, 202, 404)
    assert channels(pushed) == {}
    watches = [one for one in pushed.sources.sheets.exchanges if one.path.endswith("/watch")]
    assert len(watches) == 1


def test_a_refusal_is_listed_and_numbers_are_read_all_the_same(pushed: Site) -> None:
    pushed.fail(pushed.sources.sheets, r"/drive/.*", 403)

    with serving(pushed) as served:
        eventually(lambda: served.said("channel.failed") and reads(pushed))
        listed = pushed.run("hooks list", "usage", "--json")

    assert (listed.code, [row["state"] for row in listed.json]) == (1, ["failed"])
    assert "is not shared with" in listed.json[0]["error"]
    assert VENDORS_SECRET not in "".join(served.lines)
