"""Texts that are none are refused where bodies are read, before a database sees them."""

from __future__ import annotations

import pytest

from syncd.sdk.strict import NotStrict, parse_json


@pytest.mark.parametrize("text", [rb'"\ud800"', rb'{"a": ["\udc00x"]}', rb'{"\u0000": 1}', rb'"a\u0000b"'])
def test_half_characters_and_nul_are_refused(text: bytes) -> None:
    with pytest.raises(NotStrict, match="a character that is none"):
        parse_json(text)


def test_a_character_of_two_halves_is_taken() -> None:
    assert parse_json(rb'"\ud83d\ude00 \u00e9"') == "\U0001f600 é"
