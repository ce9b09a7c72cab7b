"""The client stands by itself: no dependency, nothing else of syncd, under any name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

TAKE_ONE = """
import json, sys
sys.path[:0] = [sys.argv[1]]
client = __import__(sys.argv[2], fromlist=["Consumer"])
secret, now = sys.argv[3], float(sys.argv[4])
consumer = client.Consumer(secrets=[secret], store=client.MemoryStore(), clock=lambda: now)
case = json.load(sys.stdin)
outcome = consumer.receive(case["headers"], case["body"].encode())
mine = sys.argv[2].partition(".")[0]
foreign = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"__main__", mine}
of_syncd = sorted(name for name in sys.modules if name.startswith("syncd."))
print(json.dumps([type(outcome).__name__, sorted(foreign), of_syncd]))
"""


@pytest.mark.parametrize("name", ["okr_hooks", "syncd.client"])
def test_a_bare_interpreter_takes_a_delivery_with_the_folder_alone(tmp_path: Path, name: str) -> None:
    place = tmp_path if name == "okr_hooks" else ROOT
    if place is tmp_path:
        shutil.copytree(
            ROOT / "syncd" / "client", tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    case = json.loads((ROOT / "clients" / "vectors.json").read_text())["apply"][0]
    first = case["deliveries"][0]

    # -I and -S: no environment, no working folder, no installed packages.
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        TAKE_ONE,
        str(place),
        name,
        *case["secrets"],
        str(case["now"]),
    ]
    told = subprocess.run(command, input=json.dumps(first), capture_output=True, text=True, check=True)

    outcome, foreign, of_syncd = json.loads(told.stdout)
    assert (outcome, foreign) == ("Effect", [])
    assert all(module.startswith("syncd.client") for module in of_syncd)
