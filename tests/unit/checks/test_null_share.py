"""Null share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks import NullShare

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult

    Judge = Callable[..., CheckResult]
    MakeFrame = Callable[..., Any]


def test_share_is_measured(make_frame: MakeFrame, judge: Judge) -> None:
    frame = make_frame({"x": [1.0, None, float("nan"), 4.0], "y": [1, 2, 3, None]})
    result = judge(NullShare(max=0.25), frame)
    assert (result.status, result.value) == ("failed", 0.5)
    assert result.message == ("frame: 2 of 4 values of 'x' are null (50 %), expected at most 25 %")
    assert judge(NullShare("y", max=0.25), frame).value == 0.25
    assert judge(NullShare(["x", "y"], max=0.5), frame).status == "passed"


def test_empty_frame_passes(make_frame: MakeFrame, judge: Judge) -> None:
    result = judge(NullShare("x"), make_frame({"x": []}))
    assert (result.status, result.value) == ("passed", 0.0)


@pytest.mark.parametrize("share", [-0.1, 1.1, True, "5 %", float("nan")])
def test_share_that_is_none_is_refused(share: Any) -> None:
    with pytest.raises(mt.ArgumentError, match="give a share from 0 to 1"):
        NullShare(max=share)
