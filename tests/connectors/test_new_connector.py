"""`syncd new-connector NAME` writes a package that is found, and that passes its suite as written."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from syncd.errors import ConfigError
from syncd.sdk import template

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    template.write("help_desk", folder)
    return folder / "syncd-help-desk"


def run(*command, cwd, **env):
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_passes_its_suite_as_written(package, tmp_path):
    # Installed as pip would: the entry point is found by the metadata of its wheel.
    built = run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=package)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")

    tested = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=package, PYTHONPATH=f"{tmp_path / 'site'}:{ROOT}"
    )

    assert tested.returncode == 0, tested.stdout
    assert re.search(r"^\d+ passed in", tested.stdout, re.MULTILINE), "some of its tests did not run"


def test_its_types_are_strict(package):
    checked = run("-m", "mypy", "--strict", "syncd_help_desk", cwd=package, MYPYPATH=str(ROOT))

    assert checked.returncode == 0, checked.stdout


def test_a_connector_takes_under_150_lines(package):
    lines = sum(len(file.read_text().splitlines()) for file in (package / "syncd_help_desk").glob("*.py"))

    assert lines < 150


def test_no_placeholder_is_left(tmp_path):
    written = template.write("help_desk", tmp_path)

    # ${HELP_DESK_TOKEN} in the README is for the environment of a real installation.
    assert not [file for file in written if re.search(r"\$(?!\{HELP_DESK_TOKEN\})", file.read_text())]


def test_the_package_is_a_folder_of_its_own(tmp_path):
    (tmp_path / "README.md").write_text("of another project")

    template.write("help_desk", tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"README.md", "syncd-help-desk"}


def test_nothing_is_overwritten(tmp_path):
    readme = tmp_path / "syncd-help-desk" / "README.md"
    template.write("help_desk", tmp_path)
    readme.write_text("mine")

    with pytest.raises(ConfigError, match="is already there"):
        template.write("help_desk", tmp_path)

    assert readme.read_text() == "mine"


@pytest.mark.parametrize("name", ["", "Help", "help-desk", "1st", "import", "../x", "a" * 41])
def test_a_name_that_python_or_yaml_could_not_say_is_refused(name, tmp_path):
    with pytest.raises(ConfigError, match="cannot name a connector"):
        template.write(name, tmp_path)

    assert not list(tmp_path.iterdir())


def test_the_name_of_an_installed_connector_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="installed already"):
        template.write("jira", tmp_path)
