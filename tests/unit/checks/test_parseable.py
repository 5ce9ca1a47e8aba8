"""Texts that can be read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import Parseable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


@pytest.mark.parametrize(
    ("as_", "values", "share"),
    [
        ("date", ["2013-01-01", "2013-02-30", None], 0.5),
        ("datetime", ["2013-01-01T10:00:00+01:00", "2013-01-01", "noon"], 1 / 3),
        ("number", ["1", "-2.5e3", "1,5", "nan"], 0.25),
        ("integer", ["1", "1.0", "-3"], 1 / 3),
        ("integer", ["1", "2"], 0),
    ],
)
def test_texts_that_cannot_be_read_are_counted(
    make_frame: MakeFrame, judge: Judge, as_: str, values: list[Any], share: float
) -> None:
    result = judge(Parseable("x", as_=as_), make_frame({"x": values}))
    assert result.value == pytest.approx(share)
    assert result.status == ("failed" if share else "passed")


def test_format_is_that_of_strptime(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["31.01.2013", "2013-01-31"]})
    result = judge(Parseable("x", as_="date", format="%d.%m.%Y"), frame)
    assert (
        result.message == "frame: 1 of 2 values of 'x' cannot be read as date of the form %d.%m.%Y"
    )


def test_columns_that_are_read_already_pass(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"n": [1], "f": [0.5], "at": [datetime(2013, 1, 1)]})
    assert judge(Parseable("at"), frame).value == 0
    assert judge(Parseable("n", as_="integer"), frame).value == 0
    assert judge(Parseable(["n", "f"], as_="number"), frame).status == "passed"
    assert judge(Parseable("n"), frame).message == "frame: 'n' is of type Int64, not text"
    assert judge(Parseable("f", as_="integer"), frame).status == "failed"


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match=r"give one of .*Did you mean 'number'"):
        Parseable("x", as_="numbr")
    with pytest.raises(mt.ArgumentError, match="takes no format"):
        Parseable("x", as_="number", format="%d")
