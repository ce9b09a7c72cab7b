"""What the example organisation's two spreadsheets know at each step.

The organisation is an invented digital pharmacy of about 200 people.
"""

from __future__ import annotations

from syncd.demo.steps import STEPS, World, grown, way

USAGE, STAFF = "usage-2026", "people-2026"


def sheets(step: int) -> World:
    """Both spreadsheets."""
    return {
        "spreadsheets": {
            USAGE: {
                "title": "Usage",
                "tabs": usage(step),
                "named_ranges": {"active_customers": "Adoption!C2"},
            },
            STAFF: {
                "title": "People",
                "tabs": staff(step),
                "named_ranges": {
                    "headcount": "People!C2",
                    "academy_enrolled": "People!C3",
                    "privacy_trained": "People!C4",
                },
            },
        }
    }


def usage(step: int) -> World:
    """Tabs of what customers do."""
    active = grown(step, start=12_000, end=13_200)
    led = grown(step, start=7, end=22)
    return {
        "Adoption": [
            ["Metric", "Start", "Current"],
            ["Active customers", 11_500, active],
            ["Assistant users", 2_300, grown(step, start=4_100, end=9_300)],
            ["Wearables connected", 1_380, grown(step, start=2_900, end=6_100)],
        ],
        "Satisfaction": [
            ["Metric", "July", "August", "September", "October", "November"],
            ["Net Promoter Score", 31, 33, 32, 36, grown(step, start=38, end=49)],
            ["Satisfied", 210, 215, 230, 241, grown(step, start=256, end=310)],
            ["Answers", 381, 390, 402, 405, grown(step, start=410, end=448)],
            ["Invited", 850, 850, 800, 760, 640],
        ],
        "Web": [
            ["Metric", "September", "October", "November"],
            ["Page load p75", 2.0, 1.95, round(way(step, start=1.92, end=1.68), 2)],
            ["Availability", 0.9991, 0.9993, 0.9984 if 6 <= step < 10 else 0.9995],
        ],
        "Support": [
            ["Metric", "September", "October", "November"],
            ["Questions", 900, 880, grown(step, start=860, end=900)],
            ["Solved at once", 450, 460, grown(step, start=480, end=640)],
        ],
        "Plan": [["What", "Target"], ["Solved at once", 0.7]],
        "Daily": [["Day", "Customers"]]
        + [[f"Day {day}", 500 + 23 * day] for day in range(1, 20 + 2 * min(step, STEPS))],
        "Ratings": [["Day", "Shop", "Stars"]]
        + [[f"Day {day}", "app", stars] for day, stars in enumerate(_stars(step), start=1)],
        "Tests": [["Test", "Feature", "Led by Anna"]]
        + [[f"Test {n}", "reminder", 1 if n % 2 else None] for n in range(1, led)],
        "Pages": [["Page", "Helpful"]]
        + [[f"Page {n}", 0.9 if n < grown(step, start=19, end=41) else 0.6] for n in range(48)],
        "Shifts": [["Shift", "People"]] + [[f"Shift {n}", 3 + n % 3] for n in range(14)],
        "Refunds": [["Refund", "EUR"]]
        + [[f"Refund {n}", 7.5 + 4.2 * n] for n in range(grown(step, start=17, end=9))],
        "Office hours": [["What", "This week"], ["Hours in the pharmacies", grown(step, start=3, end=5)]],
    }


def staff(step: int) -> World:
    """Tabs of the people who work there."""
    held = grown(step, start=1, end=3)
    return {
        "People": [
            ["Metric", "Start", "Current"],
            ["Headcount", 196, 204],
            ["Academy enrolled", 20, grown(step, start=70, end=178)],
            ["Privacy trained", 60, grown(step, start=104, end=204)],
            ["Internal promotions", 10, grown(step, start=11, end=14)],
            ["High potentials", 50, 50],
            ["High potentials left", 6, 5],
            ["Leaders", 40, 40],
            ["Leaders represented", 11, grown(step, start=12, end=14)],
            ["Represented in leadership", 0.28, None],
        ],
        "Hiring": [["Role", "Opened", "Signed", "Days"]]
        + [[f"Role {n}", "", "", 43 - n - min(step, STEPS) // 5] for n in range(1, 9)],
        "Hiring summary": [
            ["Metric", "Start", "Current"],
            ["Applicants", 300, grown(step, start=310, end=420)],
            ["Applicants diverse", 120, grown(step, start=131, end=194)],
        ],
        "Events": [["Event", "State"]]
        + [[f"Event {n}", "held" if n < held else "planned"] for n in range(4)],
        "Workshops": [["Workshop"]] + [[f"Workshop {n}"] for n in range(grown(step, start=16, end=21))],
        "Cohorts": [
            ["Cohort", "People"],
            ["Spring", 18],
            ["Summer", 24],
            ["Autumn", grown(step, start=21, end=41)],
        ],
    }


def _stars(step: int) -> list[float]:
    return [3.4 + 0.1 * (n % 5) + 0.02 * min(step, STEPS) for n in range(30)]
