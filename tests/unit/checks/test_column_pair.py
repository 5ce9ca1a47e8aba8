"""Column pairs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import ColumnPair

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


@pytest.mark.parametrize(
    ("relation", "bad"), [("<", 2), ("<=", 1), ("==", 2), ("!=", 1), (">=", 1), (">", 2)]
)
def test_rows_in_which_it_does_not_hold_are_counted(
    make_frame: MakeFrame, judge: Judge, relation: str, bad: int
) -> None:
    frame = make_frame({"a": [1.0, 2.0, 3.0, None, 5.0], "b": [2, 2, 1, 1, None]})
    result = judge(ColumnPair("a", relation, "b"), frame)
    assert result.value == pytest.approx(bad / 3)
    row = "1 of 3 rows" if bad == 1 else "2 of 3 rows"
    assert result.message == f"frame: 'a' {relation} 'b' does not hold in {row}"


def test_name_says_what_is_compared() -> None:
    assert ColumnPair("a", "<=", "b").name == "ColumnPair(a <= b)"


def test_times_and_texts_are_compared(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"a": [datetime(2013, 1, 1)], "b": [datetime(2013, 1, 2)], "s": ["x"]})
    assert judge(ColumnPair("a", "<", "b"), frame).status == "passed"
    assert judge(ColumnPair("s", "==", "s"), frame).status == "passed"
    result = judge(ColumnPair("a", "<", "s"), frame)
    assert result.status == "failed"
    assert result.message.endswith("'s' of type String")


def test_share_may_be_tolerated(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"a": [1, 5], "b": [2, 2]})
    assert judge(ColumnPair("a", "<=", "b", max_share=0.5), frame).status == "passed"


def test_relation_that_is_none_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="relation='=<'\\): give one of < <="):
        ColumnPair("a", "=<", "b")
