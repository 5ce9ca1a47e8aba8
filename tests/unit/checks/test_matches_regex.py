"""Regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import MatchesRegex

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_texts_must_match_as_a_whole(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["N1", "N22", "xN1", "N1\n", None, "N1"]})
    result = judge(MatchesRegex("x", r"N\d+"), frame)
    assert (result.status, result.value) == ("failed", 0.4)
    assert result.message == r"frame: 2 of 5 values of 'x' do not match N\d+"
    assert judge(MatchesRegex("x", r"N\d+", max_share=0.4), frame).status == "passed"
    assert judge(MatchesRegex("x", r"(?s).*"), frame).value == 0
    assert judge(MatchesRegex("x", r"never"), frame).value == 1


def test_syntax_is_that_of_python_everywhere(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["aa", "ab"]})
    assert judge(MatchesRegex("x", r"(\w)(?=\w)\1"), frame).value == 0.5


def test_numbers_fail_and_nothing_passes(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(MatchesRegex("x", r"\d+"), make_frame({"x": [1]}))
    assert (result.status, result.message) == ("failed", "frame: 'x' is of type Int64, not text")
    assert judge(MatchesRegex("x", r"\d+"), make_frame({"x": [None]})).status == "passed"


def test_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(mt.ArgumentError, match=r"pattern='\('\) is no regular expression"):
        MatchesRegex("x", "(")
