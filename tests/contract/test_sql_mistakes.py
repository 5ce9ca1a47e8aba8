"""Mistakes in queries are told in the words of the views, not in those of DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.query.views import VIEWS

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
        ("DESCRIBE runz", r"No view 'runz'\. Did you mean 'runs'\? SHOW TABLES lists the views"),
        ("SHOW DATABASES", r"No view 'databases'\..* SHOW TABLES lists the views"),
        ("DESCRIBE SELECT 1", "Only views can be described: SHOW TABLES lists them, DESCRIBE runs"),
        ("DESCRIBE artifact('clean')", "Only views can be described: .* A query with LIMIT 0"),
        ("SUMMARIZE runs", "Only views can be described: .* FROM profiles tells what columns hold"),
        ("FROM (DESCRIBE runs)", "Only views can be described"),
        ("FROM information_schema.tables", "FROM views and FROM columns tell what there is"),
        ("FROM duckdb_columns()", "FROM views and FROM columns tell what there is"),
        ("PRAGMA database_list", "Only SELECT can be asked: .* FROM views and FROM columns tell"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(store: Path, query: Any, message: str) -> None:
    with pytest.raises(mt.ArgumentError, match=message):
        mt.sql(query)


@pytest.mark.parametrize(
    "query", ["SHOW TABLES", "show all tables;", "DESCRIBE", "PRAGMA show_tables", ".tables", r"\d"]
)
def test_the_views_are_listed_as_other_databases_do(store: Path, query: str) -> None:
    assert [row["name"] for row in mt.sql(query)] == sorted(VIEWS)


@pytest.mark.parametrize(
    "query",
    [
        *("DESCRIBE runs", " desc\nRuns ; ", "SHOW runs", 'describe "runs"', "DESCRIBE main.runs"),
        *("DESCRIBE TABLE runs", "SHOW COLUMNS FROM runs", "PRAGMA table_info('runs')"),
        *("pragma table_info(runs)", ".schema runs", ".columns runs", r"\d runs", r"\d+ runs"),
    ],
)
def test_a_view_is_described_as_other_databases_do(store: Path, query: str) -> None:
    told = [(row["column_name"], row["column_type"], row["about"]) for row in mt.sql(query)]
    assert told == [*map(tuple, VIEWS["runs"].columns)]


def test_columns_that_are_not_mentioned_are_no_candidates(store: Path) -> None:
    with pytest.raises(mt.ArgumentError, match="cannot be answered") as caught:
        mt.sql("SELECT componnt FROM runs")
    assert "git_dirty" not in str(caught.value)
