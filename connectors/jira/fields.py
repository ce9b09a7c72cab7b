"""Fields: from the name that people know to the id that differs per site."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from connectors.jira.answers import KnownField
from syncd.sdk import QueryRejected

_CUSTOM = re.compile(r"customfield_\d+")

# Numbers that every site has under the same id.
_SYSTEM = frozenset(
    {
        "aggregatetimeestimate",
        "aggregatetimeoriginalestimate",
        "aggregatetimespent",
        "timeestimate",
        "timeoriginalestimate",
        "timespent",
        "votes",
        "watches",
        "workratio",
    }
)


class Fields:
    """Asks the site for its fields at most once, and only when somebody uses a name."""

    def __init__(self, read: Callable[[], Sequence[KnownField]]) -> None:
        self._read = read
        self._known: Sequence[KnownField] | None = None

    def id_of(self, name: str) -> str:
        """The id of the field that is called `name`, or has it as its id.

        Raises:
            QueryRejected: no field, or more than one, is called so.
        """
        if name in _SYSTEM or _CUSTOM.fullmatch(name):
            return name
        return find_field(name, self.known())

    def known(self) -> Sequence[KnownField]:
        if self._known is None:
            self._known = self._read()
        return self._known


def find_field(name: str, known: Sequence[KnownField]) -> str:
    """The id of the one field with that id; else name, in capitals or not; else name within a JQL."""
    wanted = name.casefold()
    for found in (
        {field.id for field in known if field.id == name},
        {field.id for field in known if field.name.casefold() == wanted},
        {field.id for field in known if wanted in (clause.casefold() for clause in field.clause_names)},
    ):
        if len(found) == 1:
            return found.pop()
        if found:
            raise QueryRejected(
                f"{len(found)} fields are called {name!r}",
                code="field_ambiguous",
                hint=f"write the id of the one that is meant: {', '.join(sorted(found))}",
            )
    alike = difflib.get_close_matches(name, [field.name for field in known], n=1)
    raise QueryRejected(
        f"Jira has no field {name!r}, or does not show it to this account",
        code="field_not_found",
        hint=f"did you mean {alike[0]!r}?" if alike else "`syncd browse` lists the fields",
    )
