"""What somebody said, as `syncd check-in --json` and `confirm --json` print it."""

from __future__ import annotations

from syncd.okr.word import Word
from syncd.sync.words import said
from syncd.views.rows import Row, moment


def word_row(word: Word) -> Row:
    """The word with what its sort can say; null where it was not said."""
    return {"at": moment(word.at), "author": word.author, **said(word)}
