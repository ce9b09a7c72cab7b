"""What a file hands down to its objectives, and these to their key results, until one says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.mappings.fields import Fields

MODES = ("live", "shadow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """`owner`: who answers; `is_shadow`, `is_pushed`: who hears of it."""

    owner: str | None = None
    is_shadow: bool = False
    is_pushed: bool = True

    def with_mode(self, fields: Fields) -> Inherited:
        """As it stands below a map that may say `mode`."""
        mode = fields.choice("mode", MODES)
        is_shadow = self.is_shadow if mode is None else mode == "shadow"
        return Inherited(owner=self.owner, is_shadow=is_shadow, is_pushed=self.is_pushed)

    def with_all(self, fields: Fields) -> Inherited:
        """As it stands for an objective or a key result, which may say any of the three."""
        push = fields.flag("push")
        return Inherited(
            owner=fields.text("owner") or self.owner,
            is_shadow=self.with_mode(fields).is_shadow,
            is_pushed=self.is_pushed if push is None else push,
        )
