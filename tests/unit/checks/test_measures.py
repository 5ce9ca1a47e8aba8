"""What checks ask of a frame: right in every library, and computed once at a boundary."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas
import polars
import pytest

import mltrace as mt
from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.engine import run_checks
from mltrace.checks.measures import at_boundary, table_of, tables_among

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = float("nan")


def test_nulls_and_nan_are_left_out(make_frame: Callable[..., Any]) -> None:
    columns = {"x": [1.0, None, NAN, 1.0], "s": ["a", None, "b", "a"], "none": [None] * 4}
    table = table_of("frame", make_frame(columns))
    assert table is not None
    assert [table.num_nulls(name) for name in table.columns] == [2, 1, 4]
    assert [table.num_distinct(name) for name in table.columns] == [1, 2, 0]
    assert (table.num_complete("x", "s"), table.num_distinct("x", "s")) == (2, 1)
    assert [table.extremes("x"), table.extremes("none")] == [(1.0, 1.0), None]


def test_extremes_of_times_and_of_nothing(make_frame: Callable[..., Any]) -> None:
    first, last = datetime(2013, 1, 1), datetime(2013, 1, 2)
    table = table_of("frame", make_frame({"at": [last, None, first], "nan": [NAN] * 3}))
    assert table is not None
    assert (table.extremes("at"), table.extremes("nan")) == ((first, last), None)


def test_lists_cannot_be_told_apart_everywhere() -> None:
    table = table_of("frame", pandas.DataFrame({"x": [[1], [2]]}))
    assert table is not None
    with pytest.raises(NotApplicable, match="frame: values of 'x' cannot be told apart"):
        table.num_distinct("x")


def test_columns_of_the_same_name_fail() -> None:
    twice = pandas.DataFrame([[1, 2]], columns=["x", "x"])
    with pytest.raises(Unmet, match="frame: several columns have the same name"):
        table_of("frame", twice)


def test_lazy_frame_is_named_as_the_reason() -> None:
    with pytest.raises(NotApplicable, match=r"\(looked at x\); x is lazy, collect it before"):
        tables_among({"x": polars.LazyFrame({"x": [1]})}, None)


@pytest.mark.parametrize("value", [3, "text", None, [1], polars.LazyFrame({"x": [1]})])
def test_what_is_no_frame_in_memory_is_not_looked_at(value: object) -> None:
    with pytest.raises(NotApplicable, match=r"no data frame to look at \(looked at x\)"):
        tables_among({"x": value}, None)


def test_result_comes_before_arguments_and_a_named_variable_before_both() -> None:
    frame = pandas.DataFrame({"x": [1]})
    variables = {"a": frame, "b": frame, "result": frame}
    assert [table.name for table in tables_among(variables, None)] == ["result"]
    assert [table.name for table in tables_among(variables, "b")] == ["b"]
    del variables["result"]
    assert [table.name for table in tables_among(variables, None)] == ["a", "b"]


def test_what_several_checks_ask_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from mltrace.checks.measures import Table

    asked: list[str] = []
    is_null = Table._is_null

    def counted(table: Table, column: str) -> Any:
        asked.append(column)
        return is_null(table, column)

    monkeypatch.setattr(Table, "_is_null", counted)
    frame = pandas.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0]})
    checks = [mt.NoNulls(["x"]), mt.NoNulls(["x", "y"]), mt.NoNulls()]
    run_checks(checks, "before", {"frame": frame, "again": frame})
    assert sorted(asked) == ["x", "y"]
    run_checks(checks, "after", {"frame": frame})
    assert sorted(asked) == ["x", "x", "y", "y"]


def test_boundaries_inside_each_other_hold_what_is_theirs() -> None:
    frame = pandas.DataFrame({"x": [1.0]})
    with at_boundary():
        outer = table_of("frame", frame)
        assert outer is not None
        assert outer.once("key", lambda: 1) == 1
        with at_boundary():
            inner = table_of("frame", frame)
            assert inner is not None
            assert inner.once("key", lambda: 2) == 2
        again = table_of("other", frame)
        assert again is not None
        assert again.once("key", lambda: 3) == 1
