"""Schemas."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import SameSchema, Schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_what_differs_is_said(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"b": ["x"], "a": [1], "new": [True]})
    result = judge(Schema({"a": "float", "b": "text", "gone": "any"}, ordered=True), frame)
    assert (result.status, result.value) == ("failed", 4)
    assert result.message == (
        "frame: removed 'gone', added 'new', 'a' is Int64, expected float, reordered 'b', 'a'"
    )


@pytest.mark.parametrize(
    ("wanted", "is_met"),
    [
        ({"n": "integer", "f": "float", "s": "text", "t": "boolean", "at": "datetime"}, True),
        ({"n": "number", "f": "number", "s": "any", "t": "any", "at": "any"}, True),
        ({"n": "Int64", "f": "float64", "s": "String", "t": "Boolean", "at": "Datetime"}, True),
        (["n", "f", "s", "t", "at"], True),
        (["at", "t", "s", "f", "n"], True),
        (["n", "f", "s", "t"], False),
        ({"n": "Int32", "f": "any", "s": "any", "t": "any", "at": "any"}, False),
    ],
)
def test_types_are_named_alike_everywhere(
    make_frame: MakeFrame, judge: Judge, wanted: Any, is_met: bool
) -> None:
    columns: dict[str, list[Any]] = {
        "n": [1],
        "f": [0.5],
        "s": ["a"],
        "t": [True],
        "at": [datetime(2013, 1, 1)],
    }
    assert judge(Schema(wanted), make_frame(columns)).status == ("passed" if is_met else "failed")


def test_added_columns_may_be_allowed(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"a": [1], "b": [2]})
    assert judge(Schema(["a"], allow_added=True), frame).value == 0
    assert judge(Schema(["b", "a"], ordered=True), frame).message == "frame: reordered 'a', 'b'"


def test_schema_that_is_none_is_refused() -> None:
    nothing: list[Any] = [{}, [], "a", 3]
    for columns in nothing:
        with pytest.raises(mt.ArgumentError, match="give columns and types"):
            Schema(columns)
    with pytest.raises(mt.ArgumentError, match=r"Schema\('a'\): 'intger' is no type.*'integer'"):
        Schema({"a": "intger"})


def test_output_has_the_schema_of_the_input(make_frame: MakeFrame, judge: Judge) -> None:
    flights = make_frame({"a": [1], "b": ["x"]})
    assert judge(SameSchema("flights"), flights=flights, result=flights).value == 0
    changed = make_frame({"b": [1], "a": [1], "c": [1]})
    result = judge(SameSchema("flights"), flights=flights, result=changed)
    assert (result.status, result.value) == ("failed", 3)
    assert result.message == (
        "result, against flights: added 'c', 'b' is Int64, expected String, reordered 'b', 'a'"
    )
    lenient = SameSchema("flights", allow_added=True, ordered=False)
    assert judge(lenient, flights=flights, result=changed).value == 1


def test_without_the_other_frame_it_is_skipped(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(SameSchema("flights"), make_frame({"a": [1]}))
    assert (result.status, result.message) == (
        "skipped",
        "the run has no variable 'flights' to compare with",
    )
    result = judge(SameSchema("n"), make_frame({"a": [1]}), n=3)
    assert result.message == "n (int) is no data frame to compare with"
