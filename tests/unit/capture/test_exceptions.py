"""What is said of the exception that ended a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.capture import wrapping
from mltrace.capture.exceptions import describe_error

if TYPE_CHECKING:
    from pathlib import Path


def _fail() -> None:
    raise ValueError("no such month")


def test_traceback_starts_with_the_users_code() -> None:
    try:
        _fail()
    except ValueError as caught:
        name, message, trace = describe_error(caught)
    assert (name, message) == ("ValueError", "no such month")
    assert "in _fail" in trace
    assert wrapping.__file__ not in trace


def test_frames_of_mltrace_around_the_users_code_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_URI", str(tmp_path / "store"))
    failing = mt.component(_fail)
    with pytest.raises(ValueError, match="no such month"):
        failing()
    run = mt.recent()[0]
    assert run.error is not None
    assert "in _fail" in run.error.traceback
    assert "wrapping.py" not in run.error.traceback
