"""`syncd demo --once`: the whole main job on the example organisation."""

from __future__ import annotations

from tests.installations import Site


def test_the_demo_passes_once_with_its_planted_failure_alone(site: Site) -> None:
    ran = site.run_alone("demo", "--once")

    assert ran.code == 0, ran
    assert "helpdesk" in ran.out
    assert "rejected 0" in ran.out
    assert sum("not valid" in line or "401" in line for line in ran.out.splitlines()) == 1
