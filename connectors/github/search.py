"""GitHub's search language: what a text names, and texts for filters and windows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from syncd.sdk import Instants, QueryRejected

# A quoted value may hold anything, even what looks like a qualifier.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WORD = re.compile(
    rf'(?P<negation>-|\bNOT\s+)?(?<![\w-])(?P<name>[A-Za-z][\w-]*):(?P<value>{_QUOTED}|[^\s()"]+)|{_QUOTED}'
)
_MINUS = re.compile(r"(?<![\w\"-])-(?=[A-Za-z])")


def qualifiers(text: str) -> Sequence[tuple[str, str]]:
    """(name in lower case, value without quotes) of each qualifier that is not negated."""
    return _qualifiers(word for word in _WORD.finditer(text) if not word["negation"])


def qualifiers_in(text: str) -> Sequence[tuple[str, str]]:
    """The same of every qualifier, negated or not."""
    return _qualifiers(_WORD.finditer(_MINUS.sub("", text)))


def _qualifiers(words: Iterable[re.Match[str]]) -> Sequence[tuple[str, str]]:
    return [(word["name"].lower(), word["value"].strip('"')) for word in words if word["name"]]


def named_repos(text: str) -> Sequence[str]:
    """Repositories that `text` searches in, each once, as `OWNER/REPO`."""
    return list(dict.fromkeys(value for name, value in qualifiers(text) if name == "repo" and "/" in value))


def named_twice(text: str) -> str | None:
    """The scope that `text` names more than once without an OR."""
    # GitHub's advanced search: adjacent qualifiers mean AND, and nothing is in two repositories
    if re.search(r"\bOR\b", text):
        return None
    names = [name for name, _ in qualifiers(text)]
    return next((scope for scope in ("repo", "org", "user") if names.count(scope) > 1), None)


def only_pull_requests(text: str) -> bool:
    said = set(qualifiers(text))
    return bool(said & {("is", "pr"), ("type", "pr"), ("is", "merged"), ("is", "unmerged")})


def within(text: str, window: Instants | None, by: str | None) -> str:
    """`text`, narrowed to what happened in `window`.

    Raises:
        QueryRejected: `text` speaks of that moment itself; the two would mix.
    """
    text = " ".join(text.splitlines()).strip()
    if window is None:
        return text
    if by in {name for name, _ in qualifiers(text)}:
        raise QueryRejected(
            f"the search already says {by}:, and the window adds another",
            code="window_twice",
            hint=f"take {by}: out of the text, or the window away",
        )
    scope = f"({text})" if re.search(r"\bOR\b", text) else text
    return f"{scope} {by}:{span(window)}"


def span(window: Instants) -> str:
    """The half-open `window` as GitHub's range, which includes both of its ends.

    GitHub's moments are whole seconds, so the last one inside is the one before `end`.
    """
    last = _whole_second(window.end) - timedelta(seconds=1)
    return f"{_whole_second(window.start).isoformat()}..{last.isoformat()}"


def _whole_second(moment: datetime) -> datetime:
    """The first whole second that is not before `moment`."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)


_STATES = {
    "issue": {"open": "is:open", "closed": "is:closed", "all": ""},
    "pr": {"open": "is:open", "closed": "is:closed is:unmerged", "merged": "is:merged", "all": ""},
}


def filter_text(
    *, what: str, repo: str | None, state: str, labels: Sequence[str], milestone: str | None
) -> str:
    """A repository filter as a search; `what` is `issue` or `pr`. Names hold no quotes."""
    words = [
        f"repo:{repo}" if repo else "",
        f"is:{what}",
        _STATES[what][state],
        *(f'label:"{label}"' for label in labels),
        f'milestone:"{milestone}"' if milestone else "",
    ]
    return " ".join(word for word in words if word)
