import gzip
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.egress.body import check_json, depth_exceeds, read_body
from syncd.errors import MalformedResponse, SourceUnavailable

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def in_pieces(data: bytes, size: int = 7) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def read(chunks: list[bytes], *, encoding: str = "", limit: int = 1_000_000) -> bytes:
    return read_body(chunks, encoding=encoding, limit=limit, where="GET https://x/y")


@given(body=st.binary(), size=st.integers(1, 50))
def test_a_gzipped_body_comes_out_as_it_went_in(body: bytes, size: int) -> None:
    assert read(in_pieces(gzip.compress(body), size), encoding="gzip") == body


def test_a_gzipped_body_may_have_several_members() -> None:
    assert read([gzip.compress(b"a") + gzip.compress(b"b")], encoding="gzip") == b"ab"


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    packed = gzip.compress(bytes(50_000_000))

    with pytest.raises(MalformedResponse) as refused:
        read([packed], encoding="gzip", limit=100_000)

    assert refused.value.code == "response_too_large"


def test_compressed_data_that_ends_early_is_a_cut_answer() -> None:
    noise = random.Random(1).randbytes(5_000)

    with pytest.raises(SourceUnavailable):
        read([gzip.compress(noise)[:-20]], encoding="gzip")


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(MalformedResponse, match="content encoding 'br'"):
        read([b"..."], encoding="br")
    with pytest.raises(MalformedResponse, match="says that it is gzip"):
        read([zlib.compress(b"{}")], encoding="gzip")


def test_a_body_of_exactly_the_limit_is_read() -> None:
    assert len(read([b"x" * 100], limit=100)) == 100
    with pytest.raises(MalformedResponse):
        read([b"x" * 101], limit=100)


@given(value=json_values, indent=st.none() | st.just(2))
def test_depth_is_that_of_the_parsed_value(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent).encode()
    depth = depth_of(value)

    assert not depth_exceeds(text, depth)
    if depth:
        assert depth_exceeds(text, depth - 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html>Log in</html>",
        b'{"total": 1',
        b'{"total": NaN}',
        b'{"total": Infinity}',
        b"\xff\xfe{}",
        b"[" + b"9" * 5_000 + b"]",
    ],
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedResponse):
        check_json(body, max_depth=10, where="GET https://x/y")


def test_the_message_shows_the_start_of_what_came_instead() -> None:
    with pytest.raises(MalformedResponse) as refused:
        check_json(b"<html>\n<title>Log in</title>" + b"x" * 5_000, max_depth=10, where="GET https://x/y")

    assert "GET https://x/y: the answer is not JSON; it begins '<html> <title>Log in" in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("levels", [11, 900, 200_000])
def test_json_that_nests_too_deep_is_malformed(levels: int) -> None:
    with pytest.raises(MalformedResponse, match="deeper than 10"):
        check_json(b"[" * levels + b"]" * levels, max_depth=10, where="GET https://x/y")


def test_json_at_the_limit_passes() -> None:
    check_json(b"[" * 10 + b"]" * 10, max_depth=10, where="GET https://x/y")
    check_json(b'{"a": "[[[[[[[[[[[[[[[["}', max_depth=1, where="GET https://x/y")
