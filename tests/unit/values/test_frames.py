from __future__ import annotations

import datetime as dt
import decimal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy
import pandas
import polars
import pyarrow
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from mltrace.errors import UntrustedValueError
from mltrace.values.described import Described
from mltrace.values.frame_storage import conform
from mltrace.values.kinds import recognise

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30


def mixed() -> pandas.DataFrame:
    return pandas.DataFrame(
        {
            "int": [1, 2, 3],
            "small": numpy.array([1, 2, 3], "i1"),
            "float": [1.5, float("nan"), -0.0],
            "half": numpy.array([1, 2, 3], "f4"),
            "flag": [True, False, True],
            "text": ["a", None, "ü"],
            "when": pandas.Series(["2020-01-01", "NaT", "2021-06-01T12:00:00.5"], dtype="M8[us]"),
            "zoned": pandas.to_datetime(["2020-01-01"] * 3).tz_localize("Europe/Berlin"),
            "span": pandas.to_timedelta(["1s", None, "2h"]),
            "kind": pandas.Categorical(["u", None, "u"], categories=["v", "u"]),
            "maybe": pandas.array([True, None, False], dtype="boolean"),
            "whole": pandas.array([1, None, 3], dtype="Int32"),
            "day": [dt.date(2020, 1, 1), None, dt.date(2021, 1, 1)],
            "money": [decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")],
            "list": [[1, 2], None, []],
            "record": [{"b": 1, "a": "x"}, None, {"b": 2, "a": None}],
        }
    )


def digest(value: Any) -> str:
    kind = recognise(value)
    assert kind is not None
    found = kind.describe(value)
    assert found.digest is not None, found.reason
    return found.digest


def test_a_frame_is_described_by_its_columns(describe: Describe) -> None:
    found = describe(pandas.DataFrame({"a": [1, 2], 3: ["x", "y"]}))
    assert (found.kind, found.num_rows, found.columns) == ("data", 2, ("a", "3"))
    assert found.dtypes is not None
    assert found.dtypes[0] == "int64"
    assert found.size_bytes is not None
    assert not found.trivial
    assert found.name is None
    assert found.parts == ()


@pytest.mark.parametrize("column", list(mixed().columns))
def test_each_column_has_one_digest_in_every_library(column: str) -> None:
    frame = mixed()[[column]]
    table = pyarrow.Table.from_pandas(frame)
    expected = digest(frame)
    assert digest(table) == expected
    assert digest(polars.from_arrow(table)) == expected
    assert digest(table.to_pandas()) == expected
    assert digest(polars.from_pandas(frame)) == expected
    if column not in {"maybe", "day"}:
        assert digest(polars.from_pandas(frame).to_pandas()) == expected


def test_chunks_slices_and_copies_do_not_matter() -> None:
    frame = mixed()
    table = pyarrow.Table.from_pandas(frame)
    doubled = pyarrow.concat_tables([table, table, table])
    assert digest(doubled.slice(3, 3)) == digest(frame)
    assert digest(doubled.slice(1, 6)) == digest(doubled.combine_chunks().slice(1, 6))
    assert digest(pandas.concat([frame, frame]).iloc[3:]) == digest(frame)
    assert digest(frame.copy()) == digest(frame)
    strided = pandas.DataFrame(numpy.arange(6.0).reshape(3, 2), columns=["a", "b"])
    assert digest(strided) == digest(pandas.DataFrame({"a": [0.0, 2, 4], "b": [1.0, 3, 5]}))


@pytest.mark.parametrize(
    "changed",
    [
        pandas.DataFrame({"a": [1, 2], "b": ["x", "z"]}),
        pandas.DataFrame({"a": [1, 2], "c": ["x", "y"]}),
        pandas.DataFrame({"b": ["x", "y"], "a": [1, 2]}),
        pandas.DataFrame({"a": [2, 1], "b": ["y", "x"]}),
        pandas.DataFrame({"a": [1], "b": ["x"]}),
        pandas.DataFrame({"a": [1, 2], "b": ["xy", ""]}),
        pandas.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
        pandas.DataFrame({"a": [1, 2], "b": [b"x", b"y"]}),
        pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=["p", "q"]),
    ],
)
def test_any_difference_gives_another_digest(changed: pandas.DataFrame) -> None:
    assert digest(changed) != digest(pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}))


