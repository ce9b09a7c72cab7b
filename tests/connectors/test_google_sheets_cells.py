"""From cells to a number: what is a value, what is missing, what is an error. No I/O."""

import pytest
from pydantic import ValidationError

from connectors.google_sheets import a1
from connectors.google_sheets.answers import Outline
from connectors.google_sheets.cells import aggregated, only_cell
from connectors.google_sheets.labels import labelled
from connectors.google_sheets.queries import Cell, Labels, NamedRange, Range, Where
from connectors.google_sheets.reading import why_not
from syncd.sdk import MalformedResponse, QueryRejected

TABLE = [
    ["", "Health assistant"],
    [],
    ["", "Metric", "Start", "Current"],
    ["", "Assistant users", 2000, 3000, ""],
    ["", "NPS", 31],
    ["", 2026, 5, 0],
]
"""A margin, a title and an empty row around the table."""

PLAIN = [["Metric", "Start", "Current"], ["Assistant users", 2000, 3000], ["NPS", 31], [2026, 5, 0]]


# ---------------------------------------------------------------------- one cell


@pytest.mark.parametrize(("cell", "value"), [(7, 7.0), (0, 0.0), (-3.5, -3.5), (46310.25, 46310.25)])
def test_a_number_is_its_value_and_a_real_zero_is_a_zero(cell, value):
    assert only_cell([[cell]], where="A!B7").value == value


@pytest.mark.parametrize("grid", [[], [[]], [[""]], [[None]], [["  "]]])
def test_an_empty_cell_is_missing_and_not_a_zero(grid):
    with pytest.raises(MalformedResponse, match="A!B7 is empty") as caught:
        only_cell(grid, where="A!B7")

    assert caught.value.code == "empty_cell"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("#REF!", "holds the error #REF!"),
        ("#N/A", "holds the error #N/A"),
        ("#DIV/0!", "holds the error #DIV/0!"),
        ("Loading...", "is still loading"),
        ("n/a", "holds the text 'n/a'"),
        ("45 %", "holds the text '45 %'"),
        ("0", "holds the text '0'"),
        (True, "holds TRUE"),
        (False, "holds FALSE"),
        (float("nan"), "no finite number"),
        (10**400, "too large"),
    ],
)
def test_what_is_no_number_is_an_error(cell, message):
    with pytest.raises(MalformedResponse, match=message):
        only_cell([[cell]], where="A!B7")


def test_only_the_start_of_a_text_is_repeated():
    with pytest.raises(MalformedResponse) as caught:
        only_cell([["a long story " * 50]], where="A!B7")

    assert len(str(caught.value)) < 120


# ---------------------------------------------------------------------- many cells


def aggregate(grid, kind, **where):
    return aggregated(grid, aggregate=kind, condition=Where(**where) if where else None, where="A!B2:B")


@pytest.mark.parametrize(
    ("kind", "value"), [("sum", 6), ("mean", 2), ("count", 3), ("min", 0), ("max", 4), ("last", 4)]
)
def test_empty_cells_take_no_part_and_zeros_do(kind, value):
    assert aggregate([[2], [""], [0], [], [4, None]], kind).value == value


def test_a_count_over_an_empty_range_is_zero():
    assert aggregate([], "count").value == 0


@pytest.mark.parametrize("kind", ["sum", "mean", "min", "max", "last"])
@pytest.mark.parametrize("grid", [[], [[], [""]]])
def test_everything_else_over_an_empty_range_is_missing(kind, grid):
    with pytest.raises(MalformedResponse) as caught:
        aggregate(grid, kind)

    assert caught.value.code == "empty_range"


@pytest.mark.parametrize("kind", ["sum", "mean", "count", "min", "max", "last"])
@pytest.mark.parametrize("bad", ["#REF!", "Loading..."])
def test_an_error_in_one_cell_fails_the_whole(kind, bad):
    with pytest.raises(MalformedResponse, match="a cell of A!B2:B"):
        aggregate([[1], [bad], [3]], kind)


