"""What of its tables a query is found to need: never less than it does."""

from __future__ import annotations

import duckdb
import pytest

from mltrace.query.allowed import check_parsed
from mltrace.query.planning import plan_reading
from mltrace.query.pushdown import Needed, find_needed
from mltrace.query.views import VIEWS

ID = "01938b5e-8c00-7000-8000-000000000001"


def needed(query: str, **params: object) -> Needed:
    answer = duckdb.connect().execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    return find_needed(check_parsed(answer[0][0], VIEWS), params)


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT count(*) FROM runs", set()),
        ("SELECT Component FROM runs r WHERE r.status = 'failed'", {"component", "r", "status"}),
        ("SELECT a.host FROM runs a JOIN reads b USING (run_id)", {"a", "host", "run_id"}),
        ("SELECT (SELECT max(seconds) FROM checks) FROM runs ORDER BY host", {"seconds", "host"}),
    ],
)
def test_columns_are_those_that_are_mentioned(query: str, columns: set[str]) -> None:
    assert needed(query).columns == frozenset(columns)


@pytest.mark.parametrize(
    "query",
    [
        "FROM runs",
        "SELECT r.* FROM runs r",
        "SELECT * EXCLUDE (params) FROM runs",
        "SELECT COLUMNS('.*_id') FROM runs",
        "SELECT r FROM runs r",
        "SELECT runs FROM runs",
        "SELECT main.runs FROM runs",
        "SELECT #1 FROM runs",
        "SELECT count(*) FROM runs NATURAL JOIN reads",
        "SELECT x FROM runs AS r(x)",
        "SELECT host FROM (SELECT * FROM runs)",
    ],
)
def test_all_columns_are_needed_where_any_may_be(query: str) -> None:
    assert needed(query).columns is None


@pytest.mark.parametrize(
    ("query", "equals"),
    [
        (f"SELECT * FROM runs WHERE run_id = '{ID}'", {"runs": {"run_id": (ID,)}}),
        (
            f"SELECT * FROM runs r WHERE '{ID}' = r.run_id AND host > 'a'",
            {"runs": {"run_id": (ID,)}},
        ),
        ("SELECT * FROM runs WHERE run_id IN ('a', $b)", {"runs": {"run_id": ("a", "B")}}),
        (
            "SELECT * FROM runs r LEFT JOIN reads d USING (run_id) WHERE r.run_id = 'a'",
            {"runs": {"run_id": ("a",)}},
        ),
        ("WITH x AS (SELECT * FROM runs WHERE run_id = 'a') FROM x", {"runs": {"run_id": ("a",)}}),
    ],
)
def test_rows_are_those_of_an_equality(query: str, equals: object) -> None:
    assert needed(query, b="B").equals == equals


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM runs WHERE run_id = 'a' OR host = 'b'",
        "SELECT * FROM runs WHERE NOT run_id = 'a'",
        "SELECT * FROM runs WHERE run_id = host",
        "SELECT * FROM runs WHERE lower(run_id) = 'a'",
        "SELECT * FROM runs WHERE run_id IN (SELECT run_id FROM flags)",
        "SELECT * FROM runs WHERE run_id = $unknown",
        "SELECT * FROM runs a, runs b WHERE a.run_id = 'a'",
        "SELECT * FROM runs, reads WHERE run_id = 'a'",
        "SELECT * FROM runs a ASOF JOIN reads b ON a.ended_at > b.read_at WHERE b.kind = 'a'",
        "SELECT * FROM runs POSITIONAL JOIN reads WHERE reads.kind = 'a'",
        "SELECT * FROM runs TABLESAMPLE 10% WHERE run_id = 'a'",
        "SELECT * FROM runs WHERE run_id = 'a' USING SAMPLE 5",
        "WITH runs AS (SELECT * FROM runs) SELECT * FROM runs WHERE run_id = 'a'",
        "SELECT (SELECT count(*) FROM runs) FROM runs WHERE run_id = 'a'",
    ],
)
def test_no_row_is_left_out_where_it_may_matter(query: str) -> None:
    assert needed(query).equals == {}


def test_a_view_that_is_a_query_hands_an_equality_on() -> None:
    query = "SELECT num_reads FROM artifacts WHERE name = 'clean'"
    found = needed(query)
    plan = plan_reading(["artifacts"], found)
    assert {name: reading.equals for name, reading in plan.items()} == {
        name: {"identity": ("clean",)} for name in ("versions", "writes", "reads")
    }
    both = plan_reading(["artifacts", "reads"], found)
    assert both["reads"].equals == {}