def test_equal_values_in_other_layouts_are_equal() -> None:
    text = pyarrow.array(["x", "y", None, "x"])
    assert digest(text.dictionary_encode()) == digest(text)
    assert digest(text.cast(pyarrow.large_string())) == digest(text)
    assert digest(text.cast(pyarrow.string_view())) == digest(text)
    days = pyarrow.array([dt.date(2020, 1, 1), None])
    midnights = days.cast(pyarrow.timestamp("us"))
    assert digest(days) == digest(midnights) == digest(midnights.cast(pyarrow.timestamp("ns")))
    far = pyarrow.array([dt.datetime(9999, 1, 1)], pyarrow.timestamp("s"))
    assert digest(far) == digest(far.cast(pyarrow.timestamp("us")))
    assert digest(pyarrow.array([1, None])) == digest(pyarrow.array([1.0, None]))
    assert digest(pyarrow.array([1.0, float("nan")])) == digest(pyarrow.array([1.0, None]))
    assert digest(pyarrow.array([2**62 + 1, None])) != digest(pyarrow.array([2**62, None]))
    short = pyarrow.array([decimal.Decimal("1.5")], pyarrow.decimal128(5, 1))
    assert digest(short) == digest(short.cast(pyarrow.decimal128(30, 1)))


def test_garbage_under_nulls_does_not_matter() -> None:
    clean = pyarrow.array(["a", None, "c"])
    validity = clean.buffers()[0]
    offsets = pyarrow.py_buffer(numpy.array([0, 1, 5, 6], "i4").tobytes())
    dirty = pyarrow.StringArray.from_buffers(3, offsets, pyarrow.py_buffer(b"ajunkc"), validity)
    assert dirty.equals(clean)
    assert digest(dirty) == digest(clean)
    numbers = pyarrow.py_buffer(numpy.array([1, 99, 3]).tobytes())
    hidden = pyarrow.Array.from_buffers(pyarrow.int64(), 3, [validity, numbers])
    assert digest(hidden) == digest(pyarrow.array([1, None, 3]))
    floats = pyarrow.py_buffer(numpy.array([1.0, 99, 3]).tobytes())
    hidden = pyarrow.Array.from_buffers(pyarrow.float64(), 3, [validity, floats])
    assert digest(hidden) == digest(pyarrow.array([1.0, None, 3.0]))


def test_nested_columns_are_digested_by_value() -> None:
    pairs = pyarrow.array([{"a": 1, "b": [1, 2]}, None, {"a": None, "b": None}])
    assert digest(pairs) != digest(pyarrow.array([{"a": 1, "b": [1, 3]}, None, {"a": None}]))
    lists = pyarrow.array([[1, 2], [3]])
    assert digest(lists) != digest(pyarrow.array([[1], [2, 3]]))
    assert digest(lists) == digest(lists.cast(pyarrow.large_list(pyarrow.int64())))
    fixed = pyarrow.array([[1, 2], None, [3, 4]], pyarrow.list_(pyarrow.int64(), 2))
    assert digest(fixed) == digest(pyarrow.array([[1, 2], None, [3, 4]]))
    maps = pyarrow.array([[("k", 1)], None, []], pyarrow.map_(pyarrow.string(), pyarrow.int64()))
    assert digest(maps) == digest(pyarrow.concat_arrays([maps, maps]).slice(3, 3))


def test_the_index_is_content_unless_it_is_a_position() -> None:
    frame = pandas.DataFrame({"a": [1, 2, 3]})
    assert digest(frame[frame.a > 1]) == digest(frame[frame.a > 1].reset_index(drop=True))
    assert digest(frame.set_index(pandas.Index([1, 2, 3], name="id"))) != digest(frame)
    named = frame.set_index(pandas.Index(["x", "y", "z"], name="id"))
    assert digest(named) == digest(pyarrow.Table.from_pandas(named))
    filtered = frame[frame.a > 1]
    assert digest(filtered) == digest(pyarrow.Table.from_pandas(filtered))


