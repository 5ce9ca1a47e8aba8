"""Finite numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks import Finite

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


INF, NAN = float("inf"), float("nan")


def test_infinities_are_counted(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1.0, INF, -INF, None], "n": [1, 2, 3, 4], "s": ["a", "b", "c", "d"]})
    result = judge(Finite(), frame)
    assert (result.status, result.value) == ("failed", 2)
    assert result.message == "frame: 2 of 4 values of 'x' are not finite"
    assert judge(Finite("n"), frame).value == 0


def test_nan_counts_where_it_is_not_null(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1.0, NAN]})
    is_pandas = type(frame).__module__.startswith("pandas")
    assert judge(Finite("x"), frame).value == (0 if is_pandas else 1)


def test_texts_fail(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(Finite("x"), make_frame({"x": ["a"]}))
    assert (result.status, result.message) == (
        "failed",
        "frame: 'x' is of type String, not numbers",
    )
