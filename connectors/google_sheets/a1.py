"""A1 notation: `Adoption!B7`, `'My tab'!B2:C`, `Adoption!2:4`. Rows and columns count from 0 in here.

Source: https://developers.google.com/workspace/sheets/api/guides/concepts#cell
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAB = re.compile(r"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'!]+))!(?P<cells>[^!]*)")
_CELLS = re.compile(
    r"\$?(?P<left>[A-Z]{1,3})?\$?(?P<top>[1-9][0-9]{0,7})?"
    r"(?P<area>:\$?(?P<right>[A-Z]{1,3})?\$?(?P<bottom>[1-9][0-9]{0,7})?)?",
    re.IGNORECASE,
)
_PLAIN_TAB = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Cells of one tab; ends are inside, None is open.

    Attributes:
        tab: None: the first tab of the spreadsheet.
    """

    tab: str | None
    top: int | None = None
    left: int | None = None
    bottom: int | None = None
    right: int | None = None

    @property
    def is_cell(self) -> bool:
        return self.top is not None and self.left is not None and self._ends == (self.top, self.left)

    @property
    def _ends(self) -> tuple[int | None, int | None]:
        return self.bottom, self.right

    def __str__(self) -> str:
        """As the API writes it, quotes only where they are needed."""
        tab = "" if self.tab is None else quoted(self.tab) + "!"
        first = address(self.top, self.left)
        return tab + (first if self.is_cell else f"{first}:{address(*self._ends)}")


def parse(text: str) -> Area | None:
    """The cells that `text` names; None where it is no A1 notation (a named range, a bare tab)."""
    found = _TAB.fullmatch(text)
    tab = None
    cells = text
    if found:
        tab = found["quoted"].replace("''", "'") if found["quoted"] else found["plain"]
        cells = found["cells"]
    ends = _CELLS.fullmatch(cells)
    if not ends or not cells or cells == ":":
        return None
    if not ends["area"]:
        if not ends["left"] or not ends["top"]:
            return None
        top, left = int(ends["top"]) - 1, column_index(ends["left"])
        return Area(tab=tab, top=top, left=left, bottom=top, right=left)
    if (not ends["left"] and not ends["top"]) or (not ends["right"] and not ends["bottom"]):
        return None
    return Area(
        tab=tab,
        top=int(ends["top"]) - 1 if ends["top"] else None,
        left=column_index(ends["left"]) if ends["left"] else None,
        bottom=int(ends["bottom"]) - 1 if ends["bottom"] else None,
        right=column_index(ends["right"]) if ends["right"] else None,
    )


def whole(tab: str) -> str:
    """A tab's used cells. In quotes always: without them a named range of that name would win."""
    return "'" + tab.replace("'", "''") + "'"


def quoted(tab: str) -> str:
    """`tab` as it stands before the `!`."""
    # A name like D5 would read as a cell.
    return tab if _PLAIN_TAB.fullmatch(tab) and parse(tab) is None else whole(tab)


def unquoted(text: str) -> str:
    """The tab that `'My tab'` names; other text as it is."""
    return text[1:-1].replace("''", "'") if len(text) > 2 and text[0] == "'" == text[-1] else text


def address(row: int | None, column: int | None) -> str:
    """`B7`; an open end is left out."""
    return ("" if column is None else column_letters(column)) + ("" if row is None else str(row + 1))


def column_index(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def column_letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
