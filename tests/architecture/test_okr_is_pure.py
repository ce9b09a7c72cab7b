"""The domain is pure: importing it loads no library that talks to the outside."""

from __future__ import annotations

import json
import subprocess
import sys

IMPORTS_ALL = """
import importlib, json, pkgutil, sys
import syncd.okr
names = [module.name for module in pkgutil.iter_modules(syncd.okr.__path__, "syncd.okr.")]
for name in names:
    importlib.import_module(name)
print(json.dumps({"domain": names, "loaded": sorted(sys.modules)}))
"""

OUTSIDE = {
    "aiohttp",
    "asyncio",
    "fastapi",
    "gspread",
    "httpx",
    "pydantic",
    "requests",
    "socket",
    "sqlalchemy",
    "structlog",
    "urllib3",
    "yaml",
}


def test_the_domain_reaches_no_io_library_even_indirectly() -> None:
    # A fresh interpreter: in this one other tests have loaded everything already.
    done = subprocess.run([sys.executable, "-c", IMPORTS_ALL], capture_output=True, text=True, check=True)

    found = json.loads(done.stdout)
    assert "syncd.okr.evaluate" in found["domain"]
    assert OUTSIDE & set(found["loaded"]) == set()
