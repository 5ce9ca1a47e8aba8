"""Duplicate rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import NoDuplicateRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_rows_equal_in_every_column_are_counted(make_frame: MakeFrame, judge: Judge) -> None:
    nan = float("nan")
    frame = make_frame({"x": [1.0, 1.0, nan, nan, None], "s": ["a", "a", None, None, "b"]})
    result = judge(NoDuplicateRows(max_share=0.2), frame)
    assert (result.status, result.value) == ("failed", 0.4)
    assert result.message == (
        "frame: 2 of 5 rows repeat an earlier one (40 %), expected at most 20 %"
    )
    assert judge(NoDuplicateRows(max_share=0.4), frame).status == "passed"


def test_different_and_empty_frames_pass(make_frame: MakeFrame, judge: Judge) -> None:
    assert judge(NoDuplicateRows(), make_frame({"x": [1, 2]})).value == 0
    assert judge(NoDuplicateRows(), make_frame({"x": []})).status == "passed"


def test_share_that_is_none_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="NoDuplicateRows\\(max_share=2\\)"):
        NoDuplicateRows(max_share=2)
