"""Columns of every library give the same rows, and what is none is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.logged_rows import HOLDERS, listed

import mltrace as mt
from mltrace.capture.predictions.classed import class_column
from mltrace.capture.predictions.columns import column, id_column, is_one_id, named_columns
from mltrace.capture.predictions.numbers import number_column
from mltrace.store.lake.columns import make_column
from mltrace.values.explicit import id_texts

UUIDS = [UUID(int=1), UUID(int=2)]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("ids", [["a", "bé"], [5, 7]], ids=str)
def test_ids_of_every_library_are_the_texts_that_ids_are_elsewhere(
    holder: str, ids: list[Any]
) -> None:
    found = id_column(HOLDERS[holder](ids))
    assert [str(one) for one in listed(found)] == id_texts(ids)


@pytest.mark.parametrize(
    "ids",
    [UUIDS, np.array(UUIDS), pd.Series(UUIDS), pa.array([one.bytes for one in UUIDS], pa.uuid())],
    ids=["list", "array", "pandas", "Arrow"],
)
def test_uuids_are_written_out(ids: Any) -> None:
    assert listed(id_column(ids)) == [str(one) for one in UUIDS]


@pytest.mark.parametrize("holder", HOLDERS)
def test_texts_of_every_library_are_the_same_classes(holder: str) -> None:
    found = class_column("labels", HOLDERS[holder](["late", "1", "late"]), 3)
    assert listed(found) == ["late", '"1"', "late"]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("labels", [[1, 0, 1], [True, False, True], [1.0, 0.0, 1.0]], ids=str)
def test_ones_of_every_type_and_library_are_the_same_classes(
    holder: str, labels: list[Any]
) -> None:
    assert listed(class_column("labels", HOLDERS[holder](labels), 3)) == ["1", "0", "1"]


@pytest.mark.parametrize("holder", HOLDERS)
def test_missing_classes_of_every_library_are_missing(holder: str) -> None:
    assert listed(class_column("labels", HOLDERS[holder](["late", None]), 2)) == ["late", None]
    found = class_column("labels", HOLDERS[holder]([1, None]), 2)
    assert listed(found) == ["1", None]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("numbers", [[1.5, -2.0], [3, 4], [True, False]], ids=str)
def test_numbers_of_every_library_are_the_same(holder: str, numbers: list[Any]) -> None:
    assert listed(number_column("labels", HOLDERS[holder](numbers), 2)) == [*map(float, numbers)]


@pytest.mark.parametrize("holder", HOLDERS)
def test_missing_numbers_of_every_library_are_nan(holder: str) -> None:
    found = number_column("labels", HOLDERS[holder]([1.5, None]), 2)
    assert found[0] == 1.5
    assert np.isnan(found[1])


@pytest.mark.parametrize("texts", [["a", "b"], [None, "b"]], ids=str)
def test_texts_are_no_numbers(texts: list[Any]) -> None:
    with pytest.raises(mt.ArgumentError, match="labels= holds values of type str; give numbers"):
        number_column("labels", texts, 2)


def test_what_is_masked_is_missing() -> None:
    masked = np.ma.masked_array([1, 0], [False, True])
    assert listed(class_column("labels", masked, 2)) == ["1", None]
    assert np.isnan(number_column("labels", masked, 2)).tolist() == [False, True]


def test_large_whole_numbers_stay_exact() -> None:
    ids = np.array([2**63 + 1, 5], np.uint64)
    assert make_column(id_column(ids)) == make_column([str(2**63 + 1), "5"])
    assert listed(class_column("labels", np.array([2**62 + 1, 5]), 2)) == [str(2**62 + 1), "5"]
    nullable = pd.Series([2**62 + 1, None], dtype="Int64")
    assert listed(class_column("labels", nullable, 2)) == [str(2**62 + 1), None]
    assert listed(class_column("labels", pl.Series([2**62 + 1, None]), 2)) == [
        str(2**62 + 1),
        None,
    ]


@pytest.mark.parametrize("numbers", [np.int8, np.uint8, np.int64, np.uint64, np.bool_])
def test_classes_of_narrow_types_do_not_wrap(numbers: Any) -> None:
    info = None if numbers is np.bool_ else np.iinfo(numbers)
    ends = [False, True] if info is None else [int(info.min), int(info.max)]
    found = listed(class_column("labels", np.array(ends, numbers), 2))
    assert found == [str(int(one)) for one in ends]


@pytest.mark.parametrize("ids", ["a", 5, UUID(int=1), np.int64(5), np.str_("a"), np.array(5)])
def test_a_single_id_is_told_from_a_column(ids: Any) -> None:
    assert is_one_id(ids)
    assert not is_one_id([ids])


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([1.5], "the id at position 0 is a float"),
        (["a", None], "the id at position 1 is a NoneType"),
        ([True], "the id at position 0 is a bool"),
        ({"a", "b"}, "a set, which has no order"),
        ((one for one in "ab"), r"which can be read only once; give a list, as in list\(ids\)"),
        (None, "not one NoneType"),
        (pd.DataFrame({"id": [1]}), "one column, not a table"),
        (np.array([[1]]), "one column, not a table"),
        (pa.array(["a", None]), "the id at position 1 is a NoneType"),
        (np.ma.masked_array([1, 2], [False, True]), "the id at position 1 is a NoneType"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_column_of_ids_is_refused(ids: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        id_column(ids)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1], "labels= has 1 value and ids= has 2 values; give one for each id"),
        ([1, 2, 3], "labels= has 3 values and ids= has 2 values"),
        ("ab", "labels= is a str; give a list"),
        ({1, 2}, "labels= is a set"),
        ({1: 2, 3: 4}, "labels= is a dict"),
        (5, "labels= is a int"),
        (pd.DataFrame({"a": [1, 2]}), "labels= is a DataFrame"),
        (iter([1, 2]), "a list_iterator, which can be read only once"),
        (np.array([[1], [2]]), r"has the shape \(2, 1\).*give values.ravel\(\)"),
        (np.ones((2, 2)), r"has the shape \(2, 2\); one value for each of 2 ids is expected"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_column_of_values_is_refused(values: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        column("labels", values, 2)


@pytest.mark.parametrize(
    "table",
    [
        {"a": [1]},
        pd.DataFrame({"a": [1]}),
        pl.DataFrame({"a": [1]}),
        pa.table({"a": [1]}),
        pa.record_batch({"a": [1]}),
    ],
    ids=lambda table: type(table).__name__,
)
def test_tables_of_every_library_have_columns(table: Any) -> None:
    assert listed(number_column("a", named_columns("features", table)["a"], 1)) == [1.0]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pl.LazyFrame({"a": [1]}), "features= is a LazyFrame; collect it first"),
        ([[1]], "features= is a list; give a data frame, or a mapping"),
        (np.ones((2, 2)), "features= is a ndarray; give a data frame"),
    ],
    ids=["lazy", "list", "array"],
)
def test_what_has_no_named_columns_is_refused(table: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        named_columns("features", table)
