"""Row conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy
import pyarrow.compute as pc
import pytest

import mltrace as mt
from mltrace.checks import RowCondition

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_expression_is_looked_at_in_each_row(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1.0, 5.0, 9.0, None]})
    assert judge(RowCondition(nw.col("x").fill_null(0) < 10), frame).value == 0
    assert judge(RowCondition(nw.col("x").fill_null(0) < 6, max_share=0.25), frame).value == 0.25


def test_function_returns_a_mask_of_its_library(make_frame: MakeFrame, judge: Judge) -> None:
    def is_small(frame: Any) -> Any:
        column = frame["x"]
        return pc.less(column, 6) if type(frame).__module__.startswith("pyarrow") else column < 6

    result = judge(RowCondition(is_small), make_frame({"x": [1, 5, 9]}))
    assert result.value == pytest.approx(1 / 3)
    assert result.message == "frame: is_small does not hold in 1 of 3 rows"
    assert result.check == "RowCondition(is_small)"


def test_function_may_return_an_array(make_frame: MakeFrame, judge: Judge) -> None:
    check = RowCondition(lambda frame: numpy.array([True, False]))
    assert judge(check, make_frame({"x": [1, 2]})).value == 0.5


def test_missing_column_of_an_expression_fails(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(RowCondition(nw.col("y") > 0), make_frame({"x": [1]}))
    assert result.status == "failed"
    assert "the condition cannot be looked at" in result.message


def test_text_is_not_evaluated() -> None:
    with pytest.raises(mt.ArgumentError, match="give an expression of narwhals"):
        RowCondition("x < 5")
