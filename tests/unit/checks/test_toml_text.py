"""TOML that is written and changed in place."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mltrace as mt
from mltrace.checks.toml_text import assignment, reassignment, statements

SCALARS = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.none() | st.just(UTC))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(st.text(st.characters(codec="utf-8")), VALUES)
def test_value_reads_as_it_was_written(key: str, value: Any) -> None:
    text = assignment(key, value)
    assert tomllib.loads(text) == {key: value}
    assert [one.table for one in statements(text) if one.table] == [{key: value}]


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), VALUES), max_size=5))
def test_statements_are_the_text_in_pieces(pairs: list[tuple[str, Any]]) -> None:
    text = "# begin\n\n" + "".join(
        f"[[list]]\n{assignment(key, value)}  # end\n" for key, value in pairs
    )
    pieces = statements(text)
    assert "".join(one.text for one in pieces) == text
    assert sum(one.is_list_header for one in pieces) == len(pairs)


def test_only_line_feeds_count_as_lines() -> None:
    assert [one.line for one in statements("a = '\u2028\x85'\r\n# \u2028\nb = 1")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("min = 1 # agreed\n", "min = 2  # agreed\n"),
        ("min = '#1' # agreed # twice\n", "min = 2  # agreed # twice\n"),
        ("min = 1\n", "min = 2\n"),
        ("min = [ # why\n1]\n", "min = 2\n"),
    ],
)
def test_comment_behind_a_value_stays(old: str, new: str) -> None:
    (statement,) = statements(old)
    assert reassignment(statement, "min", 2) == new


@pytest.mark.parametrize("value", [None, object(), [None], {"a": {1}}])
def test_value_that_toml_has_not_is_refused(value: Any) -> None:
    with pytest.raises(mt.ArgumentError, match="TOML holds no"):
        assignment("key", value)


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="no text that TOML can hold"):
        assignment("key", "\udc80")


def test_times_and_patterns_are_written_as_people_write_them() -> None:
    assert assignment("at", date(2026, 11, 26)) == "at = 2026-11-26\n"
    assert assignment("at", datetime(2026, 1, 2, 3, tzinfo=UTC)).startswith("at = 2026-01-02T03")
    assert assignment("at", time(3, 4)) == "at = 03:04:00\n"
    assert assignment("pattern", r"\d+") == "pattern = '\\d+'\n"
