"""Text length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import TextLength

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_characters_are_counted_not_bytes(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["€€€", "ab", "", None]})
    result = judge(TextLength("x", min=1, max=2), frame)
    assert (result.status, round(result.value, 3)) == ("failed", 0.667)
    assert result.message == "frame: 2 of 3 values of 'x' have not 1 to 2 characters"
    assert judge(TextLength("x", max=3), frame).status == "passed"
    assert "have not 1 to any number of characters" in judge(TextLength("x", min=1), frame).message


def test_numbers_fail(make_frame: MakeFrame, judge: Judge) -> None:
    assert "not text" in judge(TextLength("x", max=3), make_frame({"x": [1]})).message


def test_bounds_that_cannot_be_are_refused() -> None:
    with pytest.raises(mt.ArgumentError, match="TextLength needs a bound"):
        TextLength("x")
    with pytest.raises(mt.ArgumentError, match="whole number of characters"):
        TextLength("x", max=2.5)  # type: ignore[arg-type]
