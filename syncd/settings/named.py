"""Maps of things with names: connections, endpoints, senders."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings
from syncd.mappings.nodes import MapNode, Scalar
from syncd.mappings.values import check_label


def named_maps(node: MapNode, what: str, *, hint: str, findings: Findings) -> Iterator[tuple[Scalar, Fields]]:
    """Each name with its fields; a bad name, or what is no map, is a finding.

    Args:
        what: With its article, as `a connection`.
        hint: What such a map says.
    """
    for key, value in node.items():
        check_label(key, what, findings)
        if isinstance(value, MapNode):
            yield key, Fields(value, place=key.place, findings=findings)
        else:
            noun = what.partition(" ")[2]
            findings.error(key.place, "wrong_type", f"{noun} {key.text!r} is a map", hint=hint)
