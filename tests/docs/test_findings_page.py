from __future__ import annotations

from pathlib import Path

from syncd.mappings.lint import RULES

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"


def test_every_rule_stands_on_the_page_in_its_own_words() -> None:
    page = PAGE.read_text()

    rows = [line for line in page.splitlines() if line.startswith("| `")]

    assert rows == [
        *(f"| `{rule.code}` | {rule.usually} | {rule.meaning} | {rule.hint} |" for rule in RULES),
        CIRCLE,
        UNREAD,
    ]


CIRCLE = (
    "| `circle` | error, always | Supports, composites and roll-ups lead round in a circle. "
    "| take one of these links out |"
)
UNREAD = (
    "| `store_unread` | warning, always | There is a store and it could not be read; "
    "the findings that need it are missing. | what the message says |"
)
