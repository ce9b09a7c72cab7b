from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from syncd import __version__, cli

HEAVY = ("sqlalchemy", "jira", "github", "gspread", "requests", "httpx", "aiohttp", "fastapi", "uvicorn")


def test_help_imports_nothing_heavy() -> None:
    program = f"""
import sys
from syncd.cli import run
run(["--help"])
print("loaded:", [name for name in {HEAVY!r} if name in sys.modules])
"""

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "loaded: []" in ran.stdout


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"syncd {__version__}\n"


def test_no_command_at_all_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 64
    shown = capsys.readouterr()
    assert "Usage" in shown.out + shown.err


def test_an_error_says_what_and_what_to_do_next_on_standard_error(
    capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    assert cli.run(["status", "--config", f"{tmp_path}/syncd.yaml"]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "syncd.yaml" in shown.err
    assert "hint" in shown.err


def test_a_log_level_that_is_none_is_a_usage_error_that_names_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCD_LOG_LEVEL", "loud")

    assert cli.run(["connectors"]) == 64

    shown = capsys.readouterr().err
    assert "'loud'" in shown
    assert "debug, info, warning" in shown


@pytest.mark.parametrize("command", ["status", "check"])
def test_without_syncd_yaml_it_says_how_to_come_by_one(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.run([command, "--config", f"{tmp_path}/syncd.yaml"]) == 1

    shown = capsys.readouterr()
    assert "--config PATH" in shown.out + shown.err
    assert "syncd init" in shown.out + shown.err


@pytest.mark.parametrize("command", [["init"], ["new-connector", "desk", "--into"]])
def test_a_folder_that_cannot_be_is_an_error_that_names_it(
    command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")

    assert cli.run([*command, f"{tmp_path}/file/okrs"]) == 1

    assert "cannot write" in capsys.readouterr().err


def test_help_imports_what_it_shows_and_no_screen_no_domain_and_no_log() -> None:
    others = ("structlog", "syncd.okr.definition", "syncd.screen.numbers")
    program = f"""
import sys
from syncd.cli import run
run(["--help"])
print("loaded:", [name for name in {others!r} if name in sys.modules])
"""

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "loaded: []" in ran.stdout


def test_every_name_of_the_screen_is_there() -> None:
    from syncd import screen  # noqa: PLC0415 - its names are resolved here, and by nobody before

    assert all(callable(getattr(screen, name)) for name in screen.__all__)
    with pytest.raises(AttributeError, match="no attribute 'show_nothing'"):
        _ = screen.show_nothing  # type: ignore[attr-defined]  # that is what is tested
