"""Variants of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks import NoVariants

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_variants_are_counted_once(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["New  York", "new york", "NEW YORK ", "Boston", "Boston", None]})
    result = judge(NoVariants(), frame)
    assert (result.status, result.value) == ("failed", 2)
    assert result.message == (
        "frame: 2 of 4 different values of 'x' differ from another in case or white space alone"
    )


def test_different_texts_and_other_types_pass(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": ["a", "b", None], "n": [1, 1, 1]})
    assert judge(NoVariants(), frame).value == 0
    assert judge(NoVariants("n"), frame).status == "passed"
