"""clients/vectors.json: what a consumer does with deliveries, for implementations in any language.

python -m tests.vectors > clients/vectors.json
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from syncd.webhooks.sign import Secret, signed_headers

NOW = 1_790_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret, also 32 bytes...").decode()
STRANGER = "whsec_" + base64.b64encode(b"nobody shares this one with us..").decode()
KEY_RESULT = "product/faster/cycle-time"

Json = dict[str, Any]  # Any: JSON


def document() -> Json:
    return {
        "about": "Deliveries of syncd and what a consumer makes of them; see docs/consumer.md. `now` is the "
        "consumer's clock in seconds since 1970. A body is text in UTF-8, or base64 where it is not.",
        "verify": _verifications(),
        "understand": _understandings(),
        "apply": _histories(),
    }


def delivery(
    body: str | bytes, *secrets: str, webhook_id: str = "msg_1", at: int = NOW, **changed: str | None
) -> Json:
    """Signed by `secrets`, then `changed`: headers by their last word, None takes one away."""
    raw = body if isinstance(body, bytes) else body.encode()
    headers: dict[str, str] = signed_headers(
        [Secret.parse(secret) for secret in secrets or [SECRET]],
        webhook_id=webhook_id,
        at=datetime.fromtimestamp(at, UTC),
        body=raw,
    )
    for name, text in changed.items():
        headers[f"webhook-{name}"] = text or ""
        if text is None:
            del headers[f"webhook-{name}"]
    if isinstance(body, bytes):
        return {"headers": headers, "body_base64": base64.b64encode(body).decode()}
    return {"headers": headers, "body": body}


# ---------------------------------------------------------------------- verify


def _verifications() -> list[Json]:
    body = event("key_result.progressed", 1)
    genuine = delivery(body)
    signature: str = genuine["headers"]["webhook-signature"]
    published = {
        "headers": {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        "body": '{"test": 2432232314}',
    }
    good, bad, strange = "accepted", "bad_signature", "not_understood"
    cases: list[tuple[str, str, Json, dict[str, Any]]] = [
        (
            "the published example of Standard Webhooks: genuine, and no event",
            "not_understood",
            published,
            {"now": 1614265330},
        ),
        ("genuine", good, genuine, {}),
        ("header names in other letters", good, _capitals(genuine), {}),
        ("a secret as a file holds it, with a newline", good, genuine, {"secrets": [SECRET + "\n"]}),
        (
            "a secret whose base64 has no padding",
            good,
            delivery(body, OTHER),
            {"secrets": [OTHER.rstrip("=")]},
        ),
        ("signed by the new secret of two", good, delivery(body, OTHER), {"secrets": [OTHER, SECRET]}),
        ("signed by the old secret of two", good, delivery(body, SECRET), {"secrets": [OTHER, SECRET]}),
        (
            "signed by both, while we know the new one",
            good,
            delivery(body, OTHER, SECRET),
            {"secrets": [OTHER]},
        ),
        ("signed by both, while we know the old one", good, delivery(body, OTHER, SECRET), {}),
        (
            "among signatures of other versions",
            good,
            delivery(body, signature=f"v1a,x v2,y {signature} "),
            {},
        ),
        ("exactly as old as allowed", good, genuine, {"now": NOW + 300}),
        ("exactly as far ahead as allowed", good, genuine, {"now": NOW - 300}),
        ("too old by a second", "too_old", genuine, {"now": NOW + 301}),
        ("too far ahead by a second", "too_new", genuine, {"now": NOW - 301}),
        ("a body in UTF-8", good, delivery(event("key_result.progressed", 1, title="Größe ≥ 3 🚀")), {}),
        ("no bytes in the body at all", strange, delivery(""), {}),
        ("one byte of the body differs", bad, {**genuine, "body": body.replace("0.5", "0.4")}, {}),
        ("a space more in the body", bad, {**genuine, "body": body + " "}, {}),
        ("another id", bad, delivery(body, id="msg_2"), {}),
        ("another time, within the tolerance", bad, delivery(body, timestamp=str(NOW + 1)), {}),
        ("a secret that we do not know", bad, delivery(body, STRANGER), {"secrets": [OTHER, SECRET]}),
        ("the signature in small letters", bad, delivery(body, signature=signature.lower()), {}),
        ("the signature cut short", bad, delivery(body, signature=signature[:-4]), {}),
        ("the signature without its version", bad, delivery(body, signature=signature[3:]), {}),
        ("the signature under another version", bad, delivery(body, signature="v2" + signature[2:]), {}),
        ("what stands for a signature is none", bad, delivery(body, signature="v1,é🚀 ,, v1"), {}),
        ("no id", "missing_header", delivery(body, id=None), {}),
        ("an empty id", "missing_header", delivery(body, id=""), {}),
        ("no time", "missing_header", delivery(body, timestamp=None), {}),
        ("no signature", "missing_header", delivery(body, signature=None), {}),
    ]
    times = [
        "soon",
        "-1",
        "+1790000000",
        "1790000000.0",
        "1_790_000_000",
        " 1790000000",
        "1.79e9",
        "٣",
        "9" * 13,
    ]
    cases += [(f"the time {text!r}", "bad_timestamp", delivery(body, timestamp=text), {}) for text in times]
    return [
        {"name": name, "secrets": [SECRET], "now": NOW, **given, **sent, "expect": expected}
        for name, expected, sent, given in cases
    ]


def _capitals(sent: Json) -> Json:
    return {**sent, "headers": {name.title(): text for name, text in sent["headers"].items()}}


# ---------------------------------------------------------------------- understand


def _understandings() -> list[Json]:
    """Genuine bodies; what is not understood changes nothing."""
    good = json.loads(event("key_result.progressed", 1))

    def without(*path: str, **instead: Any) -> str:  # Any: JSON
        body = json.loads(json.dumps(good))
        inner = body
        for name in path[:-1]:
            inner = inner[name]
        del inner[path[-1]]
        inner |= instead
        return json.dumps(body)

    bodies: dict[str, tuple[str | bytes, bool]] = {
        "a snapshot": (json.dumps(good), True),
        "fields that are new": (json.dumps({**good, "later": [1, {"a": None}]}), True),
        "a type of snapshot that is new": (without("type", type="key_result.praised"), True),
        "a type that is new altogether": (without("type", type="weather.changed"), True),
        "a log entry without a sequence": (without("data", type="ping", data={}), True),
        "a sequence that is written 1.0": (without("data", "sequence", sequence=1.0), True),
        "not JSON": ("hello", False),
        "half of it": (json.dumps(good)[:-3], False),
        "two of it": (json.dumps(good) * 2, False),
        "NaN is not JSON": (json.dumps(good).replace("0.5", "NaN"), False),
        "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(good).encode(), False),
        "not UTF-8": (json.dumps(good).encode("utf-16"), False),
        "an array": (json.dumps([good]), False),
        "null": ("null", False),
        "deeper than a reader goes": ("[" * 5_000, False),
        "no type": (without("type"), False),
        "a type that is no text": (without("type", type=7), False),
        "no timestamp": (without("timestamp"), False),
        "no data": (without("data"), False),
        "data that is a list": (without("data", data=[]), False),
        "no source": (without("source"), False),
        "no instance": (without("source", "instance"), False),
        "no epoch": (without("source", "epoch"), False),
        "an epoch as text": (without("source", "epoch", epoch="1790000000"), False),
        "no sequence": (without("data", "sequence"), False),
        "sequence 0": (without("data", "sequence", sequence=0), False),
        "half a sequence": (without("data", "sequence", sequence=1.5), False),
        "true is no sequence": (without("data", "sequence", sequence=True), False),
        "a sequence that JSON readers round": (without("data", "sequence", sequence=2**53), False),
        "nobody it is about": (without("data", "key_result"), False),
        "no id": (without("data", "key_result", "id"), False),
        "an empty cycle": (without("data", "key_result", "cycle", cycle=""), False),
        "a move from nowhere": (without("type", type="key_result.moved"), False),
        "a sign of life without its time": (without("data", type="instance.alive", data={}), False),
        "a sign of life until soon": (alive("soon"), False),
        "a sign of life without a zone": (alive("2026-11-22T04:00:00"), False),
        "a sign of life": (alive("2026-11-22T04:00:00.123456Z"), True),
    }
    return [
        {
            "name": name,
            "secrets": [SECRET],
            "now": NOW,
            **delivery(body),
            "expect": "accepted" if is_understood else "not_understood",
        }
        for name, (body, is_understood) in bodies.items()
    ]


# ---------------------------------------------------------------------- apply


def event(
    type_: str,
    sequence: int,
    *,
    subject: str = KEY_RESULT,
    instance: str = "acme",
    epoch: int = NOW,
    moved_from: str | None = None,
    current: float = 0.5,
    title: str = "Ideas reach patients in half the time",
) -> str:
    """The body of a snapshot, with the fields that a consumer decides by."""
    kind = type_.partition(".")[0]
    data: Json = {
        kind: {"id": subject, "title": title, "cycle": "2026-Q4", "current": current},
        "sequence": sequence,
    }
    if moved_from is not None:
        data["from"] = {"id": moved_from, "cycle": "2026-Q4"}
    return _body(type_, data, instance=instance, epoch=epoch)


def entry(type_: str, *, instance: str = "acme", epoch: int = NOW, **data: Any) -> str:  # Any: JSON
    return _body(type_, data, instance=instance, epoch=epoch)


def alive(until: str, *, instance: str = "acme") -> str:
    return entry("instance.alive", instance=instance, alive_until=until)


def _body(type_: str, data: Json, *, instance: str, epoch: int) -> str:
    said = {
        "type": type_,
        "timestamp": "2026-09-21T14:13:20Z",
        "data": data,
        "source": {"instance": instance, "epoch": epoch},
    }
    return json.dumps(said, ensure_ascii=False)


EFFECT, DUPLICATE, STALE = "effect", "duplicate", "stale"


def _histories() -> list[Json]:
    """Deliveries in the order in which they come; each with its outcome, and what it puts and drops."""
    old, new = KEY_RESULT, "product/sooner/cycle-time"
    put, put_new = {"put": ["acme", "2026-Q4", old]}, {"put": ["acme", "2026-Q4", new]}
    drop, drop_new = {"drop": ["acme", "2026-Q4", old]}, {"drop": ["acme", "2026-Q4", new]}
    third = "product/third/cycle-time"
    put_third = {"put": ["acme", "2026-Q4", third]}

    def progressed(sequence: int, **fields: Any) -> str:  # Any: arguments of event
        return event("key_result.progressed", sequence, **fields)

    def moved(sequence: int, subject: str = new, moved_from: str = old) -> str:
        return event("key_result.moved", sequence, subject=subject, moved_from=moved_from)

    removed = event("key_result.removed", 3)
    failed = entry("sync.failed", connection="tracker", sequence=1)
    objective = event("objective.progressed", 1, subject="product/faster")
    check_in = entry("check_in.created", key_result={"id": old, "cycle": "2026-Q4"}, sequence=1)
    hours = [f"2026-11-22T{hour:02}:00:00Z" for hour in (3, 4, 5)]
    told: dict[str, list[tuple[str, str, Json]]] = {
        "in order": [(progressed(1), EFFECT, put), (progressed(2), EFFECT, put)],
        "twice": [(progressed(1), EFFECT, put), (progressed(1), DUPLICATE, {})],
        "late": [(progressed(2), EFFECT, put), (progressed(1), STALE, {}), (progressed(2), DUPLICATE, {})],
        "with a gap: every snapshot tells everything": [
            (progressed(1), EFFECT, put),
            (progressed(7), EFFECT, put),
        ],
        "types share the sequence of their subject": [
            (event("key_result.achieved", 2), EFFECT, put),
            (progressed(1), STALE, {}),
            (event("key_result.pace_changed", 3), EFFECT, put),
        ],
        "subjects do not mix": [
            (progressed(5), EFFECT, put),
            (progressed(1, subject=new), EFFECT, put_new),
            (objective, EFFECT, {"put": ["acme", "2026-Q4", "product/faster"]}),
        ],
        "instances do not mix": [
            (progressed(5), EFFECT, put),
            (progressed(1, instance="globex"), EFFECT, {"put": ["globex", "2026-Q4", old]}),
        ],
        "a restored store counts anew, and is newer": [
            (progressed(9), EFFECT, put),
            (progressed(3, epoch=NOW + 60), EFFECT, put),
            (progressed(10), STALE, {}),
            (progressed(4, epoch=NOW + 60), EFFECT, put),
        ],
        "removed, and late events do not bring it back": [
            (progressed(1), EFFECT, put),
            (removed, EFFECT, drop),
            (progressed(2), STALE, {}),
            (removed, DUPLICATE, {}),
        ],
        "removed and defined again": [
            (removed, EFFECT, drop),
            (event("key_result.defined", 4), EFFECT, put),
            (removed, STALE, {}),
        ],
        "moved": [
            (progressed(3), EFFECT, put),
            (moved(4), EFFECT, {**put_new, **drop}),
            (moved(4), DUPLICATE, {}),
            (progressed(2), STALE, {}),
            (progressed(3), STALE, {}),
            (progressed(5, subject=new), EFFECT, put_new),
        ],
        "moved, and the old name was never heard of": [
            (moved(4), EFFECT, {**put_new, **drop}),
            (progressed(3), STALE, {}),
        ],
        "a move that comes after what followed it still empties the old name": [
            (progressed(3), EFFECT, put),
            (progressed(5, subject=new), EFFECT, put_new),
            (moved(4), EFFECT, drop),
            (moved(4), STALE, {}),
            (progressed(2), STALE, {}),
        ],
        "a chain of moves, backwards": [
            (progressed(3), EFFECT, put),
            (moved(5, subject=third, moved_from=new), EFFECT, {**put_third, **drop_new}),
            (moved(4), EFFECT, drop),
            (progressed(6, subject=third), EFFECT, put_third),
        ],
        "an old name that is used again counts on from the move": [
            (progressed(3), EFFECT, put),
            (event("key_result.defined", 4, title="Another one"), EFFECT, put),
            (moved(4), EFFECT, put_new),
            (progressed(3), STALE, {}),
        ],
        "moved there and back": [
            (moved(4), EFFECT, {**put_new, **drop}),
            (moved(5, subject=old, moved_from=new), EFFECT, {**put, **drop_new}),
            (moved(4), STALE, {}),
        ],
        "the history of a moved one in a restored store": [
            (moved(4), EFFECT, {**put_new, **drop}),
            (progressed(3, epoch=NOW + 60), EFFECT, put),
            (moved(4), DUPLICATE, {}),
        ],
        "log entries count once by their id": [(failed, EFFECT, {}), (failed, DUPLICATE, {})],
        "a check-in is an entry, and moves no state": [
            (progressed(1), EFFECT, put),
            (check_in, EFFECT, {}),
            (check_in, DUPLICATE, {}),
        ],
        "signs of life": [
            (alive(hours[1]), EFFECT, {}),
            (alive(hours[0]), STALE, {}),
            (alive(hours[1]), DUPLICATE, {}),
            (alive(hours[2]), EFFECT, {}),
        ],
    }
    return [
        {
            "name": name,
            "secrets": [SECRET],
            "now": NOW,
            "deliveries": [
                {**delivery(body, webhook_id=_id_of(body)), "expect": {"outcome": outcome, **changes}}
                for body, outcome, changes in steps
            ],
        }
        for name, steps in told.items()
    ]


def _id_of(body: str) -> str:
    """The same for the same event, as syncd's are."""
    return "msg_" + hashlib.sha256(body.encode()).hexdigest()[:24]


if __name__ == "__main__":
    print(json.dumps(document(), indent=1, ensure_ascii=False))
