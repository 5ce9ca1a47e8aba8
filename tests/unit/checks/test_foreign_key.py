"""Referential integrity."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pandas
import polars
import pyarrow
import pytest

import mltrace as mt
from mltrace.checks import ForeignKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_keys_without_a_row_are_counted(make_frame: MakeFrame, judge: Judge) -> None:
    flights = make_frame({"dest": ["IAH", "MIA", "XXX", "XXX", None]})
    airports = make_frame({"faa": ["IAH", "MIA", "MIA", None]})
    check = ForeignKey("dest", "airports", to="faa")
    result = judge(check, flights=flights, airports=airports)
    assert (result.status, result.value) == ("failed", 0.5)
    assert result.message == "flights: 2 of 4 keys 'dest' are not in airports"
    lenient = ForeignKey("dest", airports, to="faa", max_share=0.5)
    assert judge(lenient, flights=flights).status == "passed"


@pytest.mark.parametrize("keys", [["IAH", "XXX"], [1, 3], [True, False], [1.5, 2.5]])
def test_keys_of_any_type_are_compared_without_a_warning(
    make_frame: MakeFrame, judge: Judge, keys: list[Any]
) -> None:
    flights, airports = make_frame({"key": keys}), make_frame({"key": keys[:1]})
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = judge(ForeignKey("key", "airports"), flights=flights, airports=airports)
    assert (result.status, result.value, warned) == ("failed", 0.5, [])


def test_composite_keys_are_compared_as_a_whole(make_frame: MakeFrame, judge: Judge) -> None:
    flights = make_frame({"a": [1, 1, 2], "b": ["x", "y", "x"]})
    known = make_frame({"a": [1, 2], "b": ["x", "y"]})
    result = judge(ForeignKey(["a", "b"], "known"), flights=flights, known=known)
    assert result.message == "flights: 2 of 3 keys 'a', 'b' are not in known"


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_of_two_libraries_are_compared(
    make_frame: MakeFrame, judge: Judge, library: str
) -> None:
    frame = make_frame({"k": [1, 2, 3], "s": ["a", "b", "c"]})
    columns: dict[str, list[Any]] = {"k": [1.0, 2.0], "s": ["a", "b"]}
    other: Any = pandas.DataFrame(columns, index=[5, 6])
    if library != "pandas":
        other = polars.DataFrame(columns) if library == "polars" else pyarrow.table(columns)
    assert judge(ForeignKey("k", "other"), frame, other=other).value == pytest.approx(1 / 3)
    assert judge(ForeignKey(["k", "s"], "other"), frame, other=other).value == pytest.approx(1 / 3)


def test_categories_are_compared_as_texts(judge: Judge) -> None:
    frame = pandas.DataFrame({"k": pandas.Categorical(["a", "b"])})
    assert judge(ForeignKey("k", "other"), frame, other=pandas.DataFrame({"k": ["a"]})).value == 0.5


def test_result_is_compared_with_an_argument_of_the_run(
    make_frame: MakeFrame, judge: Judge
) -> None:
    known, result = make_frame({"k": [1]}), make_frame({"k": [1, 2]})
    assert judge(ForeignKey("k", "known"), known=known, result=result).value == 0.5


def test_columns_that_cannot_be_compared_fail(make_frame: MakeFrame, judge: Judge) -> None:
    frame, other = make_frame({"k": [1]}), make_frame({"k": ["1"]})
    result = judge(ForeignKey("k", "other"), frame, other=other)
    assert result.message == "frame: 'k' is of type Int64, 'k' of other String"
    result = judge(ForeignKey("k", "other", to="id"), frame, other=other)
    assert (result.status, result.message) == ("failed", "other: no column 'id'")


def test_numbers_that_would_not_stay_what_they_are_fail(judge: Judge) -> None:
    frame, other = pyarrow.table({"k": [2**53 + 1]}), pyarrow.table({"k": [1.0]})
    for one, another in ((frame, other), (other, frame)):
        result = judge(ForeignKey("k", "other"), one, other=another)
        assert (result.status, result.value) == ("failed", None)
        assert "'k' is of type" in result.message
    unsigned = pyarrow.table({"k": pyarrow.array([2**64 - 1], pyarrow.uint64())})
    assert judge(ForeignKey("k", "other"), unsigned, other=frame).status == "failed"
    assert judge(ForeignKey("k", "other"), unsigned, other=unsigned).value == 0


def test_empty_frames(make_frame: MakeFrame, judge: Judge) -> None:
    empty, full = make_frame({"k": []}), make_frame({"k": [1]})
    assert judge(ForeignKey("k", "other"), empty, other=full).status == "passed"
    assert judge(ForeignKey("k", "other"), full, other=empty).value == 1


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match=r"to='b'\): give as many columns as 'a', 'b'"):
        ForeignKey(["a", "b"], "other", to="b")
    with pytest.raises(mt.ArgumentError, match=r"references=3\): give the name of a variable"):
        ForeignKey("a", 3)
