"""One type in columns of objects."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas

from mltrace.checks import OneType

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_mixed_types_are_counted(judge: Judge) -> None:
    frame = pandas.DataFrame({"x": [1, 2.5, "3", None, 4], "y": [date(2013, 1, 1)] * 5})
    result = judge(OneType(), frame)
    assert (result.status, result.value) == ("failed", 0.25)
    assert result.message == "frame: 'x' mixes types: number 3, str 1"
    assert judge(OneType("y"), frame).status == "passed"


def test_typed_columns_pass(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(OneType(), make_frame({"x": [1, 2], "s": ["a", None]}))
    assert (result.status, result.value) == ("passed", 0)
