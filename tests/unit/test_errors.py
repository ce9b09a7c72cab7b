"""Errors: who can mend what."""

from __future__ import annotations

import pytest

from syncd.errors import MalformedResponse, QueryRejected


@pytest.mark.parametrize("code", ["empty_cell", "empty_range", "empty", "not_a_number", "cell_error"])
def test_what_people_wrote_is_for_the_operator_to_mend(code: str) -> None:
    assert MalformedResponse("a cell", code=code).actor == "operator"


def test_an_answer_that_breaks_the_sources_own_promise_is_for_the_author() -> None:
    assert MalformedResponse("half a page").actor == "author"
    assert MalformedResponse("half a page", code="pages_cut_short").actor == "author"


def test_what_mends_itself_is_for_nobody() -> None:
    assert MalformedResponse("a cell", code="cell_loading").actor == "nobody"


def test_a_code_of_one_class_says_nothing_of_anothers() -> None:
    assert QueryRejected("nothing in this window", code="empty").actor == "operator"
