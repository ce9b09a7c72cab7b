"""What the example's Jira, GitHub and spreadsheets hold at one moment."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

Thing = dict[str, Any]  # Any: JSON

WORLD: Thing = json.loads((Path(__file__).parent / "world.json").read_text())
NOW = datetime.fromisoformat(WORLD["moment"])
