"""Decides what becomes of a call: it is logged, left out by sampling, or mltrace is disabled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.capture.calls import UNLOGGED, LoggedCall
from mltrace.capture.guard import harmless
from mltrace.capture.handles import SkippedRun, run_around
from mltrace.capture.outcomes import is_passed
from mltrace.capture.recorder import current_recorder
from mltrace.capture.skipping import SkippedCall
from mltrace.errors import CheckFailed

if TYPE_CHECKING:
    from mltrace.capture.calls import Call
    from mltrace.capture.declaring import Component
    from mltrace.capture.recorder import Recorder
    from mltrace.capture.wrapping import Wrapped


@harmless(default=UNLOGGED, passing=(CheckFailed,))
def open_call(wrapped: Wrapped, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """Start to log a call, if mltrace is not disabled and can, or to count it.

    Raises
    ------
    CheckFailed
        If a blocking check before the run does not pass.
    """
    recorder = current_recorder()
    if recorder is None:
        return UNLOGGED
    if not wrapped.is_ready:
        wrapped.get_ready()
    if is_left_out(wrapped.component):
        return _leave_out(wrapped, recorder, args, kwargs)
    call = LoggedCall(wrapped, recorder, args, kwargs)
    call.start()
    return call


def is_left_out(component: Component) -> bool:
    """Tell whether the sampling of a component, or of the run around it, leaves a run out."""
    if type(run_around()) is SkippedRun:
        return True
    return component.sampler is not None and not component.sampler.takes()


def _leave_out(
    wrapped: Wrapped, recorder: Recorder, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call:
    """Count a call; log it if a check before it fails, or if it would read retracted data.

    Of very many that fail at once the rest is counted.
    """
    skipped, component = SkippedCall(wrapped, recorder, args, kwargs), wrapped.component
    before = skipped.check_before() if component.before else ()
    is_counted = is_passed(before) or not component.failures.takes()
    if is_counted and not (recorder.is_anything_retracted() and skipped.reads_retracted()):
        skipped.raise_if_blocked()
        return skipped
    call = LoggedCall(wrapped, recorder, args, kwargs)
    call.start(before=before)
    return call
