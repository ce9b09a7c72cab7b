"""Writes a new connector's package: small, complete, and passing its suite from the first minute.

The files beside this one are `string.Template`s; their names too carry the connector's.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from importlib import metadata, resources
from pathlib import Path
from string import Template

from syncd.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SUFFIX = ".tmpl"

FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "plugin.py": "syncd_$name/__init__.py",
    "connector.py": "syncd_$name/connector.py",
    "emulator.py": "syncd_$name/emulator.py",
    "test_suite.py": "tests/test_$name.py",
}
"""Template beside this file -> path in the new package."""


def write(name: str, folder: Path) -> list[Path]:
    """Writes the package of a connector called `name` as a folder of its own in `folder`.

    Nothing that is there already is touched.

    Returns:
        The written files.

    Raises:
        ConfigError: `name` cannot name a connector, or is taken; a file is in the way, or cannot be written.
    """
    _check(name)
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "Class": "".join(part.capitalize() for part in name.split("_")),
        "dist": f"syncd-{name.replace('_', '-')}",
        "env": name.upper(),
    }
    package = folder / words["dist"]
    texts = {
        package / Template(path).substitute(words): _read(template).substitute(words)
        for template, path in FILES.items()
    }
    return write_new(texts, hint="name another folder: `--into FOLDER`")


def write_new(texts: Mapping[Path, str], *, hint: str) -> list[Path]:
    """Writes files that are not there yet, with their folders; returns their paths.

    Raises:
        ConfigError: `already_there`, nothing was written then; `cannot_write`.
    """
    for path in texts:
        if path.exists():
            raise ConfigError(
                f"{path} is already there; nothing was written", code="already_there", hint=hint
            )
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"cannot write {path}: {error.strerror}", code="cannot_write", hint=hint
            ) from error
    return list(texts)


def _check(name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} cannot name a connector",
            hint="small letters, digits and underscores, a letter first: status_page",
        )
    if metadata.entry_points(group="syncd.connectors", name=name):
        raise ConfigError(f"a connector {name!r} is installed already", hint="choose another name")


def _read(template: str) -> Template:
    file = resources.files(__name__).joinpath(template + _SUFFIX)
    return Template(file.read_text(encoding="utf-8"))
