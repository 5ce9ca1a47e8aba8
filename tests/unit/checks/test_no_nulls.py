"""No nulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import NoNulls

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_nulls_and_nan_are_counted_by_column(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1.0, None, float("nan")], "s": ["a", "b", None], "ok": [1, 2, 3]})
    result = judge(NoNulls(), frame)
    assert (result.status, result.value) == ("failed", 3)
    assert result.message == "frame: 2 nulls in 'x'; frame: 1 null in 's'"
    result = judge(NoNulls("ok"), frame)
    assert (result.status, result.value) == ("passed", 0)


def test_every_frame_and_every_column_is_told_of(make_frame: MakeFrame, judge: Judge) -> None:
    holes = make_frame({f"c{number}": [None, 1] for number in range(12)})
    result = judge(NoNulls(), holes, other=holes)
    assert result.value == 24
    assert result.message.endswith("; and 14 more")


def test_column_that_is_in_one_of_the_frames_is_enough(make_frame: MakeFrame, judge: Judge) -> None:
    first, second = make_frame({"a": [1]}), make_frame({"b": [1]})
    assert judge(NoNulls(["a", "b"]), first, second=second).status == "passed"
    result = judge(NoNulls(["a", "bb"]), first, second=second)
    assert (result.status, result.message) == (
        "failed",
        "frame, second: no column 'bb'; did you mean 'b'?",
    )


@pytest.mark.parametrize("columns", [3, [], ["a", 3], ()])
def test_what_are_no_columns_is_refused(columns: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"NoNulls\(.*\): give a list of column names"):
        NoNulls(columns)
