"""Databases that wait for the next query: each as confined as its own query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow
import pytest
from pyarrow import parquet

from mltrace.query import worker
from mltrace.query.worker import Part, Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def databases() -> Iterator[worker._Databases]:
    made = worker._Databases()
    yield made
    for database in [*made._kept.values(), made.new()]:
        database.close()


def _question(*paths: Path, memory_mib: int = 64) -> Question:
    part = Part("gems", [("a", "a")], [str(path) for path in paths], b"")
    parts = [part] if paths else []
    return Question("SELECT 1", False, {}, parts, [], 30.0, memory_mib, 10)


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    parquet.write_table(pyarrow.table({"a": [1, 2]}), path)
    return path


def test_one_serves_all_queries_that_read_the_same_and_may_take_the_same(
    databases: worker._Databases, tmp_path: Path
) -> None:
    one, other = _file(tmp_path, "one"), _file(tmp_path, "other")
    for question in (_question(one), _question(one), _question(one, other)):
        with databases.connection(question) as connection:
            worker._show(connection, question.parts[0])
    with databases.connection(_question(one, memory_mib=128)):
        pass
    assert [len(paths) for _, paths in databases._kept] == [1, 2, 1]


def test_a_query_sees_neither_the_tables_nor_the_files_of_another(
    databases: worker._Databases, tmp_path: Path
) -> None:
    one, other = _file(tmp_path, "one"), _file(tmp_path, "other")
    first = _question(one)
    with databases.connection(_question(other)):
        pass
    with databases.connection(first) as connection:
        worker._show(connection, first.parts[0])
        assert connection.execute("SELECT count(*) FROM gems").fetchall() == [(2,)]
        connection.register("rows", pyarrow.table({"a": [1]}))
    with databases.connection(first) as connection:
        for name in ("gems", "rows"):
            with pytest.raises(duckdb.CatalogException, match="does not exist"):
                connection.table(name)
        with pytest.raises(duckdb.PermissionException, match="Cannot access file"):
            connection.read_parquet(str(other))
        with pytest.raises(duckdb.InvalidInputException, match="configuration has been locked"):
            connection.execute("SET memory_limit = '2 GB'")


def test_one_in_which_a_query_failed_goes(databases: worker._Databases) -> None:
    with (
        pytest.raises(duckdb.BinderException, match="nothing"),
        databases.connection(_question()) as connection,
    ):
        connection.execute("SELECT nothing")
    assert not databases._kept


def test_those_that_were_asked_last_are_kept(databases: worker._Databases) -> None:
    for memory_mib in range(64, 64 + worker._MOST_KEPT + 2):
        with databases.connection(_question(memory_mib=memory_mib)):
            pass
    assert [memory for memory, _ in databases._kept] == list(range(66, 66 + worker._MOST_KEPT))
