"""`ingest:`: other syncds whose events are taken, and the secrets that they sign with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings
from syncd.mappings.nodes import MapNode
from syncd.mappings.values import check_label
from syncd.okr.definition import Place
from syncd.settings.endpoints import checked_secret, read_secrets
from syncd.settings.references import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """One sending syncd; `name` is its `instance`."""

    name: str
    signing: tuple[Template, ...] = field(repr=False)
    place: Place

    def secrets(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """`whsec_...`, the newest first.

        Raises:
            Unresolved: A variable is not set, or holds no such secret.
        """
        return tuple(checked_secret(template, environ) for template in self.signing)


def read_senders(node: MapNode, *, folder: Path, findings: Findings) -> Iterator[SenderSettings]:
    for key, value in node.items():
        check_label(key, "a sender", findings)
        if not isinstance(value, MapNode):
            findings.error(key.place, "wrong_type", f"sender {key.text!r} is a map", hint="secret")
            continue
        fields = Fields(value, place=key.place, findings=findings)
        secret = fields.require("secret")
        signing = tuple(read_secrets(key, secret, folder, findings)) if secret is not None else ()
        fields.finish()
        if signing:
            yield SenderSettings(name=key.text, signing=signing, place=key.place)
