"""What the example organisation's two spreadsheets know at each step.

The organisation is an invented digital pharmacy of about 200 people.
"""

from __future__ import annotations

from syncd.demo.steps import STEPS, World, grown, way

USAGE, STAFF = "usage-2026", "people-2026"


def sheets(step: int) -> World:
    """Both spreadsheets."""
    active = grown(step, start=12_000, end=13_200)
    usage = {
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
        "Daily": [["Day", "Customers"]]
        + [[f"Day {day}", 500 + 23 * day] for day in range(1, 20 + 2 * min(step, STEPS))],
        "Ratings": [["Day", "Shop", "Stars"]]
        + [[f"Day {day}", "app", stars] for day, stars in enumerate(_stars(step), start=1)],
        "Tests": [["Test", "Feature", "Led by Anna"]]
        + [[f"Test {n}", "reminder", 1 if n % 2 else None] for n in range(1, grown(step, start=7, end=22))],
        "Refunds": [["Refund"]] + [[f"Refund {n}"] for n in range(grown(step, start=17, end=9))],
    }
    staff = {
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
        ],
        "Hiring": [["Role", "Opened", "Signed", "Days"]]
        + [[f"Role {n}", "", "", 44 - n - min(step, STEPS) // 5] for n in range(1, 9)],
        "Hiring summary": [
            ["Metric", "Start", "Current"],
            ["Days from need to contract", 60, grown(step, start=55, end=41)],
            ["Applicants", 300, grown(step, start=310, end=420)],
            ["Applicants diverse", 120, grown(step, start=131, end=194)],
        ],
        "Workshops": [["Workshop"]] + [[f"Workshop {n}"] for n in range(grown(step, start=3, end=9))],
        "Cohorts": [
            ["Cohort", "People"],
            ["Spring", 18],
            ["Summer", 24],
            ["Autumn", grown(step, start=21, end=41)],
        ],
    }
    return {
        "spreadsheets": {
            USAGE: {
                "title": "Usage",
                "tabs": usage,
                "named_ranges": {"active_customers": "Adoption!C2"},
            },
            STAFF: {
                "title": "People",
                "tabs": staff,
                "named_ranges": {
                    "headcount": "People!C2",
                    "academy_enrolled": "People!C3",
                    "privacy_trained": "People!C4",
                },
            },
        }
    }


def _stars(step: int) -> list[float]:
    return [3.4 + 0.1 * (n % 5) + 0.02 * min(step, STEPS) for n in range(30)]
