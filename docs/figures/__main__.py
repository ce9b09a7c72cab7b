"""Computes every key result of the example organisation a second time, with exact fractions.

    python docs/figures > docs/figures.md

It imports nothing of syncd. It reads `world.json`, what the example's Jira, GitHub and spreadsheets hold
at one moment, and counts, weighs and compares by the rules as the guides say them. A test holds the page
against this script, and what syncd shows against the page, digit by digit.
"""

from __future__ import annotations

import sys
from fractions import Fraction

from days import EXPECTED, FIRST, LAST, ZONE
from organisation import key_results, objectives
from world import NOW

HEAD = """# Figures

Every key result of the [example organisation](../mappings/), computed a second time. The script in
[`figures/`](figures/) wrote this page: it imports nothing of syncd, reads what the sources hold at one moment
([`world.json`](figures/world.json)), and computes with exact fractions by the rules of the guides. A test
lets syncd read the same sources through its connectors, and compares every digit.

The moment is {moment} in Berlin, on day {day} of a cycle from {first} to {last}: {expected} of it
has passed.

**What the last digit means.** A number is shown by its shortest digits, and the next one is made of what is
shown: `progress` is `(current - start) / (target - start)` of the digits in its row, exactly, rounded once to
the nearest float. `current` is the exact number that the sources make, rounded once. So you can take any row
and get its last digit on paper. Where `current` is itself rounded, as 1/3 must be, progress of the unrounded
number may differ in the last digits: by no more than half of the last binary digit of `current` over
`target - start`, which is under 10⁻¹⁵ in every row here.

`expected` is what [pace](team.md#pace) holds progress against; of a rate it is what its closed periods need
over what all need, and a band has none. Captured starts are those of this first read, so nothing is behind
them yet, and rates that no source counts by date (`office-hours`, `workshops`) know only what was read now.
The two key results of the help desk have no value, since its connection is broken on purpose, and `notes` has
none, since nobody said one. `small-stories` runs [in shadow](kinds/shadow.md), and its objective does not
count it.

## Key results

| key result | kind | start | target | current | progress, unclamped | progress | expected | pace |
|---|---|---|---|---|---|---|---|---|
"""

OBJECTIVES = """
## Objectives

| objective | progress | known |
|---|---|---|
"""


def page() -> str:
    found = key_results()
    lines = [
        " | ".join(
            [
                f"| `{id_}`",
                row.kind,
                *map(
                    digits,
                    (row.start, row.target, row.current, row.unclamped, row.progress, row.expected),
                ),
                f"{row.pace or '—'} |",
            ]
        )
        for id_, row in found.items()
    ]
    rolled = [
        f"| `{id_}` | {digits(progress)} | {known} of {of} |"
        for id_, (progress, known, of) in objectives(found).items()
    ]
    head = HEAD.format(
        moment=NOW.astimezone(ZONE).strftime("%Y-%m-%d %H:%M"),
        day=(NOW.astimezone(ZONE).date() - FIRST).days + 1,
        first=FIRST,
        last=LAST,
        expected=digits(EXPECTED),
    )
    return head + "\n".join(lines) + "\n" + OBJECTIVES + "\n".join(rolled) + "\n"


def digits(number: Fraction | None) -> str:
    """The shortest digits of the nearest float."""
    if number is None:
        return "—"
    return str(int(number)) if number.denominator == 1 else repr(float(number))


if __name__ == "__main__":
    sys.stdout.write(page())
