"""Uniqueness of a column and of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import Unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_rows_that_repeat_are_counted(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame(
        {"a": ["x", "x", "y", None, None], "b": [1, 1, 1, 1, 1], "id": [1, 2, 3, 4, 5]}
    )
    result = judge(Unique("a"), frame)
    assert (result.status, result.value) == ("failed", 1)
    assert result.message == "frame: 1 of 3 rows repeats an earlier 'a'"
    assert judge(Unique("b"), frame).value == 4
    assert judge(Unique("id"), frame).status == "passed"
    assert judge(Unique(["a", "b"]), frame).value == 1
    assert judge(Unique(["a", "id"]), frame).value == 0


def test_nan_is_null_in_a_key(make_frame: MakeFrame, judge: Judge) -> None:
    nan = float("nan")
    frame = make_frame({"a": [1.0, nan, nan, None], "b": [1, 1, 1, 1]})
    assert judge(Unique("a"), frame).value == 0
    assert judge(Unique(["a", "b"]), frame).value == 0


def test_key_must_be_in_one_frame(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(Unique(["a", "b"]), make_frame({"a": [1]}), other=make_frame({"b": [1]}))
    assert (result.status, result.message) == ("failed", "frame: no column 'b'")


def test_empty_frame_passes(make_frame: MakeFrame, judge: Judge) -> None:
    assert judge(Unique("x"), make_frame({"x": []})).status == "passed"


def test_no_columns_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="give a list of column names"):
        Unique(None)  # type: ignore[arg-type]
