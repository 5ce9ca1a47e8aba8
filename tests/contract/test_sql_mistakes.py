"""Mistakes in queries are told in the words of the views, not in those of DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sqlite_only


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT componnt FROM runs", r"Did you mean component"),
        ("SELECT r.statsu FROM runs r", r"Did you mean status\?"),
        ("SELECT x FROM (SELECT 1 AS y) t", r'Candidate bindings: "y"'),
        ("", "The query is empty; give one SELECT"),
        (3, "The query is a int; give a text such as 'FROM runs'"),
        (None, "The query is a NoneType; give a text"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(store: Path, query: Any, message: str) -> None:
    with pytest.raises(mt.ArgumentError, match=message):
        mt.sql(query)


def test_columns_that_are_not_mentioned_are_no_candidates(store: Path) -> None:
    with pytest.raises(mt.ArgumentError, match="cannot be answered") as caught:
        mt.sql("SELECT componnt FROM runs")
    assert "git_dirty" not in str(caught.value)
