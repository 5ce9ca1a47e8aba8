"""Monotonic columns."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import Monotonic

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


@pytest.mark.parametrize(
    ("values", "options", "bad"),
    [
        ([1, 2, 2, 5], {}, 0),
        ([1, 2, 2, 5], {"strict": True}, 1),
        ([1, None, 2, None, 0], {}, 1),
        ([5, 4, 4], {"direction": "decreasing"}, 0),
        ([5, 4, 4], {"direction": "decreasing", "strict": True}, 1),
        ([1.0, float("nan"), 0.5], {}, 1),
        ([datetime(2013, 1, 2), datetime(2013, 1, 1)], {}, 1),
        ([], {}, 0),
        ([None], {}, 0),
        ([7], {"strict": True}, 0),
    ],
)
def test_steps_the_wrong_way_are_counted(
    make_frame: MakeFrame, judge: Judge, values: list[Any], options: dict[str, Any], bad: int
) -> None:
    result = judge(Monotonic("x", **options), make_frame({"x": values}))
    assert (result.value, result.status) == (bad, "failed" if bad else "passed")


def test_whole_numbers_that_are_no_floats_are_told_apart(
    make_frame: MakeFrame, judge: Judge
) -> None:
    frame = make_frame({"g": [1, 1, 1], "x": [2**53, 2**53 + 1, 2**53 + 1]})
    assert judge(Monotonic("x", strict=True), frame).value == 1
    assert judge(Monotonic("x", strict=True, by="g"), frame).value == 1


def test_groups_are_looked_at_one_by_one(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"g": ["a", "b", "a", "b", None], "h": [1] * 5, "x": [1, 9, 2, 8, 0]})
    result = judge(Monotonic("x", by="g"), frame)
    assert (result.value, result.message) == (
        1,
        "frame: 1 of 2 steps of 'x' is not increasing within 'g'",
    )
    assert judge(Monotonic("x", by=["g", "h"]), frame).value == 1
    assert judge(Monotonic("x"), frame).value == 2


def test_texts_fail(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(Monotonic("x"), make_frame({"x": ["a"]}))
    assert result.message == "frame: 'x' is of type String, not numbers or times"


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="give 'increasing' or 'decreasing'"):
        Monotonic("x", direction="up")  # type: ignore[arg-type]
    with pytest.raises(mt.ArgumentError, match=r"Monotonic\(\['x'\]\)"):
        Monotonic(["x"])  # type: ignore[arg-type]
