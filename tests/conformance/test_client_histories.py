"""Any history, however it comes: repeated, reordered, with losses, over a change of the secret.

The law: a consumer ends where it had ended had the same events come once each, in order.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from tests.client_histories import histories, in_order
from tests.consumers import Json, Replay, javascript_client, python_client


def check(history: Json, once: list[str], told: Json) -> None:
    said = [json.loads(body) for body in once]
    log = [body for body in said if body["type"] == "sync.failed"]
    untils: dict[str, str] = {}
    for body in said:
        if body["type"] == "instance.alive":
            instance, until = body["source"]["instance"], body["data"]["alive_until"]
            untils[instance] = max(until, untils.get(instance, until))

    assert told["state"] == in_order(once)
    assert len([one for one in told["entries"] if one in ids_of(history, "sync.failed")]) == len(log)
    assert told["silent"] == sorted(name for name, until in untils.items() if until < "2026-09-21T14:13:20Z")


def ids_of(history: Json, type_: str) -> set[str]:
    return {
        one["headers"]["webhook-id"]
        for one in history["deliveries"]
        if json.loads(one["body"])["type"] == type_
    }


@pytest.mark.parametrize("examples", [300])
def test_any_order_and_any_repetition_come_to_the_state_of_once_and_in_order(examples: int) -> None:
    with python_client() as replay:
        over_histories(replay, examples, check)


@pytest.mark.parametrize("examples", [100])
def test_the_client_in_javascript_says_and_keeps_the_same(examples: int) -> None:
    with python_client() as python, javascript_client() as javascript:

        def same(history: Json, _: list[str], told: Json) -> None:
            assert told == python(history)

        over_histories(javascript, examples, same)


def over_histories(replay: Replay, examples: int, judge: Callable[[Json, list[str], Json], None]) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(case=histories())
    def run(case: tuple[Json, list[str]]) -> None:
        judge(*case, replay(case[0]))

    run()