def test_empty_frames_are_trivial(describe: Describe) -> None:
    assert describe(pandas.DataFrame({"a": []})).trivial
    assert describe(polars.DataFrame()).trivial
    assert not describe(pandas.DataFrame({"a": [0]})).trivial


def test_a_frame_loads_as_it_was(describe: Describe, reload: Reload) -> None:
    frame = mixed()
    found = describe(frame, LIMIT)
    assert found.reason is None
    assert_frame_equal(reload(found), frame)


@pytest.mark.parametrize(
    "frame",
    [
        pandas.DataFrame({"a": [1, 2, 3]})[1:],
        pandas.DataFrame({"a": [1, 2, 3]}).iloc[[2, 0]],
        pandas.DataFrame({"a": [1, 2]}, index=pandas.Index(["x", "y"], name="id")),
        pandas.DataFrame({"a": [1, 2]}, index=pandas.to_datetime(["2020-01-01", "2020-02-01"])),
        pandas.DataFrame({"a": [1, 2]}, index=pandas.MultiIndex.from_tuples([(1, "x"), (2, "y")])),
        pandas.DataFrame([[1, 2]], columns=[0, 1]),
        pandas.DataFrame([[1, 2]], columns=["same", "same"]),
        pandas.DataFrame([[1, 2]], columns=pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
        pandas.DataFrame({"a": pandas.array(["x", None], dtype="string[pyarrow]")}),
        pandas.DataFrame({"a": pandas.array([1, None], dtype="int64[pyarrow]")}),
        pandas.DataFrame({"a": pandas.period_range("2020-01", periods=2, freq="M")}),
        pandas.DataFrame({"a": pandas.Categorical([2, 1], ordered=True)}),
        pandas.DataFrame({"a": pandas.Series([1, "x"], dtype=object)}),
        pandas.DataFrame({"a": [1j, 2]}),
        pandas.DataFrame({"a": numpy.array([1, 2], "longdouble")}),
        pandas.DataFrame({"a": pandas.arrays.SparseArray([0, 1.5])}),
        pandas.DataFrame({"a": [float("nan")] * 2}),
        pandas.DataFrame({"a": pandas.Series([], dtype="float32")}),
        pandas.DataFrame(index=[1, 2]),
    ],
)
def test_odd_frames_load_as_they_were(
    frame: pandas.DataFrame, describe: Describe, reload: Reload
) -> None:
    found = describe(frame, LIMIT)
    assert found.reason is None
    assert_frame_equal(reload(found, trusted=True), frame, check_column_type=False)


def test_series_tables_and_columns_load_as_they_were(describe: Describe, reload: Reload) -> None:
    series = pandas.Series([1.5, 2], name="s", index=["x", "y"])
    assert_series_equal(reload(describe(series, LIMIT)), series)
    unnamed = pandas.Series(["x"])
    assert_series_equal(reload(describe(unnamed, LIMIT)), unnamed)
    table = pyarrow.table({"a": [1, None], "b": ["x", "y"]})
    assert reload(describe(table, LIMIT)).equals(table)
    batch = table.to_batches()[0]
    assert reload(describe(batch, LIMIT)).equals(batch)
    assert reload(describe(table["a"], LIMIT)).equals(table["a"])
    assert reload(describe(batch["b"], LIMIT)).equals(batch["b"])
    frame = polars.DataFrame(
        {
            "a": [1, None],
            "s": ["x", None],
            "c": polars.Series(["u", "v"], dtype=polars.Categorical),
            "e": polars.Series(["u", "v"], dtype=polars.Enum(["v", "u"])),
            "l": [[1], []],
            "t": [dt.time(1), None],
        }
    )
    assert reload(describe(frame, LIMIT)).equals(frame)
    assert reload(describe(frame, LIMIT)).schema == frame.schema
    assert reload(describe(frame["a"], LIMIT)).equals(frame["a"])


def test_a_column_kept_in_another_type_is_cast(describe: Describe, reload: Reload) -> None:
    num_times = 5_000  # so that the column is not kept once more because it is small
    text = polars.DataFrame({"k": ["u", None, "v"] * num_times, "n": [1, None, 3] * num_times})
    kinds = pandas.Categorical(["u", None, "v"] * num_times, ["w", "v", "u"], ordered=True)
    numbers = pandas.array([1, None, 3] * num_times, dtype="Int16")
    coded = pandas.DataFrame({"k": kinds, "n": numbers})
    first, second = describe(text, LIMIT), describe(coded, LIMIT)
    assert first.digest == second.digest
    assert_frame_equal(reload(second, after=(first,)), coded)
    assert reload(first, after=(second,)).equals(text)
    floats = pyarrow.chunked_array([[1.0, float("nan")]])
    assert conform(floats, pyarrow.int64()).to_pylist() == [1, None]


def test_equal_columns_are_one_part(describe: Describe) -> None:
    found = describe(pandas.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]}), LIMIT)
    assert len(found.parts) == 1