@pytest.mark.parametrize("kind", ["sum", "mean", "min", "max"])
def test_a_heading_in_the_range_is_an_error_that_says_so(kind):
    with pytest.raises(MalformedResponse, match="holds the text 'Customers'") as caught:
        aggregate([["Customers"], [3]], kind)

    assert "headings" in caught.value.hint


def test_the_last_filled_cell_counts_alone():
    assert aggregate([["Customers"], [3], [5], [""]], "last").value == 5


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"equals": "Done"}, 2),
        ({"equals": 3}, 1),
        ({"equals": True}, 1),
        ({"equals": 1}, 0),  # TRUE is not 1
    ],
)
def test_cells_that_equal_something_are_counted(where, count):
    grid = [["Done"], ["Open"], [" Done "], [3], [True]]

    assert aggregate(grid, "count", **where).value == count


def test_cells_above_and_below_a_bound_are_taken_without_the_bound():
    grid = [[1], [2], [3]]

    assert aggregate(grid, "sum", above=2).value == 3
    assert aggregate(grid, "sum", below=2).value == 1
    assert aggregate(grid, "count", above=9).value == 0
    with pytest.raises(MalformedResponse, match="that matches"):
        aggregate(grid, "sum", above=9)


def test_a_sum_too_large_for_a_number_is_an_error():
    with pytest.raises(MalformedResponse, match="too large"):
        aggregate([[1.7e308], [1.7e308]], "sum")


# ---------------------------------------------------------------------- labels


@pytest.mark.parametrize("grid", [TABLE, PLAIN])
@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("Assistant users", "Current", 3000),
        ("Assistant users", "last", 3000),
        ("NPS", "last", 31),
        ("NPS", "Start", 31),
        (2026, "Current", 0),
        ("2026", "Start", 5),
        (" NPS ", "Start", 31),
    ],
)
def test_a_cell_is_found_by_its_labels_wherever_the_table_stands(grid, row, column, value):
    assert labelled(grid, Labels(tab="Adoption", row=row, column=column)).value == value


def test_it_says_which_cell_it_found():
    assert labelled(TABLE, Labels(tab="My tab", row="NPS", column="Start")).where == "'My tab'!C5"


@pytest.mark.parametrize(
    ("labels", "message", "hint"),
    [
        ({"row": "NPS "}, None, None),
        ({"row": "Assistant user"}, "no row of tab 'A' is labelled 'Assistant user'", "'Assistant users'"),
        ({"column": "Currant"}, "no column of tab 'A' is labelled 'Currant'", "'Current'"),
        ({"row": "Churn"}, "no row of tab 'A' is labelled 'Churn'", "renamed"),
        ({"row": 3000}, "no row of tab 'A' is labelled '3000'", "renamed"),
        ({"row": "Metric", "column": "31"}, "no column of tab 'A' is labelled '31'", "renamed"),
    ],
)
def test_a_label_that_is_gone_is_an_error_that_says_which(labels, message, hint):
    asked = Labels(**{"tab": "A", "row": "NPS", "column": "Start"} | labels)
    if message is None:
        assert labelled(PLAIN, asked).value == 31
        return

    with pytest.raises(QueryRejected, match=message) as caught:
        labelled(PLAIN, asked)

    assert hint in caught.value.hint


def test_two_rows_or_columns_of_one_label_are_an_error():
    twice = [["Metric", "Now", "Now"], ["NPS", 1, 2], ["Users", 3, 4], ["NPS", 5, 6]]

    with pytest.raises(QueryRejected, match="two labels 'NPS' for a row of tab 'A': A2, A4"):
        labelled(twice, Labels(tab="A", row="NPS", column="last"))
    with pytest.raises(QueryRejected, match="two labels 'Now' for a column of tab 'A': B1, C1"):
        labelled(twice, Labels(tab="A", row="Users", column="Now"))


@pytest.mark.parametrize("column", ["Current", "last"])
def test_an_empty_labelled_cell_is_missing(column):
    with pytest.raises(MalformedResponse) as caught:
        labelled([["Metric", "Current"], ["NPS"]], Labels(tab="A", row="NPS", column=column))

    assert caught.value.code == "empty_cell"


