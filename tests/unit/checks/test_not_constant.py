"""Constant columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks import NotConstant

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_constant_columns_are_told(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"year": [2013, 2013, None], "s": ["a", "a", "a"], "ok": [1, 2, 2]})
    result = judge(NotConstant(), frame)
    assert (result.status, result.value) == ("failed", 2)
    assert result.message == (
        "frame: 'year' is the same in all of 3 rows; frame: 's' is the same in all of 3 rows"
    )
    assert judge(NotConstant("ok"), frame).status == "passed"


def test_column_of_nulls_is_constant(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(NotConstant("x"), make_frame({"x": [None, None]}))
    assert result.message == "frame: 'x' is null in all of 2 rows"


def test_one_row_is_skipped(make_frame: MakeFrame, judge: Judge) -> None:
    assert judge(NotConstant(), make_frame({"x": [1]})).status == "skipped"
    assert judge(NotConstant("x"), make_frame({"x": []})).status == "skipped"
