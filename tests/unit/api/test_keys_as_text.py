"""Keys as text, and what opens them."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import ConfigError
from syncd.people.keys import KeyRefused, check, includes, key_id, mint
from syncd.store.keys import ApiKey, Scope
from tests.states import NOW


def a_key(scope: Scope = "read", *, teams: list[str] | None = None) -> tuple[ApiKey, str]:
    return mint(
        name="board", scope=scope, teams=teams, by="anna", at=NOW, expires_at=None, random=secrets.token_bytes
    )


def test_a_key_opens_with_its_text_and_with_no_other() -> None:
    key, text = a_key()
    other, _ = a_key()

    assert check(text, key, now=NOW) is key
    with pytest.raises(KeyRefused, match="not known"):
        check(text, other, now=NOW)
    with pytest.raises(KeyRefused, match="not known"):
        check(text, None, now=NOW)


def test_a_key_shows_neither_its_text_nor_its_digest() -> None:
    key, text = a_key()

    assert text.split("_")[2] not in repr(key)
    assert key.digest not in repr(key)


def test_a_key_has_256_random_bits() -> None:
    asked: list[int] = []

    def counted(n: int) -> bytes:
        asked.append(n)
        return secrets.token_bytes(n)

    mint(name="x", scope="read", teams=None, by="anna", at=NOW, expires_at=None, random=counted)

    assert max(asked) * 8 >= 256


@given(st.integers(0, 90), st.characters(codec="ascii"))
def test_one_wrong_character_is_told_without_looking_it_up(place: int, other: str) -> None:
    _, text = a_key()
    wrong = text[:place] + other + text[place + 1 :]

    if wrong == text:
        assert key_id(wrong)
    else:
        with pytest.raises(KeyRefused) as refused:
            key_id(wrong)
        assert refused.value.code == "key_malformed"
        assert text not in str(refused.value)


def test_a_key_ends_when_it_says_so_and_else_after_a_year() -> None:
    key, text = a_key()

    assert check(text, key, now=NOW + timedelta(days=364))
    with pytest.raises(KeyRefused) as refused:
        check(text, key, now=NOW + timedelta(days=365))
    assert refused.value.code == "key_expired"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "has a name"),
        ({"teams": []}, "no team"),
        ({"scope": "admin", "teams": ["product"]}, "whole installation"),
        ({"expires_at": NOW}, "expired already"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(wrong: dict[str, object], says: str) -> None:
    asked = {
        "name": "x",
        "scope": "read",
        "teams": None,
        "by": "anna",
        "at": NOW,
        "expires_at": None,
        **wrong,
    }

    with pytest.raises(ConfigError, match=says):
        mint(**asked, random=secrets.token_bytes)  # type: ignore[arg-type]  # the cases above


def test_each_scope_includes_those_before_it() -> None:
    assert [includes("check-in", it) for it in ("read", "check-in", "admin")] == [True, True, False]
