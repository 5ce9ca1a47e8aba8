"""The kinds of calls: logged, left out by sampling, not logged at all."""

from __future__ import annotations

import inspect

import pytest

from mltrace.capture.calls import Call, LoggedCall, Unlogged
from mltrace.capture.skipping import SkippedCall


@pytest.mark.parametrize("kind", [LoggedCall, SkippedCall, Unlogged])
def test_no_kind_of_call_inherits_what_needs_the_state_of_another(kind: type[Call]) -> None:
    assert kind.__bases__ == (Call,)
    assert Call.__slots__ == ()
    assert not inspect.isabstract(kind)