def test_an_empty_tab_has_no_label():
    with pytest.raises(QueryRejected, match="tab 'A' is empty"):
        labelled([], Labels(tab="A", row="NPS", column="last"))


# ---------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("Adoption!B7", "Adoption!B7"),
        ("adoption!b7", "adoption!B7"),
        ("'Adoption'!$B$7", "Adoption!B7"),
        ("My tab!B7:B7", "'My tab'!B7"),
        ("'It''s'!A1", "'It''s'!A1"),
        ("B7", "B7"),
        ("Adoption!B2:C", "Adoption!B2:C"),
        ("Adoption!B:B", "Adoption!B:B"),
        ("Adoption!2:4", "Adoption!2:4"),
        ("'D5'!AA10", "'D5'!AA10"),
    ],
)
def test_equal_ranges_have_one_spelling(text, spelt):
    assert str(a1.parse(text)) == spelt


@pytest.mark.parametrize(
    "text", ["Adoption", "'Adoption'", "active_customers", "Adoption!", "!B7", "A!B0", "", ":"]
)
def test_what_is_no_address_is_a_name(text):
    assert a1.parse(text) is None


@pytest.mark.parametrize("index", [0, 25, 26, 51, 701, 702, 18277])
def test_column_letters_and_indexes_are_each_others_inverse(index):
    assert a1.column_index(a1.column_letters(index)) == index


# ---------------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("model", "written", "message"),
    [
        (Cell, {"cell": "Adoption!B2:B9"}, "several cells"),
        (Cell, {"cell": "adoption"}, "not a cell"),
        (Cell, {"cell": {"tab": "A", "row": "NPS"}}, "column"),
        (Cell, {"cell": {"tab": "A", "row": True, "column": "last"}}, "row"),
        (Cell, {"cell": "A!B7", "spreadsheet": "not an id"}, "id, or by its link"),
        (NamedRange, {"named_range": "A!B7"}, "pattern"),
        (Range, {"range": "A!B2:B"}, "aggregate"),
        (Range, {"range": "A!B2:B", "aggregate": "average"}, "'mean'"),
        (Range, {"range": "A!B2:B", "aggregate": "sum", "where": {}}, "exactly one"),
        (Range, {"range": "A!B2:B", "aggregate": "sum", "where": {"above": 1, "below": 2}}, "exactly one"),
        (Range, {"range": "A!B2:B", "aggregate": "sum", "where": {"equals": "x"}}, "can be counted only"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused_when_it_is_written(model, written, message):
    with pytest.raises(ValidationError, match=message):
        model.model_validate(written)


@pytest.mark.parametrize(
    "link",
    [
        "1AbC-d_9",
        "https://docs.google.com/spreadsheets/d/1AbC-d_9",
        "https://docs.google.com/spreadsheets/d/1AbC-d_9/edit?usp=sharing#gid=0",
        "https://docs.google.com/spreadsheets/u/1/d/1AbC-d_9/edit",
    ],
)
def test_a_spreadsheet_may_be_named_by_its_link(link):
    assert Cell(cell="A!B7", spreadsheet=link).spreadsheet == "1AbC-d_9"


# ---------------------------------------------------------------------- what a spreadsheet cannot have


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Adoption!B7", None),
        ("'Adoption'", None),
        ("Adoption", None),
        ("users", None),
        ("B7", None),
        ("Adoptoin!B7", "no tab 'Adoptoin'"),
        ("'Adoptoin'", "no tab 'Adoptoin'"),
        ("user", "no named range 'user'"),
        ("Adoption!B101", "outside of its tab"),
        ("Adoption!AA1", "outside of its tab"),
    ],
)
def test_an_outline_tells_which_ranges_cannot_be_there(text, reason):
    outline = Outline.model_validate(
        {
            "sheets": [
                {
                    "properties": {
                        "title": "Adoption",
                        "gridProperties": {"rowCount": 100, "columnCount": 26},
                    }
                }
            ],
            "namedRanges": [{"name": "users"}],
        }
    )

    found = why_not(outline, text)

    assert (found is None) == (reason is None)
    assert reason is None or reason in str(found)
