"""`ingest:`: other syncds whose events are taken, and the secrets that they sign with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncd.mappings.findings import Findings
from syncd.mappings.nodes import MapNode
from syncd.okr.definition import Place
from syncd.settings.named import named_maps
from syncd.settings.references import Template
from syncd.settings.signing import read_signing, signing_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """One sending syncd; `name` is its `instance`."""

    name: str
    signing: tuple[Template, ...] = field(repr=False)
    place: Place

    def secrets(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """As `signing_secrets`."""
        return signing_secrets(self.signing, environ)


def read_senders(node: MapNode, *, folder: Path, findings: Findings) -> Iterator[SenderSettings]:
    for key, fields in named_maps(node, "a sender", hint="secret", findings=findings):
        signing = read_signing(key, fields.require("secret"), folder, findings)
        fields.finish()
        if signing:
            yield SenderSettings(name=key.text, signing=signing, place=key.place)
