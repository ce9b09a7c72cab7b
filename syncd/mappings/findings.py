"""What the loaders have to say about a file: many mistakes at once, each at its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from syncd.errors import ConfigError, MappingError
from syncd.okr.definition import Place

Severity = Literal["error", "warning"]


MOST_WORDS = 2_000
FEW_WORDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One mistake, or something that a person should look at.

    Attributes:
        code: Stable; tests, `--json` and the docs use the same word.
        hint: What to do about it.
    """

    code: str
    severity: Severity
    message: str
    path: str
    line: int
    column: int
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"

    def to_error(self) -> MappingError:
        return MappingError(
            self.message,
            path=self.path,
            line=self.line,
            column=self.column,
            code=self.code,
            hint=self.hint,
        )


class InvalidFiles(ConfigError):
    """syncd.yaml or a mapping has mistakes; `findings` has each at its place."""

    code = "invalid_files"

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        hint = errors[0].hint or ("`syncd check` lists all" if more else None)
        super().__init__(f"{errors[0]}{more}", hint=hint)
        self.findings = tuple(findings)


class Findings:
    """Collects, so that one mistake does not hide the next."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self.error_count = 0

    def error(self, place: Place, code: str, message: str, *, hint: str | None = None) -> None:
        self._add("error", place, code, message, hint)

    def warn(self, place: Place, code: str, message: str, *, hint: str | None = None) -> None:
        self._add("warning", place, code, message, hint)

    def _add(self, severity: Severity, place: Place, code: str, message: str, hint: str | None) -> None:
        self.error_count += severity == "error"
        self._found.append(
            Finding(
                code=code,
                severity=severity,
                message=message,
                path=place.path,
                line=place.line,
                column=place.column,
                hint=hint,
            )
        )

    @property
    def has_errors(self) -> bool:
        return self.error_count > 0

    def has_any_at(self, place: Place) -> bool:
        return any((f.path, f.line, f.column) == (place.path, place.line, place.column) for f in self._found)

    def all(self) -> tuple[Finding, ...]:
        """Each once, in the order of the files and of the lines in them."""
        return tuple(sorted(dict.fromkeys(self._found), key=lambda f: (f.path, f.line, f.column)))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A hint with the known word that is nearest, if one is near."""
    words = list(known)
    # Comparing with tens of thousands of ids takes a second, and there may be many wrong words.
    near = difflib.get_close_matches(word, words, n=1) if len(words) <= MOST_WORDS else []
    return f"did you mean {near[0]!r}?" if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """As `nearest`; where nothing is near, all that is known, if it is not much."""
    words = list(known)
    few = 0 < len(words) <= FEW_WORDS
    return nearest(word, words) or (f"known here: {listed(words)}" if few else None)


def listed(words: Iterable[str], last: str = "and") -> str:
    """`'a', 'b' and 'c'`."""
    quoted = [repr(word) for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
