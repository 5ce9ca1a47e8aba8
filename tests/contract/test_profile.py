"""`mt.profile` takes whatever holds rows, and says the same of equal rows."""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals
import numpy
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.parquet
import pytest
from tests.conftest import process_environment
from tests.profiled import differences, table_of_all_kinds

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _parquet(table: pyarrow.Table, folder: Path) -> Path:
    pyarrow.parquet.write_table(table, folder / "rows.parquet", row_group_size=300)
    return folder / "rows.parquet"


def _parquet_folder(table: pyarrow.Table, folder: Path) -> str:
    (folder / "deep").mkdir()
    pyarrow.parquet.write_table(table.slice(0, 1000), folder / "a.parquet")
    pyarrow.parquet.write_table(table.slice(1000), folder / "deep" / "b.parquet")
    return str(folder)


def _feather(table: pyarrow.Table, folder: Path) -> str:
    pyarrow.feather.write_feather(table, str(folder / "rows.feather"))
    return str(folder / "rows.feather")


def _arrow_stream(table: pyarrow.Table, folder: Path) -> str:
    with pyarrow.ipc.new_stream(str(folder / "rows.arrow"), table.schema) as writer:
        writer.write_table(table, 500)
    return str(folder / "rows.arrow")


def _csv(table: pyarrow.Table, folder: Path) -> Path:
    with pyarrow.output_stream(str(folder / "rows.csv.gz"), compression="gzip") as file:
        pyarrow.csv.write_csv(table, file)
    return folder / "rows.csv.gz"


def _glob(table: pyarrow.Table, folder: Path) -> str:
    _parquet_folder(table, folder)
    return str(folder / "**" / "*.parquet")


HOLDERS: dict[str, Callable[[pyarrow.Table, Any], Any]] = {
    "pandas": lambda table, _: table.to_pandas(),
    "pandas of Arrow types": lambda table, _: table.to_pandas(types_mapper=pandas.ArrowDtype),
    "pandas nullable": lambda table, _: table.to_pandas().convert_dtypes(),
    "polars": lambda table, _: polars.from_arrow(table),
    "polars lazy": lambda table, _: polars.from_arrow(table).lazy(),  # type: ignore[union-attr]
    "narwhals": lambda table, _: narwhals.from_native(polars.from_arrow(table)),
    "batch": lambda table, _: table.combine_chunks().to_batches()[0],
    "reader": lambda table, _: table.to_reader(max_chunksize=123),
    "dataset": lambda table, _: pyarrow.dataset.dataset(table),
    "DuckDB": lambda table, _: duckdb.connect().from_arrow(table),
    "records": lambda table, _: table.to_pylist(),
    "columns": lambda table, _: table.to_pydict(),
    "Parquet": _parquet,
    "Parquet folder": _parquet_folder,
    "Parquet glob": _glob,
    "Feather": _feather,
    "Arrow stream": _arrow_stream,
    "CSV": _csv,
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_equal_rows_have_equal_profiles(holder: str, tmp_path: Path) -> None:
    table = table_of_all_kinds()
    assert differences(mt.profile(HOLDERS[holder](table, tmp_path)), mt.profile(table)) == []


@pytest.mark.parametrize("holder", HOLDERS)
def test_only_columns_that_are_wanted_are_profiled(holder: str, tmp_path: Path) -> None:
    held = HOLDERS[holder](table_of_all_kinds(), tmp_path)
    assert list(mt.profile(held, columns=["carrier", "dep_delay"]).columns) == [
        "dep_delay",
        "carrier",
    ]


@pytest.mark.parametrize("holder", HOLDERS)
def test_unknown_column_is_told_with_the_nearest(holder: str, tmp_path: Path) -> None:
    held = HOLDERS[holder](table_of_all_kinds(), tmp_path)
    with pytest.raises(mt.UnknownNameError, match=r"No column 'carier'\. Did you mean 'carrier'"):
        mt.profile(held, columns="carier")


@pytest.mark.parametrize("holder", [name for name in HOLDERS if name not in ("batch", "records")])
def test_table_without_rows_has_its_columns(holder: str, tmp_path: Path) -> None:
    profile = mt.profile(HOLDERS[holder](table_of_all_kinds().slice(0, 0), tmp_path))
    assert (profile.num_rows, list(profile.columns)) == (0, table_of_all_kinds().column_names)


def test_json_lines_are_read_with_times_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"delay": 3, "at": "2013-01-01"}\n\n{"delay": "none"}\n{"gate": [1]}\n')
    columns = mt.profile(path).columns
    assert {name: one.num_nulls for name, one in columns.items()} == {
        "delay": 1,
        "at": 2,
        "gate": 2,
    }
    assert columns["delay"].num_of_kinds["number"] == 1


