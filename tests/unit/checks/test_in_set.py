"""Sets of allowed and of forbidden values."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas
import polars
import pyarrow
import pytest

import mltrace as mt
from mltrace.checks import InSet, NotInSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_texts_are_compared(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["EWR", "JFK", "XXX", None]})
    result = judge(InSet("x", ["EWR", "JFK", 7]), frame)
    assert (result.status, round(result.value, 3)) == ("failed", 0.333)
    assert result.message == "frame: 1 of 3 values of 'x' are not among EWR, JFK, 7"
    assert judge(InSet("x", ["EWR", "JFK"], max_share=0.34), frame).status == "passed"
    result = judge(NotInSet("x", ["XXX"]), frame)
    assert (result.status, round(result.value, 3)) == ("failed", 0.333)
    assert judge(NotInSet("x", ["LGA"]), frame).value == 0


@pytest.mark.parametrize(
    ("values", "among", "share"),
    [
        ([1, 2, 3, None], [1, 2.0, "3"], 1 / 3),
        ([1.0, 2.5, None], [1, 2.5], 0),
        ([True, False, None], [True], 0.5),
        ([1, 0], [True, False], 1),
        ([datetime(2013, 1, 1), datetime(2013, 1, 2)], [date(2013, 1, 1)], 0.5),
        (["a", "b"], [1, 2], 1),
    ],
)
def test_values_are_compared_by_type(
    make_frame: MakeFrame, judge: Judge, values: list[Any], among: list[Any], share: float
) -> None:
    assert judge(InSet("x", among), make_frame({"x": values})).value == pytest.approx(share)


def test_dates_may_be_given_as_text(judge: Judge) -> None:
    days = [date(2013, 1, 1), date(2013, 1, 2)]
    for frame in (polars.DataFrame({"x": days}), pyarrow.table({"x": days})):
        assert judge(InSet("x", ["2013-01-01"]), frame).value == 0.5


def test_categories_are_texts(judge: Judge) -> None:
    frame = pandas.DataFrame({"x": pandas.Categorical(["a", "b", None])})
    assert judge(InSet("x", ["a"]), frame).value == 0.5
    assert judge(InSet("x", ["a"]), polars.from_pandas(frame)).value == 0.5


def test_objects_are_compared_by_type_and_value(judge: Judge) -> None:
    frame = pandas.DataFrame({"x": [1, "1", True, [1], None]})
    assert judge(InSet("x", [1]), frame).value == 0.75


def test_values_that_a_column_cannot_hold_are_not_in_it(judge: Judge) -> None:
    for frame in (
        polars.DataFrame({"x": [1, 200]}, schema={"x": polars.UInt8}),
        pyarrow.table({"x": pyarrow.array([1, 200], pyarrow.uint8())}),
        pandas.DataFrame({"x": [1, 200]}, dtype="uint8"),
    ):
        assert judge(NotInSet("x", [-999, 300, 10**30]), frame).value == 0
        assert judge(InSet("x", [1, -999, 10**30, 0.5]), frame).value == 0.5


def test_long_sets_are_cut_in_messages(make_frame: MakeFrame, judge: Judge) -> None:
    message = judge(InSet("x", list(range(20))), make_frame({"x": [99]})).message
    assert message.endswith("not among 0, 1, 2, 3, 4, 5, 6, 7, … (20 values)")


@pytest.mark.parametrize("values", ["EWR", [], 3, None])
def test_what_is_no_set_is_refused(values: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"InSet\(allowed=.*\): give a list of values"):
        InSet("x", values)
    with pytest.raises(mt.ArgumentError, match=r"NotInSet\(forbidden=.*\): give a list of values"):
        NotInSet("x", values)
