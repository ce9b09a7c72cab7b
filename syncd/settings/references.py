"""Values that do not stand in syncd.yaml: `${NAME}` of the environment, `${file:/run/secrets/x}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncd.errors import SettingsError
from syncd.mappings.findings import Findings
from syncd.mappings.nodes import Scalar
from syncd.okr.definition import Place

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FILE = "file:"


class Unresolved(SettingsError):  # named as its family in syncd.errors is
    """What a reference stands for is not there, or is not what it should be. Never says the value."""

    code = "missing_variable"

    def __init__(self, message: str, *, place: Place, code: str, hint: str | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.args[0]}"

    def tell(self, findings: Findings) -> None:
        findings.error(self.place, self.code, str(self.args[0]), hint=self.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text with references.

    Attributes:
        folder: What relative paths in `${file:...}` start from.
    """

    text: str = field(repr=False)
    place: Place
    folder: Path = field(repr=False)

    @property
    def has_references(self) -> bool:
        return has_references(self.text)

    def resolve(self, environ: Mapping[str, str]) -> str:
        """The text with every reference replaced.

        Raises:
            Unresolved: A variable is not set, or a file cannot be read.
        """
        return _REFERENCE.sub(lambda match: self._value(match[1], environ), self.text)

    def resolve_line(self, environ: Mapping[str, str]) -> str:
        """As `resolve`, for what travels in a header: HTTP libraries quote what they refuse there.

        Raises:
            Unresolved: Also: it has a line break, or another control character.
        """
        value = self.resolve(environ)
        if _CONTROL.search(value):
            message = f"what {self.text!r} stands for has a line break or another control character in it"
            hint = "it is one line: was it cut, or pasted together with something else?"
            raise Unresolved(message, place=self.place, code="invalid_secret", hint=hint)
        return value

    def _value(self, name: str, environ: Mapping[str, str]) -> str:
        if name.startswith(_FILE):
            return self._content(self.folder / name.removeprefix(_FILE))
        if not _VARIABLE.fullmatch(name):
            message, hint = f"{'${' + name + '}'!r} names no variable", "write ${NAME} or ${file:/path}"
            raise Unresolved(message, place=self.place, code="invalid_reference", hint=hint)
        given = environ.get(name)
        value = (given or "").strip()
        if not value:
            state = "is not set" if given is None else "is empty"
            message, hint = f"the environment variable {name} {state}", "set it where syncd runs"
            raise Unresolved(message, place=self.place, code="missing_variable", hint=hint)
        return value

    def _content(self, path: Path) -> str:
        try:
            content = path.read_text("utf-8").strip()
        except (OSError, UnicodeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "is not a text"
            message = f"{str(path)!r} cannot be read: {reason}"
            raise Unresolved(message, place=self.place, code="unreadable_secret") from error
        if not content:
            raise Unresolved(f"{str(path)!r} is empty", place=self.place, code="unreadable_secret")
        return content


def has_references(text: str) -> bool:
    return "${" in text


def is_one_reference(text: str) -> bool:
    """Whether nothing of the value itself stands in the file."""
    return _REFERENCE.fullmatch(text.strip()) is not None


def check_references(template: Template, findings: Findings) -> None:
    """Finds what is wrong with the way a reference is written, without looking at what it stands for."""
    left_open = _REFERENCE.sub("", template.text)
    names = [match[1] for match in _REFERENCE.finditer(template.text)]
    if "${" in left_open or any(not _VARIABLE.fullmatch(n) and len(n) <= len(_FILE) for n in names):
        message = "`${` begins a reference, and this is none"
        hint = "write ${NAME} or ${file:/path}"
        findings.error(template.place, "invalid_reference", message, hint=hint)


def refuse_inline(node_place: Place, key: str, *, variable: str, findings: Findings) -> None:
    """The finding about a secret in the file; the value is in no part of it."""
    message = f"{key!r} is a secret; it may not stand in this file"
    hint = f'set an environment variable and write "${{{variable}}}", or "${{file:/run/secrets/{key}}}"'
    findings.error(node_place, "inline_secret", message, hint=hint)


def read_secret(
    node: Scalar, key: str, *, variable: str, folder: Path, findings: Findings
) -> Template | None:
    """A secret of the core's own; None, with a finding, when it is not one reference."""
    template = Template(text=node.text.strip(), place=node.place, folder=folder)
    if not is_one_reference(template.text):
        refuse_inline(node.place, key, variable=variable, findings=findings)
        return None
    check_references(template, findings)
    return template
