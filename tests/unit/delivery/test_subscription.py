"""Who hears of what: types, tiers, teams and objectives, all of which must take it."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.delivery.subscription import is_event_pattern, is_objective_pattern, is_team_pattern
from syncd.okr.event import Address
from tests.deliveries import an_endpoint

PROGRESSED = "key_result.progressed"


@pytest.mark.parametrize(
    ("wants", "takes"),
    [
        ({}, True),
        ({"events": ("objective.*",)}, False),
        ({"teams": ("product",)}, True),
        ({"teams": ("prod*",)}, True),
        ({"teams": ("sales", "growth")}, False),
        ({"tiers": ("team",)}, True),
        ({"tiers": ("organisation",)}, False),
        ({"objectives": ("product/growth",)}, True),
        ({"objectives": ("product/*",)}, True),
        ({"objectives": ("*/quality",)}, False),
        ({"teams": ("product",), "objectives": ("sales/*",)}, False),
    ],
)
def test_every_filter_must_take_it(wants: dict[str, Any], takes: bool) -> None:  # a table
    endpoint = an_endpoint(**wants)

    assert endpoint.takes(PROGRESSED, "team", "product", "product/growth") is takes


@pytest.mark.parametrize(
    ("teams", "takes"), [(("company",), True), (("product",), False), (("*",), True), ((), True)]
)
def test_the_organisations_own_are_the_companys(teams: tuple[str, ...], takes: bool) -> None:
    assert an_endpoint(teams=teams).takes(PROGRESSED, "organisation", None, "company/care") is takes


@pytest.mark.parametrize("teams", [("anna",), ("product",)])
def test_a_person_is_meant_by_handle_and_by_team_where_individuals_are_included(teams: Any) -> None:
    of_anna = (PROGRESSED, "individual", "product", "anna/learning")

    assert an_endpoint(teams=teams, include=("individual",)).takes(*of_anna)
    assert not an_endpoint(teams=teams).takes(*of_anna)
    assert not an_endpoint(tiers=("individual",)).takes(*of_anna)


def test_who_heard_of_it_where_it_stood_hears_that_it_has_gone() -> None:
    left = Address("team", "product", "product/growth")
    moved = ("key_result.moved", "team", "sales", "sales/growth", left)

    assert an_endpoint(teams=("product",)).takes(*moved)
    assert an_endpoint(objectives=("product/*",)).takes(*moved)
    assert an_endpoint(teams=("sales",)).takes(*moved)
    assert not an_endpoint(teams=("support",)).takes(*moved)
    assert not an_endpoint(teams=("product",), events=("objective.*",)).takes(*moved)


def test_who_may_not_hear_of_persons_hears_of_no_move_to_one() -> None:
    left = Address("team", "product", "product/growth")

    assert not an_endpoint().takes("key_result.moved", "individual", "product", "anna/growth", left)


def test_what_is_of_no_objective_goes_by_its_type_alone() -> None:
    endpoint = an_endpoint(teams=("sales",), objectives=("sales/*",), tiers=("team",))

    assert endpoint.takes("sync.failed", None)
    assert not an_endpoint(events=("key_result.*",), teams=("sales",)).takes("sync.failed", None)


@pytest.mark.parametrize("text", ["*", "key_result.*", "objective.progressed"])
def test_patterns_of_events(text: str) -> None:
    assert is_event_pattern(text)


@pytest.mark.parametrize("text", ["", "key_results.*", "key_result", "*.progressed", "key_result.*\n"])
def test_patterns_that_match_no_event(text: str) -> None:
    assert not is_event_pattern(text)


def test_patterns_of_names() -> None:
    assert is_team_pattern("sales-*")
    assert not is_team_pattern("Sales")
    assert not is_team_pattern("sales/x")
    assert is_objective_pattern("sales/*")
    assert not is_objective_pattern("")
