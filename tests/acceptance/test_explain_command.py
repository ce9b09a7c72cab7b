"""`syncd explain` and `syncd status`: every number leads back to where it came from."""

from __future__ import annotations

import getpass

import pytest

from tests.installations import CYCLE, Site, a_mapping, cell, key_result

MAPPING = f"""\
cycle: {CYCLE}
team: product
objectives:
  growth:
    title: People use what we build
    key_results:
      adoption:
        title: Customers who use the assistant
        unit: ratio
        start: 0.2
        target: 0.75
        measure:
          users: {{from: usage, cell: {{tab: Adoption, row: "Assistant users", column: Current}}}}
          active: {{from: usage, named_range: active_customers}}
        value: users / active
"""


def test_a_number_leads_back_to_queries_raw_values_formula_file_version_and_person(site: Site) -> None:
    site.write(MAPPING)
    digest = site.run("apply", "--json").json["digest"]
    site.run("sync")

    facts = site.run("explain", "product/growth/adoption", "--json").json

    users, active = facts["inputs"]
    assert (facts["current"], facts["formula"]) == (0.25, "users / active")
    assert (users["name"], users["connection"], users["value"]) == ("users", "usage", 3_000)
    assert "Assistant users" in users["query"]
    assert (active["name"], active["query"], active["value"]) == (
        "active",
        'named_range: "active_customers"',
        12_000,
    )
    assert users["read_at"].endswith("Z")
    assert users["evidence_url"].startswith("https://docs.google.com/")
    assert users["place"].endswith("product.yaml:13:11")
    assert facts["mapping"]["path"].endswith("product.yaml")
    assert facts["mapping"]["line"] == 7
    assert facts["mapping"]["version"] == digest
    assert facts["mapping"]["applied_by"] == getpass.getuser()
    assert facts["mapping"]["applied_at"].endswith("Z")
    assert [past["current"] for past in facts["history"]] == [0.25]
    assert facts["history"][0]["digest"] == facts["mapping"]["digest"]


def test_the_history_shows_each_value_that_it_had(site: Site) -> None:
    site.one(cell("Complaints"), start=40, target=0)
    for value in (8, 8, 3):
        site.set_cell("Complaints", value)
        site.sync()

    facts = site.run("explain", "product/only/one", "--json").json

    assert [past["current"] for past in facts["history"]] == [3, 8]


def test_an_input_that_fails_is_explained_with_since_when(site: Site) -> None:
    site.one(cell("Complaints"), start=40, target=0)
    site.sync()
    site.set_cell("Complaints", "#REF!")
    site.sync(code=3)

    ran = site.run("explain", "product/only/one", "--json")
    shown = site.run("explain", "product/only/one")

    (used,) = ran.json["inputs"]
    assert (used["value"], used["error"]["code"]) == (0, "cell_error")
    assert used["failing_since"].endswith("Z")
    assert "#REF!" in shown.out
    assert "failing since" in shown.out


def test_the_page_for_people_shows_the_same_way_back(site: Site) -> None:
    site.write(MAPPING)
    site.sync()

    out = site.run("explain", f"product/growth/adoption@{CYCLE}").out

    for words in ("users / active", "users = 3,000", "active = 12,000", "product.yaml:7", getpass.getuser()):
        assert words in out


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("product/growth/adoptoin", "product/growth/adoption"), ("product/growth/adoption@1999-Q1", CYCLE)],
)
def test_an_unknown_id_is_answered_with_what_may_be_meant(site: Site, wanted: str, words: str) -> None:
    site.sync()

    ran = site.run("explain", wanted)

    assert ran.code == 1
    assert words in ran.err


def test_status_before_anything_was_recorded_says_what_to_do(site: Site) -> None:
    ran = site.run("status")

    assert ran.code == 1
    assert "syncd" in ran.err
    assert not site.database.exists()


def test_status_shows_the_rollup_and_who_supports_whom(site: Site) -> None:
    mapping = a_mapping(
        {"care": {"title": "Care", "key_results": {"kr": key_result(cell("Complaints"), start=40, target=0)}}}
    )
    del mapping["team"]
    site.write({**mapping, "organisation": True}, "company.yaml")
    product = a_mapping()
    product["objectives"]["growth"]["supports"] = ["company/care"]
    site.write(product)

    site.sync()

    rows = {row["id"]: row for row in site.run("status", "--json").json["objectives"]}
    assert rows["product/growth"]["supports"] == ["company/care"]
    assert rows["company/care"]["tier"] == "organisation"
    assert (rows["product/growth"]["known"], rows["product/growth"]["of"]) == (2, 2)
    assert rows["product/growth"]["progress"] == pytest.approx((0.05 / 0.55 + 1) / 2)
