from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.mappings.document import MAX_BYTES, parse_document, read_text
from syncd.mappings.findings import Findings
from syncd.mappings.nodes import MapNode, Scalar, to_plain
from syncd.mappings.scalars import resolve

# Without what YAML must have escaped, and escapes in another way than JSON.
TEXTS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def parse(text: str) -> MapNode:
    findings = Findings()
    node = parse_document(text, path="a.yaml", findings=findings)
    assert node is not None, findings.all()
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("10:30", "10:30"),
        ("2026-10-31", "2026-10-31"),
        ("1_000", "1_000"),
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("+7", 7),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("9" * 5_000, "9" * 5_000),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object) -> None:
    resolved = resolve(text)

    assert resolved == value
    assert type(resolved) is type(value)


def test_quoted_and_block_scalars_stay_text() -> None:
    node = parse("a: '5'\nb: \"true\"\nc: |\n  7\n")

    assert to_plain(node) == {"a": "5", "b": "true", "c": "7\n"}


def test_every_node_knows_its_line_and_column_in_characters() -> None:
    node = parse("größe: {höhe: 5, tief: [1, 2]}\nnext: x\n")

    outer = node.values["größe"]
    assert isinstance(outer, MapNode)
    assert [(key.line, key.column) for key in node.keys.values()] == [(1, 1), (2, 1)]
    assert [(key.line, key.column) for key in outer.keys.values()] == [(1, 9), (1, 18)]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("value: a + bc", 1, 12),
        ("value: 'a + bc'", 1, 13),
        ("value: |\n  a + bc", 1, 8),
        ('value: "a\\u0020+ bc"', 1, 8),
    ],
    ids=["plain", "quoted", "block: its start", "escaped: its start"],
)
def test_a_place_inside_a_scalar_is_told_where_it_can_be(text: str, line: int, column: int) -> None:
    scalar = parse(text).values["value"]

    assert isinstance(scalar, Scalar)
    place = scalar.place_at(5)
    assert (place.line, place.column) == (line, column)


def test_several_mistakes_are_told_at_once() -> None:
    findings = Findings()

    parse_document("a: 1\na: 2\n3: 4\nb: {c: 1, c: 2}\n", path="a.yaml", findings=findings)

    assert [(f.line, f.code) for f in findings.all()] == [
        (2, "duplicate_key"),
        (3, "non_string_key"),
        (4, "duplicate_key"),
    ]


@given(st.text())
def test_any_text_is_a_map_or_a_finding(text: str) -> None:
    findings = Findings()

    node = parse_document(text, path="a.yaml", findings=findings)

    assert (node is None) <= findings.has_errors


@given(st.dictionaries(TEXTS, JSON_VALUES, min_size=1, max_size=5))
def test_json_is_read_as_what_it_says(value: dict[str, object]) -> None:
    node = parse(json.dumps(value, ensure_ascii=False))

    assert to_plain(node) == value


class TestReading:
    def read(self, path: Path) -> list[tuple[int, int, str]]:
        findings = Findings()
        text = read_text(path, name="a.yaml", findings=findings)
        assert (text is None) == findings.has_errors
        return [(f.line, f.column, f.code) for f in findings.all()]

    def test_a_missing_file_is_unreadable(self, tmp_path: Path) -> None:
        assert self.read(tmp_path / "a.yaml") == [(1, 1, "unreadable")]

    def test_a_folder_is_unreadable(self, tmp_path: Path) -> None:
        assert self.read(tmp_path) == [(1, 1, "unreadable")]

    def test_other_encodings_are_found_at_the_first_wrong_byte(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_bytes("title: ok\ntitel: Größe\n".encode("latin-1"))

        assert self.read(tmp_path / "a.yaml") == [(2, 10, "not_utf8")]

    def test_a_byte_order_mark_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")

        assert read_text(tmp_path / "a.yaml", name="a.yaml", findings=Findings()) == "a: 1\n"

    def test_a_file_over_one_mebibyte_is_refused_unread(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_bytes(b"#" * (MAX_BYTES + 1))

        assert self.read(tmp_path / "a.yaml") == [(1, 1, "file_too_large")]

    def test_a_text_over_one_mebibyte_is_refused_too(self) -> None:
        findings = Findings()

        parse_document("ä" * (MAX_BYTES // 2 + 1), path="a.yaml", findings=findings)

        assert [f.code for f in findings.all()] == ["file_too_large"]
