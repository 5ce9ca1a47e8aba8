"""What a query may be, and what it may name: asked of DuckDB's own parser."""

from __future__ import annotations

import duckdb
import pytest

import mltrace as mt
from mltrace.query.allowed import check_parsed

KNOWN = ("runs", "flags", "reads")


def tables(query: str) -> list[str]:
    answer = duckdb.connect().execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    return sorted(check_parsed(answer[0][0], KNOWN).tables)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("select 1", []),
        ("values (1), (2)", []),
        ("from runs", ["runs"]),
        ("select count(*) from runs order by 1 desc nulls last limit 3 offset 1", ["runs"]),
        ("select distinct on (a) a from runs limit 5%", ["runs"]),
        ("with bad as (select * from runs) select * from bad", ["runs"]),
        ("with bad as materialized (from runs) from bad join flags using (a)", ["flags", "runs"]),
        ("with runs as (select * from runs) select * from runs", ["runs"]),
        ("select (select max(a) from flags) from runs", ["flags", "runs"]),
        ("select * from runs where a in (select b from reads)", ["reads", "runs"]),
        ("select 1 union all select a from flags", ["flags"]),
        ("select sum(a) over (partition by b order by c desc) from runs", ["runs"]),
        ("select * from (select * from runs) x, range(3) y(i)", ["runs"]),
        ("with recursive t as (select 1 n union select n + 1 from t where n < 5) from t", []),
        ("select a::decimal(3, 1), [1], {'a': 1}, case when a then b end from runs", ["runs"]),
        ("select list_transform([1], lambda x: x + 1), unnest([1]) from runs", ["runs"]),
        ("select * from runs a left join reads b on a.x = b.x", ["reads", "runs"]),
        (
            "select count(*) filter (where a > 1) from runs group by all having count(*) > 1",
            ["runs"],
        ),
    ],
)
def test_a_question_names_its_tables(query: str, named: list[str]) -> None:
    assert tables(query) == named


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select 1; select 2", "is 2 statements"),
        ("", "The query is empty"),
        ("selec 1", "cannot be asked"),
        ("copy runs to 'x.csv'", "Only SELECT"),
        ("with x as (copy (select 1) to 'x.csv') select 1", "only SELECT over tables is accepted"),
        ("explain analyze copy (select 1) to 'x.csv'", "Only SELECT"),
        ("attach 'x.db'", "Only SELECT"),
        ("install httpfs", "Only SELECT"),
        ("load httpfs", "Only SELECT"),
        ("pragma database_list", "Only SELECT"),
        ("set threads = 3", "Only SELECT"),
        ("create table x as select 1", "Only SELECT"),
        ("drop view runs", "Only SELECT"),
        ("delete from runs", "Only SELECT"),
        ("describe runs", "Only views can be described: SHOW TABLES lists them"),
        ("select * from read_text('/etc/passwd')", r"calls read_text\(\) as a table"),
        ("with x as (from read_csv('a.csv')) from x", r"calls read_csv\(\) as a table"),
        ("select (select content from read_text('a'))", r"calls read_text\(\) as a table"),
        ("select * from query('select 1')", r"calls query\(\) as a table"),
        ("select * from duckdb_settings()", r"calls duckdb_settings\(\) as a table"),
        ("select * from glob('*')", r"calls glob\(\) as a table"),
        ("select * from '/etc/passwd'", "names the table '/etc/passwd'"),
        ("select * from information_schema.tables", "names the table 'information_schema.tables'"),
        ("select * from pg_class", "names the table 'pg_class'"),
        (
            'with "main.x" as (select 1) from main.x',
            "'main.x', which there is not",
        ),
        ("from duckdb_views, (with duckdb_views as (select 1) select 1)", "own 'duckdb_views'"),
        ("select 1" + " + 1" * 800, "nested too deeply"),
        ("from runz", "Did you mean 'runs'"),
    ],
)
def test_what_is_no_plain_question_is_refused(query: str, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        tables(query)
