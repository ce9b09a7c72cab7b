"""The table of routes in docs/api.md, made from the document: `python -m syncd.api.reference`."""

from __future__ import annotations

import sys

from syncd.api.app import openapi_document

BEGIN = "<!-- routes: made by `python -m syncd.api.reference` -->"
END = "<!-- end of routes -->"


def table() -> str:
    """One row per operation: method and path, scope, parameters, what it does."""
    lines = ["| request | scope | parameters | does |", "|---|---|---|---|"]
    for path, operations in sorted(openapi_document()["paths"].items()):
        for method, operation in operations.items():
            names = [
                f"`{parameter['name']}`"
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "query"
            ]
            does = operation["description"].split("\n\n")[0].replace("\n", " ")
            lines.append(
                f"| `{method.upper()} {path}` | {operation['x-scope']} | {' '.join(names)} | {does} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