def test_csv_whose_types_change_after_the_first_block_is_read_as_the_widest(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.csv"
    lines = [f"{row},{row},,{row % 2 == 0}" for row in range(1_200_000)]
    path.write_text("\n".join(["whole,name,late,is_even", *lines, "0.5,x,7,True", ""]))
    columns = mt.profile(path, mode="sample").columns
    assert {name: one.dtype for name, one in columns.items()} == {
        "whole": "double",
        "name": "string",
        "late": "int64",
        "is_even": "bool",
    }


def test_columns_of_one_name_and_labels_that_are_no_texts_have_names_of_their_own() -> None:
    frame = pandas.DataFrame([[1, 2, 3, 4]], columns=["a", "a", 7, ("b", 1)])
    assert list(mt.profile(frame).columns) == ["a", "a.1", "7", "('b', 1)"]


def test_index_of_pandas_is_a_column_unless_it_is_a_position() -> None:
    frame = pandas.DataFrame({"delay": [1, 2]})
    assert list(mt.profile(frame).columns) == ["delay"]
    assert list(mt.profile(frame.iloc[::-1]).columns) == ["delay"]
    assert list(mt.profile(frame.set_index(pandas.Index(["x", "y"]))).columns) == [
        "delay",
        "__index_level_0__",
    ]
    by_two = frame.set_index(pandas.MultiIndex.from_product([["x"], [1, 2]], names=["k", "n"]))
    assert list(mt.profile(by_two).columns) == ["delay", "k", "n"]


def test_nan_of_pandas_is_null_and_nan_elsewhere_is_nan() -> None:
    values = numpy.array([1.0, numpy.nan, 3.0])
    of_pandas = mt.profile(pandas.DataFrame({"delay": values})).columns["delay"]
    assert (of_pandas.num_nulls, of_pandas.num_nan) == (1, 0)
    for held in (
        polars.DataFrame({"delay": values}),
        pyarrow.table({"delay": values}),
        {"delay": values},
    ):
        column = mt.profile(held).columns["delay"]
        assert (column.num_nulls, column.num_nan) == (0, 1)


ODD: dict[str, Any] = {
    "no columns": pandas.DataFrame(index=range(3)),
    "nothing": pandas.DataFrame(),
    "nothing of polars": polars.DataFrame(),
    "nothing of Arrow": pyarrow.table({}),
    "no rows": pandas.DataFrame({"a": [], "b": pandas.Series([], dtype="datetime64[ns, UTC]")}),
    "no records": [],
    "categories": pandas.DataFrame({"a": pandas.Categorical(["x", None], categories=["x", "y"])}),
    "categories of numbers": pandas.DataFrame({"a": pandas.Categorical([1.5, 2.5])}),
    "periods": pandas.DataFrame({"a": pandas.period_range("2013-01", periods=3, freq="M")}),
    "intervals": pandas.DataFrame({"a": pandas.interval_range(0, 3)}),
    "sparse": pandas.DataFrame({"a": pandas.arrays.SparseArray([0, 0, 1])}),
    "zones": pandas.DataFrame({"a": pandas.to_datetime(["2013-01-01"]).tz_localize("Asia/Tokyo")}),
    "durations": pandas.DataFrame({"a": pandas.to_timedelta(["1D", None])}),
    "complex": pandas.DataFrame({"a": [1 + 2j]}),
    "mixed": pandas.DataFrame({"a": [1, "x", None, b"y", 2.5, True, [1], {"k": 1}, object()]}),
    "zones mixed": pandas.DataFrame(
        {"a": [datetime.datetime(2013, 1, 1), datetime.datetime(2013, 1, 1, tzinfo=datetime.UTC)]},
        dtype=object,
    ),
    "huge": pandas.DataFrame({"a": [2**80, -(2**80), 1]}),
    "decimals": pandas.DataFrame({"a": [decimal.Decimal("1.5"), None]}),
    "bytes": pyarrow.table({"a": [b"\xff", None]}),
    "nested": pyarrow.table({"a": [[1], []], "b": [{"k": [1]}, None]}),
    "nulls": pyarrow.table({"a": pyarrow.nulls(3)}),
    "objects of polars": polars.DataFrame({"a": [object(), None]}, schema={"a": polars.Object}),
    "wide integers": polars.DataFrame({"a": [2**100]}, schema={"a": polars.Int128}),
    "enums": polars.DataFrame({"a": ["x"]}, schema={"a": polars.Enum(["x", "y"])}),
    "surrogates": pandas.DataFrame({"a": ["b\ud800"]}, dtype=object),
    "a name with NUL": polars.DataFrame({"a\x00b": [1]}),
    "structured": numpy.array([(1, "x")], dtype=[("n", "i8"), ("t", "U1")]),
    "big-endian": numpy.array([1.0, 2.0], dtype=">f8"),
    "hours": numpy.array(["2013-01-01T05"], dtype="datetime64[h]"),
    "series": pandas.Series([1, 2], name="delay"),
    "series of polars": polars.Series("delay", [1, None]),
    "chunks": pyarrow.chunked_array([[1], [2, None]]),
    "index": pandas.Index(["x", "y"]),
}


@pytest.mark.parametrize("held", ODD)
def test_odd_data_is_profiled(held: str) -> None:
    profile = mt.profile(ODD[held])
    assert all(column.num_rows == profile.num_rows for column in profile.columns.values())
    assert mt.Profile.from_bytes(profile.to_bytes()).num_rows == profile.num_rows
    assert profile.num_rows == len(ODD[held])


def test_values_of_several_kinds_in_one_column_are_told_apart() -> None:
    column = mt.profile(ODD["mixed"]).columns["a"]
    assert column.num_nulls == 1
    assert column.num_of_kinds["number"] == 2


def test_columns_may_be_named_by_labels_that_are_no_texts() -> None:
    assert list(mt.profile(pandas.DataFrame({1: [1], 2: [2]}), columns=[2]).columns) == ["2"]  # type: ignore[list-item]


def test_masked_values_of_numpy_are_null() -> None:
    values = numpy.ma.array([1, 2, 3], mask=[False, True, False])
    assert mt.profile(values).columns["value"].num_nulls == 1


def test_a_thousand_columns_are_profiled() -> None:
    frame = pandas.DataFrame(numpy.zeros((20, 1000))).rename(columns=str)
    assert len(mt.profile(frame).columns) == 1000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (3, "A value of type int cannot be profiled; accepted: frames"),
        ([1, 2], "a list is profiled if its items are dictionaries"),
        (numpy.zeros((1, 1, 1)), "An array of 3 dimensions is no table"),
        ({"a": [1], "b": [1, 2]}, "columns differ in length"),
        ({"a": 1}, "its values are lists or arrays"),
    ],
)
def test_what_has_no_rows_is_refused(data: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=f"(?i){said}"):
        mt.profile(data)


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".npy"])
def test_damaged_file_is_named_with_a_remedy(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows{ending}"
    path.write_bytes(b"PAR1 this is no table at all, whatever its name says PAR1")
    with pytest.raises(mt.UnreadableDataError, match=f"rows{ending}.*cannot be read as.*anew"):
        mt.profile(path)


def test_row_of_csv_with_too_few_values_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(mt.UnreadableDataError, match=r"rows\.csv.*Expected 2 columns, got 1"):
        mt.profile(path)


def test_line_that_is_no_json_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(mt.UnreadableDataError, match=r"rows\.jsonl:2"):
        mt.profile(path)


def test_missing_file_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "flights.parquet").touch()
    with pytest.raises(mt.ArgumentError, match=r"Did you mean 'flights\.parquet'"):
        mt.profile(tmp_path / "flihgts.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(mt.ArgumentError, match="holds no Parquet file"):
        mt.profile(tmp_path / "empty")


def test_ending_that_is_unknown_is_told_with_those_that_are_not(tmp_path: Path) -> None:
    (tmp_path / "rows.xlsx").touch()
    with pytest.raises(mt.ArgumentError, match=r"\.xlsx' does not end as .*\.csv.*\.parquet"):
        mt.profile(tmp_path / "rows.xlsx")


WITHOUT_PYARROW = """
import sys
sys.modules["pyarrow"] = None
import pandas
import mltrace as mt

@mt.component
def save(path):
    pandas.DataFrame({"delay": [1]}).to_csv(path)
    return path

save("flights.csv")
try:
    mt.profile(pandas.DataFrame({"delay": [1]}))
except mt.ArgumentError as error:
    print(error)
"""


def test_without_pyarrow_pipelines_work_and_say_why_they_have_no_profiles(store: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_PYARROW]
    environment = process_environment()
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert ended.stderr == ""
    assert ended.stdout.startswith("Profiles need pyarrow")
    mt.sync()
    assert mt.recent(1)[0].status == "succeeded"
    assert mt.doctor().not_profiled == {"pyarrow cannot be imported": 1}
