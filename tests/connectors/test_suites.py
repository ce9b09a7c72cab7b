"""Every installed connector passes the suite; a stranger's package is found and passes it too."""

import importlib
from importlib import metadata
from pathlib import Path

import pytest

from syncd.sdk.testing import ConnectorSuite

HERE = Path(__file__).parent
GROUP = "syncd.connectors"

# Installed by path alone, and only here: what makes it a connector is the entry point in its dist-info.
STRANGER = HERE / "stranger"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(STRANGER)
    (entry_point,) = metadata.entry_points(group=GROUP, name="statuspage")
    stranger = entry_point.load()
    emulator = importlib.import_module("syncd_statuspage.emulator")

BUILT_IN = sorted(
    point.name for point in metadata.entry_points(group=GROUP) if point.value.startswith("connectors.")
)


def test_the_three_built_in_connectors_register_like_any_other():
    assert BUILT_IN == ["github", "google_sheets", "jira"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_connector_has_its_suite(name):
    tests = [file.read_text() for file in HERE.glob("test_*.py")]

    passing = [
        text for text in tests if f"from connectors.{name} import" in text and "(ConnectorSuite)" in text
    ]

    assert passing, f"no test in {HERE.name}/ runs the suite for {name}"


class TestStranger(ConnectorSuite):
    plugin = stranger
    data_path = "/api/"

    @pytest.fixture(autouse=True)
    def _installed(self, monkeypatch):
        monkeypatch.syspath_prepend(STRANGER)

    def make_emulator(self):
        components = {f"c{i}": {"uptime_percent": 90 + i / 10, "incidents": i} for i in range(100)}
        return emulator.make({"token": "t0ken-of-a-test", "page": "Acme", "components": components})

    def config(self, url):
        return {"url": url, "token": "t0ken-of-a-test"}

    def query(self, number):
        component, turn = divmod(number, 2)
        return [{"uptime": f"c{component}"}, {"incidents": f"c{component}"}][turn]

    def bad_query(self):
        return {"uptime": "gone"}

    def budget(self, queries):
        return 1


def test_the_stranger_is_small_enough_for_an_afternoon():
    package = STRANGER / "syncd_statuspage"

    lines = sum(len(file.read_text().splitlines()) for file in package.glob("*.py"))

    assert lines < 150
