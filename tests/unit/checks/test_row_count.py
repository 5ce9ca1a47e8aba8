"""Row count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import RowCount

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


@pytest.mark.parametrize(
    ("bounds", "status", "message"),
    [
        ({"min": 1}, "passed", ""),
        ({"min": 2, "max": 2}, "passed", ""),
        ({"min": 3}, "failed", "frame: 2 rows, expected at least 3"),
        ({"max": 1}, "failed", "frame: 2 rows, expected at most 1"),
    ],
)
def test_rows_are_counted(
    make_frame: MakeFrame, judge: Judge, bounds: dict[str, Any], status: str, message: str
) -> None:
    result = judge(RowCount(**bounds), make_frame({"x": [1, None]}))
    assert (result.status, result.message, result.value) == (status, message, 2)


def test_bounds_that_cannot_be_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="needs a bound"):
        RowCount()
    with pytest.raises(mt.ArgumentError, match="excludes every count"):
        RowCount(min=2, max=1)
    with pytest.raises(mt.ArgumentError, match="whole number of rows"):
        RowCount(min=True)