def test_a_kept_frame_does_not_follow_its_mutation(describe: Describe, reload: Reload) -> None:
    frame = mixed()
    found = describe(frame, LIMIT)
    frame.loc[:, "int"] = 9
    frame.loc[0, "kind"] = "v"
    frame.loc[0, "text"] = "changed"
    assert_frame_equal(reload(found), mixed())
    array = numpy.arange(3.0)
    held = pandas.DataFrame(array, columns=["a"], copy=False)
    found = describe(held, LIMIT)
    array[0] = 9.0
    assert reload(found)["a"].tolist() == [0.0, 1.0, 2.0]


def test_frames_over_the_limit_are_not_kept(describe: Describe) -> None:
    found = describe(mixed(), 10)
    assert found.digest is not None
    assert found.parts == ()
    assert found.manifest is None
    assert found.reason is not None
    assert "over the limit of 10" in found.reason


def test_columns_of_objects_are_digested_and_need_trust(describe: Describe, reload: Reload) -> None:
    frame = pandas.DataFrame({"o": pandas.Series([{1, 2}, (1, "x"), 1j], dtype=object)})
    found = describe(frame, LIMIT)
    assert found.digest == digest(frame.copy())
    changed = pandas.DataFrame({"o": pandas.Series([{1, 3}, (1, "x"), 1j], dtype=object)})
    assert found.digest != digest(changed)
    with pytest.raises(UntrustedValueError, match="trusted=True"):
        reload(found)
    assert_frame_equal(reload(found, trusted=True), frame)
    objects = polars.DataFrame({"o": polars.Series([{1}, {2}], dtype=polars.Object)})
    assert describe(objects).digest is not None


def test_what_cannot_be_digested_has_a_reason(describe: Describe) -> None:
    import threading

    found = describe(pandas.DataFrame({"o": [threading.Lock(), 1]}))
    assert found.digest is None
    assert found.reason is not None
    assert "lock" in found.reason


def test_lazy_frames_are_recorded_by_schema(describe: Describe) -> None:
    found = describe(polars.LazyFrame({"a": [1], "b": ["x"]}))
    assert found.digest is None
    assert found.columns == ("a", "b")
    assert found.reason is not None
    assert "lazy" in found.reason
    missing = describe(polars.scan_parquet("/nowhere/at/all.parquet"))
    assert missing.columns is None


def test_narwhals_frames_are_their_native_frames() -> None:
    import narwhals

    frame = mixed()
    assert digest(narwhals.from_native(frame)) == digest(frame)
    assert digest(narwhals.from_native(frame["int"], series_only=True)) == digest(frame["int"])


def test_without_pyarrow_a_frame_is_recorded_with_the_remedy() -> None:
    code = """
import sys
sys.modules["pyarrow"] = None
import pandas
from mltrace.values.kinds import recognise
frame = pandas.DataFrame({"a": [1, 2]})
found = recognise(frame).describe(frame)
assert found.digest is None and found.num_rows == 2 and found.columns == ("a",), found
assert "pyarrow" in found.reason, found
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_recognising_imports_no_frame_library() -> None:
    code = """
import sys
from mltrace.values.kinds import recognise
assert recognise("no such file") is None and recognise(1.5) is None and recognise(object()) is None
heavy = {"numpy", "pandas", "polars", "pyarrow", "narwhals", "sklearn", "scipy", "torch"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
