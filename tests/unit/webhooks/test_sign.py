"""Standard Webhooks, version 1: what is signed, with which secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from syncd.errors import SettingsError
from syncd.webhooks.sign import Secret, signature, signed_headers
from tests.deliveries import SECRET

OTHER = "whsec_" + "c2VjcmV0" * 5


def test_the_published_vector_is_met() -> None:
    signed = signature(
        Secret.parse(SECRET),
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_timestamp_is_whole_seconds_of_the_attempt() -> None:
    at = datetime(2026, 11, 20, 12, 0, 0, 999_999, tzinfo=UTC)

    headers = signed_headers([Secret.parse(SECRET)], webhook_id="msg_1", at=at, body=b"{}")

    assert headers["webhook-timestamp"] == "1795176000"


def test_a_secret_that_is_rotated_signs_beside_the_new_one() -> None:
    now = datetime.now(UTC)

    headers = signed_headers(
        [Secret.parse(OTHER), Secret.parse(SECRET)], webhook_id="msg_1", at=now, body=b"{}"
    )

    assert len(headers["webhook-signature"].split(" ")) == 2
    for either in (SECRET, OTHER):
        assert Webhook(either).verify(b"{}", headers) == {}


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    ),
    place=st.integers(min_value=0),
    bit=st.integers(min_value=0, max_value=6),
)
def test_what_is_signed_verifies_and_any_flipped_bit_does_not(value: object, place: int, bit: int) -> None:
    body = json.dumps(value).encode()
    headers = signed_headers([Secret.parse(SECRET)], webhook_id="msg_1", at=datetime.now(UTC), body=body)
    flipped = bytearray(body)
    flipped[place % len(body)] ^= 1 << bit

    assert Webhook(SECRET).verify(body, headers) == value
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(bytes(flipped), headers, json_parse=False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin with 'whsec_'"),
        ("whsec_", "holds 0 bytes, not 24 to 64"),
        ("whsec_c2hvcnQ=", "holds 5 bytes, not 24 to 64"),
        ("whsec_" + "YWFh" * 30, "holds 90 bytes, not 24 to 64"),
        ("whsec_hello world", "is not base64"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA", "is not base64"),
        ("whsec_ümläut", "is not base64"),
    ],
)
def test_a_secret_that_is_none_is_refused_without_being_repeated(text: str, why: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Secret.parse(text)

    assert why in str(refused.value)
    assert text.removeprefix("whsec_") not in str(refused.value) or text == "whsec_"


def test_base64_without_its_padding_is_understood() -> None:
    padded = Secret.parse("whsec_" + "YWFh" * 8 + "YQ==")

    assert Secret.parse("whsec_" + "YWFh" * 8 + "YQ") == padded


def test_a_secret_does_not_show_itself() -> None:
    assert repr(Secret.parse(SECRET)) == "Secret()"
