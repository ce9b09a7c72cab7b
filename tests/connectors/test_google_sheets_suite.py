"""Google Sheets passes the suite that every connector passes."""

import json

from connectors.google_sheets import plugin
from connectors.google_sheets.emulator import credentials, make
from syncd.sdk.testing import ConnectorSuite

WORLD = {
    "spreadsheets": {
        "1AbC": {
            "tabs": {
                "Numbers": [[column * 1000 + row for column in range(3)] for row in range(300)],
                "Adoption": [["Metric", "Start", "Current"], *([f"m{i}", i, i * 2] for i in range(100))],
            },
            "named_ranges": {f"named_{row}": f"Numbers!C{row + 1}" for row in range(100)},
        }
    }
}


class TestGoogleSheets(ConnectorSuite):
    plugin = plugin
    data_path = "/v4/"

    def make_emulator(self):
        return make(json.loads(json.dumps(WORLD)))

    def config(self, url):
        return {"url": url, "credentials": json.dumps(credentials(url)), "spreadsheet": "1AbC"}

    def query(self, number):
        place, turn = divmod(number, 4)
        return [
            {"cell": f"Numbers!B{place + 1}"},
            {"named_range": f"named_{place}"},
            {"cell": {"tab": "Adoption", "row": f"m{place}", "column": "Current"}},
            {"range": f"Numbers!A1:B{place + 2}", "aggregate": "sum"},
        ][turn]

    def bad_query(self):
        return {"cell": "Gone!B7"}

    def budget(self, queries):
        return 1 + -(-queries // 100)
