"""Repeated rows: the same in every column, or they stay."""

from __future__ import annotations

from typing import Any

import pyarrow
import pytest

from mltrace.store.lake.repeats import drop_repeats, without_rows

_ROW: dict[str, Any] = {
    "id": "a",
    "value": "1",
    "score": 0.5,
    "scores": [0.5, 0.5],
    "at": 5,
    "logged_at": 6,
    "feature_x": None,
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "b"},
        {"value": "0"},
        {"value": None},
        {"score": 0.25},
        {"score": None},
        {"scores": [0.5, 0.25]},
        {"at": 6},
        {"logged_at": 7},
        {"feature_x": "u"},
    ],
)
def test_row_that_differs_in_any_column_stays(change: dict[str, Any]) -> None:
    rows = [_ROW, {**_ROW, **change}, _ROW]
    kept = drop_repeats(pyarrow.Table.from_pylist(rows))
    assert kept.to_pylist() == rows[:2]
    known = pyarrow.Table.from_pylist([_ROW])
    assert without_rows(pyarrow.Table.from_pylist(rows), known).to_pylist() == [rows[1]]


def test_column_without_a_value_is_as_good_as_none() -> None:
    known = pyarrow.table({"id": ["a"], "value": ["1"], "feature_y": pyarrow.array([None], "f8")})
    assert without_rows(pyarrow.table({"id": ["a"], "value": ["1"]}), known).num_rows == 0


def test_missing_numbers_are_the_same_as_each_other() -> None:
    table = pyarrow.table({"id": ["a", "a"], "score": [float("nan")] * 2})
    assert drop_repeats(table).num_rows == 1


def test_texts_in_a_dictionary_are_the_same_as_plain_ones() -> None:
    plain = pyarrow.table({"id": ["a", "b"], "value": ["1", "0"]})
    coded = plain.set_column(1, "value", plain.column("value").dictionary_encode())
    assert without_rows(plain, coded).num_rows == 0
