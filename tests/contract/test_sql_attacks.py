"""What a query in SQL must not be able to do."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.query.answering import answering
from mltrace.query.asking import Bounds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sqlite_only("DuckDB sees neither kind of catalog")

ATTACKS = (
    "COPY (SELECT 1) TO '{leak}'",
    "COPY runs FROM '{secret}'",
    "WITH x AS (COPY (SELECT 1) TO '{leak}') SELECT 1 AS value",
    "WITH x AS (INSERT INTO runs VALUES (1) RETURNING *) FROM x",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{leak}'",
    "EXPLAIN ANALYZE SELECT 1",
    "EXPORT DATABASE '{leak}'",
    "IMPORT DATABASE '{leak}'",
    "ATTACH '{leak}'",
    "ATTACH ':memory:' AS other",
    "FROM read_text('{secret}')",
    "FROM read_blob('{secret}')",
    "FROM read_csv('{secret}')",
    "FROM read_csv_auto('{secret}')",
    "FROM read_json('{secret}')",
    "FROM read_parquet('{secret}')",
    "FROM parquet_scan('{secret}')",
    "FROM glob('*')",
    "FROM '{secret}'",
    'FROM "{secret}"',
    "SELECT (SELECT content FROM read_text('{secret}')) AS value",
    "SELECT * FROM runs, LATERAL (FROM read_text('{secret}'))",
    "FROM sqlite_scan('{secret}', 'runs')",
    "FROM query('SELECT 1')",
    "FROM query_table('runs')",
    "FROM duckdb_secrets()",
    "FROM duckdb_settings()",
    "FROM duckdb_views()",
    "FROM pragma_database_list()",
    "FROM information_schema.tables",
    "FROM sqlite_master",
    "FROM which_secret('a', 's3')",
    'FROM "rows of runs"',
    "FROM artifact_1",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET enable_external_access = true",
    "SET memory_limit = '64 GB'",
    "RESET lock_configuration",
    "CALL pragma_version()",
    "CREATE MACRO f(x) AS TABLE FROM read_text(x)",
    "CREATE SECRET (TYPE s3)",
    "SELECT 1; DROP VIEW runs",
    "DELETE FROM runs",
    "UPDATE runs SET status = 'succeeded'",
    "PREPARE p AS SELECT 1",
    "SHOW TABLES; DROP VIEW runs",
    "DESCRIBE runs; INSTALL httpfs",
    "DESCRIBE '{secret}'",
    "DESCRIBE FROM read_text('{secret}')",
    "SHOW COLUMNS FROM runs' OR view = 'flags",
    "PRAGMA table_info('{secret}')",
    "PRAGMA table_info('runs'); LOAD httpfs",
    "FROM (SHOW ALL TABLES)",
    "SUMMARIZE runs",
    "PIVOT runs ON status",
    "SELECT getenv('HOME')",
    "SELECT getvariable('x') FROM query('SELECT 1')",
    "SELECT * FROM runs WHERE run_id IN (FROM read_text('{secret}'))",
    "FROM secret_of_the_process",
)
BOMBS = (
    "WITH RECURSIVE t AS (SELECT 1 n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "WITH RECURSIVE t AS (SELECT 'x' s UNION ALL SELECT s || s FROM t) SELECT max(s) FROM t",
    "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000) c",
    "SELECT a.range FROM range(1000000) a, range(1000000) b ORDER BY random()",
    "SELECT sum(length(repeat(repeat('x', 1000), 1000000)))",
    "SELECT length(lpad('x', 1000000000, 'y'))",
    "SELECT len(range(0, 1000000000))",
    "SELECT len(list_resize([1], 1000000000))",
    "SELECT length(replace(replace(repeat('x', 10000), 'x', repeat('y', 10000)), 'y', 'zzzz'))",
    "SELECT len(list_transform(range(1000000), lambda x: repeat('a', 100000)))",
    "SELECT repeat('x', 100000000) FROM range(1000)",
    "SELECT damerau_levenshtein(repeat('a', 30000), repeat('b', 30000)) FROM range(100)",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_refused_and_nothing_is_touched(store: Path, workdir: Path, attack: str) -> None:
    secret_of_the_process = {"value": [1]}
    secret, leak = workdir / "secret.csv", workdir / "leak"
    secret.write_text("value\nhidden\n")
    with pytest.raises(mt.MltraceError) as caught:
        mt.sql(attack.format(secret=secret, leak=leak))
    assert "hidden" not in str(caught.value)
    assert not leak.exists()
    assert secret_of_the_process


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_takes_too_much_is_ended(store: Path, bomb: str) -> None:
    began_at = time.monotonic()
    with pytest.raises(mt.NotEvaluatedError, match=r"was not done after|needs more than"):
        mt.Workspace().sql(bomb, bounds=Bounds(seconds=1.0, memory_mib=64))
    assert time.monotonic() - began_at < 20  # some DuckDB alone takes a minute for
    assert mt.sql("SELECT 1 AS one")[0] == {"one": 1}


def test_an_answer_of_too_many_rows_is_no_answer(store: Path) -> None:
    with pytest.raises(mt.NotEvaluatedError, match="more than 10 rows; add a LIMIT"):
        mt.Workspace().sql("FROM range(11)", bounds=Bounds(num_rows=10))


def test_a_parameter_is_never_read_as_sql(store: Path) -> None:
    text = "x'; COPY (SELECT 1) TO 'leak'; --"
    assert mt.sql("SELECT $it AS it WHERE $it = $it", it=text)[0]["it"] == text
    with pytest.raises(mt.UnknownNameError):
        mt.sql("FROM artifact($it)", it=text)


def test_a_name_of_a_kept_column_is_never_read_as_sql(store: Path) -> None:
    import pandas as pd

    odd = """a" AS b, 1' -- ; DROP"""

    @mt.component
    def made(number: int) -> pd.DataFrame:
        return pd.DataFrame({"id": [1, 2], odd: [0, number]})

    made(1)
    made(2)
    new, old = (one.digest for one in mt.versions("made"))
    (row,) = mt.sql("FROM changes('made', $a, $b)", a=old, b=new)
    assert (row["id"], row["changed"]) == (2, [odd])


def test_another_thread_can_ask_after_one_was_ended(store: Path) -> None:
    told: list[object] = []

    def ask() -> None:
        told.append(mt.sql("SELECT 1 AS one")[0])

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert told == [{"one": 1}] * 3


def test_an_interrupt_ends_the_process_that_answers(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mt.sql("SELECT 1")
    process = answering._process
    assert process is not None

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mltrace.query.answering._read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            mt.sql("SELECT sum(length(repeat(repeat('x', 1000), 1000000)))")
    assert process.poll() is not None
    assert mt.sql("SELECT 1 AS one")[0] == {"one": 1}
