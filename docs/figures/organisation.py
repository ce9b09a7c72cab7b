"""Every key result of the example organisation: what is counted, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise

from days import EXPECTED, at, happened, in_cycle, lately, midnight, seconds, share_of_cycle
from kinds import Row, change, composite, keep, milestones, nothing, observe, only_now, rate, reach
from paper import mean, median, paper, rank, shown, total
from sources import (
    STORY_POINTS,
    cell,
    cells,
    count,
    done,
    in_milestone,
    is_open,
    labelled,
    moves,
    numbers,
    points,
    things,
    ticket,
    tickets,
)
from world import WORLD


def key_results() -> dict[str, Row]:
    found = {**company(), **product(), **people(), **platform(), **support(), **persons()}
    found["company/care-without-queues/care-as-felt"] = composite(
        {
            "company/care-without-queues/satisfied": 2,
            "company/care-without-queues/promoter-score": 1,
            "product/pharmacy-experience/user-satisfaction": 1,
        },
        of=found,
        take="mean",
    )
    found["company/future-ready-workforce/weakest-link"] = composite(
        {
            "people/hire-well/time-to-hire": 1,
            "company/future-ready-workforce/turnover": 1,
            "people/learn-together/training": 1,
        },
        of=found,
        take="worst",
    )
    return dict(sorted(found.items()))


def company() -> dict[str, Row]:
    care, ready = "company/care-without-queues", "company/future-ready-workforce"
    active = cell("Adoption", "Active customers")
    headcount = cell("People", "Headcount")
    return {
        f"{care}/assistant-adoption": reach(
            cell("Adoption", "Assistant users") / active, start="0.20", target="0.75"
        ),
        f"{care}/wearables": reach(
            cell("Adoption", "Wearables connected") / active, start="0.12", target="0.50"
        ),
        f"{care}/promoter-score": change(cell("Satisfaction", "Net Promoter Score"), start="31", amount="20"),
        f"{care}/satisfied": reach(
            cell("Satisfaction", "Satisfied") / cell("Satisfaction", "Answers"), start="0.55", target="0.70"
        ),
        f"{care}/no-incidents": keep(
            count(tickets("CARE", "Incident")) - count(done(tickets("CARE", "Incident"))), high="0"
        ),
        f"{ready}/enrolment": reach(
            cell("People", "Academy enrolled") / headcount, start="0.10", target="0.90"
        ),
        f"{ready}/promotions": change(cell("People", "Internal promotions"), start="10", share="40"),
        f"{ready}/turnover": change(
            cell("People", "High potentials left") / cell("People", "High potentials"),
            start="0.12",
            share="-25",
        ),
        f"{ready}/leadership": change(
            cell("People", "Leaders represented") / cell("People", "Leaders"),
            start=cell("People", "Represented in leadership", 1),
            share="25",
        ),
    }


def product() -> dict[str, Row]:
    health, learn = "product/pharmacy-experience", "product/learn-from-users"
    reminder = tickets("PHX", "", version="reminder")
    stories = tickets("PHX", "Story")
    epics = [epic for epic in tickets("PHX", "Epic") if in_cycle(epic["created"])]
    daily = numbers("Daily", 1)[-1] / cell("Adoption", "Active customers")
    work = [
        seconds(moves(story, "Done")[-1] - moves(story, "In Progress")[0])
        for story in done(stories)
        if lately(28)(moves(story, "Done")[-1].isoformat())
    ]
    to_market = shown(rank(work, 85) / 86_400)
    reported = labelled("user-reported")
    sizes = points(stories)
    return {
        f"{health}/assistant-daily": reach(daily, start="0.04", target="0.15", expected=phased()),
        f"{health}/reminder-scope": reach(count(done(reminder)) / count(reminder), start="0", target="1"),
        f"{health}/reminder-points": reach(total(points(done(reminder))), start="0", target="150"),
        f"{health}/launch": milestones(
            [
                (True, 1, date(2026, 10, 25)),
                (ticket("PHX-1")["status"] == "Done", 2, date(2026, 11, 15)),
                (len(done(tickets("PHX", "", label="wearable"))) >= 3, 1, date(2026, 12, 5)),
                (False, 1, None),
            ]
        ),
        f"{health}/launch-checks": reach(
            count(done(map(ticket, ("PHX-1", "PHX-2", "PHX-3")))) / 3, start="0", target="1"
        ),
        f"{health}/user-satisfaction": change(mean(numbers("Ratings", 2)), start="3.2", share="30"),
        f"{health}/time-to-market": change(to_market, start=to_market, share="-50"),
        f"{learn}/usability-tests": reach(count(cells("Tests", 0)), start="0", target="20"),
        f"{learn}/with-insight": reach(
            count(epic for epic in epics if "user-insight" in epic["labels"]) / count(epics),
            start="0.40",
            target="1",
        ),
        f"{learn}/reported-issues": rate(10, "month", happened([one.get("closed_at") for one in reported])),
        f"{learn}/response-rate": reach(
            cell("Satisfaction", "Answers") / cell("Satisfaction", "Invited"), start="0.45", target="0.80"
        ),
        f"{learn}/small-stories": keep(median(sizes), low="2", high="5", tolerance="3"),
        f"{learn}/estimate-spread": observe(max(sizes) - min(sizes)),
        f"{learn}/launch-reports": observe(
            happened([one["created_at"] for one in reported])(date(2026, 10, 20), date(2026, 11, 2))
        ),
        f"{learn}/stars": observe(paper(WORLD["github"]["repos"]["acme/design-system"]["stars"])),
    }


def phased() -> Fraction:
    """What is expected on the way from 0.04 to 0.15 over the two points in between."""
    way = [
        (Fraction(0), Fraction("0.04")),
        (share_of_cycle(midnight(date(2026, 11, 1))), Fraction("0.05")),
        (share_of_cycle(midnight(date(2026, 12, 1))), Fraction("0.09")),
        (Fraction(1), Fraction("0.15")),
    ]
    left, right = next((one, other) for one, other in pairwise(way) if one[0] <= EXPECTED < other[0])
    value = left[1] + (right[1] - left[1]) * (EXPECTED - left[0]) / (right[0] - left[0])
    return (value - Fraction("0.04")) / (Fraction("0.15") - Fraction("0.04"))


def people() -> dict[str, Row]:
    hire, learn = "people/hire-well", "people/learn-together"
    candidates = tickets("HR", "Candidate")
    roles = [
        seconds(at(role["resolutiondate"]) - at(role["created"]))
        for role in tickets("HR", "Role")
        if lately(28)(role["resolutiondate"])
    ]
    listed = [one["created"] for one in candidates if "shortlist" in one["labels"]]
    held = count(cells("Workshops", 0)) - 12
    return {
        f"{hire}/time-to-hire": change(mean(numbers("Hiring", 3)), start="40", share="-10"),
        f"{hire}/hiring-cycle": change(mean(roles) / 86_400, start="60", share="-30"),
        f"{hire}/candidates": rate(10, "week", happened(listed)),
        f"{hire}/answered": keep(
            count(one for one in candidates if lately(7)(one["updated"])) / count(candidates),
            low="0.9",
            tolerance="0.4",
        ),
        f"{hire}/hiring-events": reach(
            count(state for state in cells("Events", 1) if state == "held"), start="0", target="3"
        ),
        f"{hire}/applicants": change(
            cell("Hiring summary", "Applicants diverse") / cell("Hiring summary", "Applicants"),
            start="0.40",
            share="15",
        ),
        f"{learn}/workshops": rate(
            3, "month", only_now(held, before=Fraction(0)), carry_over=True, reaches_back=True
        ),
        f"{learn}/office-hours": rate(
            4, "week", only_now(cell("Office hours", "Hours in the pharmacies"), before=None)
        ),
        f"{learn}/training": reach(
            cell("People", "Privacy trained") / cell("People", "Headcount"), start="0.30", target="1"
        ),
        f"{learn}/largest-cohort": observe(max(numbers("Cohorts", 1))),
    }


def platform() -> dict[str, Row]:
    fast, ship = "platform/fast-and-steady", "platform/ship-on-time"
    app = WORLD["github"]["repos"]["acme/app"]
    pulls = things("acme/app", is_pr=True)
    took = [
        seconds(at(pull["merged_at"]) - at(pull["created_at"]))
        for pull in pulls
        if lately(28)(pull.get("merged_at"))
    ]
    slowest = shown(rank(took, 95) / 86_400)
    runs = [run for run in app["workflow_runs"] if lately(28)(run["created_at"])]
    good = [one["created_at"] for one in app["deployments"] if one["statuses"][-1]["state"] == "success"]
    four, forms = in_milestone("acme/app", "4.0"), in_milestone("acme/design-system", "Forms")
    built = shown(count(one for one in forms if not is_open(one)) / count(forms))
    plans = done(tickets("PHX", "Milestone"))
    stories = tickets("PHX", "Story")
    reopened = [moment for story in stories for moment in moves(story, "Reopened")]
    design = things("acme/design-system", is_pr=True)
    return {
        f"{fast}/page-load": change(cell("Web", "Page load p75"), start="2.0", share="-15"),
        f"{fast}/availability": keep(cell("Web", "Availability"), low="0.999", tolerance="0.001"),
        f"{fast}/open-bugs": reach(
            count(one for one in labelled("bug") if is_open(one)), start="40", target="12"
        ),
        f"{fast}/review-queue": keep(count(filter(is_open, pulls)), high="8", tolerance="6"),
        f"{fast}/review-time": keep(median(took) / 3600, high="36", tolerance="12", is_strict=True),
        f"{fast}/slowest-reviews": change(slowest, start=slowest, amount="-0.5"),
        f"{fast}/green-builds": reach(
            count(run for run in runs if run["conclusion"] == "success") / count(runs),
            start="0.80",
            target="0.95",
        ),
        f"{fast}/releases": rate(1, "week", happened([one["published_at"] for one in app["releases"]])),
        f"{fast}/deployments": rate(1, "day", happened(good), carry_over=True),
        f"{ship}/version-4": reach(
            count(one for one in four if not is_open(one)) / count(four), start="0", target="1"
        ),
        f"{ship}/design-system": reach(built, start=built, target="0.8"),
        f"{ship}/milestones-on-time": reach(
            count(one for one in plans if "on-time" in one["labels"]) / count(plans),
            start="0.60",
            target="0.90",
        ),
        f"{ship}/done-stays-done": keep(
            count(moment for moment in reopened if lately(28)(moment.isoformat()))
            / count(one for one in stories if lately(28)(one["resolutiondate"])),
            high="0.05",
            tolerance="0.15",
        ),
        f"{ship}/merged": observe(count(pull for pull in design if lately(28)(pull.get("merged_at")))),
    }


def support() -> dict[str, Row]:
    helps = "support/answers-that-help"
    refunds = numbers("Refunds", 1)
    return {
        # Nobody answers for the help desk: what was never read has no value.
        f"{helps}/open-questions": nothing("reach", start="25", target="5"),
        f"{helps}/escalations": nothing("keep"),
        f"{helps}/first-answer": reach(
            cell("Support", "Solved at once") / cell("Support", "Questions"),
            start="0.50",
            target=cell("Plan", "Solved at once"),
        ),
        f"{helps}/help-pages": reach(
            count(page for page in numbers("Pages", 1) if page > Fraction("0.8")), start="10", target="40"
        ),
        f"{helps}/never-alone": keep(min(numbers("Shifts", 1)), low="2", is_strict=True),
        f"{helps}/refunds": keep(count(cells("Refunds", 0)), high="12", tolerance="12", is_strict=True),
        f"{helps}/small-refunds": observe(total(refund for refund in refunds if refund < 20)),
    }


def persons() -> dict[str, Row]:
    anna, jonas = "anna/closer-to-users", "jonas/calmer-builds"
    mine = [pull for pull in things("acme/app", is_pr=True) if pull["author"] == "jonas"]
    return {
        f"{anna}/interviews": reach(count(cells("Tests", 2)), start="0", target="12"),
        f"{anna}/first-epic": observe(paper(ticket("PHX-2")[STORY_POINTS])),
        f"{anna}/estimates": keep(
            mean(points(tickets("PHX", "Story", label="anna"))), high="5", tolerance="1", is_strict=True
        ),
        f"{jonas}/flaky-tests": keep(
            count(one for one in labelled("flaky-test") if is_open(one)), high="0", tolerance="15"
        ),
        f"{jonas}/finished": reach(
            count(pull for pull in mine if in_cycle(pull.get("merged_at"))), start="0", target="30"
        ),
        f"{jonas}/notes": nothing("reach", start="0", target="8"),
    }


WEIGHTS = {
    "company/care-without-queues/assistant-adoption": 2,
    "company/care-without-queues/care-as-felt": 0,
    "company/future-ready-workforce/weakest-link": 0,
    "product/pharmacy-experience/reminder-scope": 2,
}
"""Every other key result weighs 1."""

SHADOW = {"product/learn-from-users/small-stories"}
"""A pilot: no part of what is told to consumers."""

SUPPORTERS = {"company/future-ready-workforce": ("people/hire-well", "people/learn-together")}
"""What rolls up from the objectives that support it."""


def objectives(found: Mapping[str, Row]) -> dict[str, tuple[Fraction | None, int, int]]:
    """Progress, how many are known, of how many."""
    rolled: dict[str, tuple[Fraction | None, int, int]] = {"company/one-company": (None, 0, 0)}
    for id_ in sorted({id_.rpartition("/")[0] for id_ in found} - set(SUPPORTERS)):
        mine = [
            (row.progress, WEIGHTS.get(kr, 1))
            for kr, row in found.items()
            if kr.rpartition("/")[0] == id_ and kr not in SHADOW
        ]
        rolled[id_] = roll_up(mine)
    for id_, supporters in SUPPORTERS.items():
        rolled[id_] = roll_up([(rolled[one][0], 1) for one in supporters])
    return dict(sorted(rolled.items()))


def roll_up(parts: Sequence[tuple[Fraction | None, int]]) -> tuple[Fraction | None, int, int]:
    known = [(progress, weight) for progress, weight in parts if progress is not None]
    weight = sum(weight for _, weight in known)
    mixed = shown(total(p * w for p, w in known) / weight) if weight else None
    return mixed, len(known), len(parts)
