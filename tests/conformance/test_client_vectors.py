"""Both clients over the vectors that are published for clients in other languages."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.consumers import Json, Replay, body_of, javascript_client, python_client
from tests.guides import page
from tests.vectors import document

VECTORS: Json = json.loads(page("clients/vectors.json"))


@pytest.fixture(params=[python_client, javascript_client])
def replay(request: pytest.FixtureRequest) -> Iterator[Replay]:
    with request.param() as client:
        yield client


def test_the_vectors_are_as_they_are_made() -> None:
    assert document() == VECTORS, "run: python -m tests.vectors > clients/vectors.json"


@pytest.mark.parametrize("part", ["verify", "understand"])
def test_every_single_delivery_is_judged_as_expected(replay: Replay, part: str) -> None:
    found = {case["name"]: judged(replay, case) for case in VECTORS[part]}

    assert found == {case["name"]: case["expect"] for case in VECTORS[part]}


def judged(replay: Replay, case: Json) -> str:
    told: Json = replay({**case, "deliveries": [case]})["outcomes"][0]
    return str(told.get("code", "accepted"))


def test_every_history_comes_to_what_is_expected(replay: Replay) -> None:
    for case in VECTORS["apply"]:
        expected = [{"put": None, "drop": None, **delivery["expect"]} for delivery in case["deliveries"]]

        assert replay(case)["outcomes"] == expected, case["name"]


def test_no_message_holds_a_secret_a_signature_or_a_body(replay: Replay) -> None:
    refused = [
        (case, told)
        for case in VECTORS["verify"]
        if "code" in (told := replay({**case, "deliveries": [case]})["outcomes"][0])
    ]

    assert len(refused) > 20
    for case, told in refused:
        for secret in (*case["secrets"], "g0hM9SsE", "cycle-time", "MfKQ9r8GKY"):
            assert secret.strip() not in told["message"]


def test_the_public_library_judges_signatures_likewise(time_machine_at: None) -> None:
    """Where both look: the public library also reads what is no whole number as a time."""
    for case in VECTORS["verify"]:
        if case["now"] == VECTORS["verify"][1]["now"] and case["expect"] in (
            "accepted",
            "bad_signature",
            "not_understood",
        ):
            secrets = [secret.strip() for secret in case["secrets"]]
            padded = [secret + "=" * (-(len(secret) - 6) % 4) for secret in secrets]
            verdicts = [is_genuine(secret, case) for secret in padded]

            assert any(verdicts) is (case["expect"] == "accepted"), case["name"]


def is_genuine(secret: str, case: Json) -> bool:
    try:
        Webhook(secret).verify(body_of(case), {name.lower(): text for name, text in case["headers"].items()})
    except (WebhookVerificationError, ValueError):  # ValueError: what stands for a signature is none
        return False
    return True


@pytest.fixture
def time_machine_at() -> Iterator[None]:
    import time_machine  # noqa: PLC0415  # here alone

    with time_machine.travel(VECTORS["verify"][1]["now"], tick=False):
        yield
