"""`syncd drift`: is what is computed what people say?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.installations import Ran, Row, Site, cell, key_result

USERS = "product/only/users"


def users(**more: Any) -> Row:  # Any: YAML
    return key_result(cell("Assistant users"), start=0, target=12_000, **more)


@pytest.fixture
def shadow_site(site: Site) -> Site:
    """`users` is in shadow, and 3,000 are measured; `audits` is set by hand."""
    site.several(users=users(mode="shadow"), audits=key_result(None, target=4, mode="shadow"))
    site.sync()
    site.consumer.take()
    return site


def say(site: Site, value: float, *more: str, of: str = USERS) -> Row:
    ran = site.run("check-in", of, "--value", str(value), "--author", "anna", "--json", *more)
    assert ran.code == 0, ran.err
    return ran.json


def rows(ran: Ran) -> dict[str, Row]:
    return {row["id"].rpartition("/")[2]: row for row in ran.json["key_results"]}


def test_a_word_in_shadow_stands_beside_the_computed_number(shadow_site: Site) -> None:
    said = say(shadow_site, 2_900, "--confidence", "0.7")

    assert said["check_in"]["until"] is None
    row = shadow_site.status()["users"]
    assert (row["current"], row["origin"], row["confidence"]) == (3_000, "sync", 0.7)
    newest = shadow_site.run("explain", USERS, "--json").json["history"][0]
    assert (newest["current"], newest["said"], newest["computed"]) == (3_000, 2_900, 3_000)
    assert newest["author"] == "anna"
    assert "anna says 2,900" in shadow_site.run("explain", USERS).out
    shadow_site.sync()
    assert shadow_site.status()["users"]["current"] == 3_000
    assert shadow_site.consumer.take() == []


def test_a_word_in_shadow_has_no_end(shadow_site: Site) -> None:
    ran = shadow_site.run("check-in", USERS, "--value", "5", "--until", "2099-01-01")

    assert ran.code == 1
    assert "invalid_until" in ran.err


def test_a_number_that_nobody_measures_is_set_in_shadow_too(shadow_site: Site) -> None:
    say(shadow_site, 3, of="product/only/audits")

    assert shadow_site.status()["audits"]["current"] == 3
    assert shadow_site.consumer.take() == []


def test_nothing_to_compare_is_said_and_is_no_zero(shadow_site: Site) -> None:
    ran = shadow_site.run("drift", "--json")

    assert ran.code == 0
    row = rows(ran)["users"]
    assert (row["verdict"], row["comparisons"], row["latest"]) == ("nothing_to_compare", 0, None)
    assert (row["largest_difference"], row["mean_difference"]) == (None, None)
    assert row["words"] == "nothing to compare: nobody has said a number"
    assert rows(ran)["audits"]["words"] == "nothing to compare: it is set by hand"


def test_within_the_tolerance_it_exits_with_zero(shadow_site: Site) -> None:
    say(shadow_site, 2_900)

    ran = shadow_site.run("drift", "--json")

    assert ran.code == 0
    assert ran.json["tolerance"] == 0.05
    row = rows(ran)["users"]
    assert (row["verdict"], row["comparisons"], row["outside"]) == ("within", 1, 0)
    assert row["latest"]["difference"] == 100
    assert row["shadow_since"] is not None


def test_what_drifts_exits_with_two_and_says_how_far(shadow_site: Site) -> None:
    say(shadow_site, 2_500)
    say(shadow_site, 2_000)

    ran = shadow_site.run("drift", USERS, "--json")

    assert ran.code == 2
    row = rows(ran)["users"]
    assert (row["largest_difference"], row["mean_difference"], row["comparisons"]) == (1_000, 750, 2)
    assert row["latest"]["relative"] == 0.5
    assert row["words"] == "drifts: 50 % more than was said, over 5 %"
    assert "50 % more than was said" in shadow_site.run("drift").out
    assert "| `product/only/users` | 2,000 | 3,000 |" in shadow_site.run("drift", "--markdown").out
    assert shadow_site.run("drift", "--tolerance", "50%").code == 0
    assert shadow_site.run("drift", "--tolerance", "0.5").code == 0


def test_each_word_is_compared_with_what_was_computed_then(shadow_site: Site) -> None:
    say(shadow_site, 3_000)
    shadow_site.set_cell("Assistant users", 6_000)
    shadow_site.sync()

    ran = shadow_site.run("drift", USERS, "--json")

    assert ran.code == 0
    assert rows(ran)["users"]["latest"]["computed"] == 3_000
    assert rows(ran)["users"]["current"] == 6_000


def test_an_override_of_a_live_number_is_compared_with_what_is_measured(site: Site) -> None:
    site.several(users=users(), quiet=users())
    site.sync()
    say(site, 1_000)

    ran = site.run("drift", "--json")

    assert ran.code == 2
    assert rows(ran).keys() == {"users"}
    latest = rows(ran)["users"]["latest"]
    assert (latest["said"], latest["computed"], latest["author"]) == (1_000, 3_000, "anna")
    assert rows(ran)["users"]["current"] == 3_000


def test_an_override_ends_when_its_key_result_goes_into_shadow(site: Site) -> None:
    site.several(users=users())
    site.sync()
    say(site, 1_000)

    site.several(users=users(mode="shadow"))
    site.run("apply")
    shadow = site.status()["users"]
    site.several(users=users())
    site.run("apply")

    assert (shadow["current"], shadow["origin"]) == (3_000, "sync")
    assert site.status()["users"]["current"] == 3_000


def test_a_kind_that_cannot_be_overridden_can_be_compared(site: Site) -> None:
    site.several(
        users=users(mode="shadow"),
        mix={
            "title": "Mix",
            "unit": "ratio",
            "mode": "shadow",
            "composite": {"parts": {USERS: 1}},
        },
    )
    site.sync()

    say(site, 0.25, of="product/only/mix")

    assert rows(site.run("drift", "--json"))["mix"]["verdict"] == "within"


@pytest.mark.parametrize("tolerance", ["five", "-1%", "%", "nan", "1/0"])
def test_a_tolerance_is_a_share(shadow_site: Site, tolerance: str) -> None:
    assert shadow_site.run("drift", "--tolerance", tolerance).code == 64


def test_an_unknown_key_result_is_told(shadow_site: Site) -> None:
    ran = shadow_site.run("drift", "product/only/user")

    assert ran.code == 1
    assert "unknown_key_result" in ran.err
