"""Row count change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import RowCountChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


@pytest.mark.parametrize(
    ("of", "bounds", "status", "message"),
    [
        (
            "flights",
            {},
            "failed",
            "result: 2 rows against 4 in flights (-50 %), expected -10 % to 10 %",
        ),
        ("flights", {"min": -0.5}, "passed", ""),
        ("flights", {"min": None, "max": 0}, "passed", ""),
        (1, {"min": None}, "failed", "result: 2 rows against 1 (100 %), expected at most 10 %"),
        (3, {"max": None}, "failed", "result: 2 rows against 3 (-33.3 %), expected at least -10 %"),
        (2, {"min": 0, "max": 0}, "passed", ""),
    ],
)
def test_change_is_measured(
    make_frame: MakeFrame, judge: Judge, of: Any, bounds: dict[str, Any], status: str, message: str
) -> None:
    flights, result = make_frame({"x": [1, 2, 3, 4]}), make_frame({"x": [1, 2]})
    found = judge(RowCountChange(of, **bounds), flights=flights, result=result)
    assert (found.status, found.message) == (status, message)
    before = 4 if of == "flights" else of
    assert found.value == pytest.approx(2 / before - 1)


def test_nothing_to_compare_with_is_skipped(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(RowCountChange("x"), x=make_frame({"x": []}), result=make_frame({"x": [1]}))
    assert (result.status, result.message) == ("skipped", "x has no rows to compare with")


@pytest.mark.parametrize("of", [0, -1, "", None, True])
def test_other_that_cannot_be_is_refused(of: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"RowCountChange\(of="):
        RowCountChange(of)


def test_bounds_that_cannot_be_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="needs a bound"):
        RowCountChange(5, min=None, max=None)
    with pytest.raises(mt.ArgumentError, match="RowCountChange\\(max='1'\\)"):
        RowCountChange(5, max="1")  # type: ignore[arg-type]
