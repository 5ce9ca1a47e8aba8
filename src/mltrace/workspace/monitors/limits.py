"""Lets each monitor measure for so long and no longer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.limits import Attempt
from mltrace.errors import NotEvaluatedError
from mltrace.times import describe_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_TIMEOUT: Final = "10m"
"""How long one monitor may take, where nobody says otherwise and nobody waits for the answer."""
_LOOK_EVERY_SECONDS: Final = 0.2
_left_behind: Final[dict[str, Attempt]] = {}


class EndedError(BaseException):
    """The process is to end, and waits for no monitor any longer."""


class Limit:
    """How long one monitor may measure.

    Parameters
    ----------
    seconds : float
        No longer than that is waited for it.
    is_ending : callable, optional
        Tells that it is not to be waited for at all any more.

    Notes
    -----
    What takes longer goes on in its thread, to which nothing can be done, and what it measures is
    not logged. The monitor is not measured a second time beside that.

    Examples
    --------
    >>> Limit(60).call("rows", lambda: 3)
    3
    """

    def __init__(self, seconds: float, is_ending: Callable[[], bool] = lambda: False) -> None:
        self.seconds = seconds
        self._is_ending = is_ending

    def call(self, name: str, function: Callable[[], Any]) -> Any:
        """Call a function for a monitor.

        Raises
        ------
        NotEvaluatedError
            If it is not done in time, or the last call for this monitor is still going on.
        EndedError
            If the process is to end.
        """
        last = _left_behind.get(name)
        if last is not None and not last.wait(0):
            raise NotEvaluatedError("its last evaluation is still going on")
        attempt = _left_behind[name] = Attempt(function, {})
        latest = time.monotonic() + self.seconds
        while not attempt.wait(min(_LOOK_EVERY_SECONDS, max(0.0, latest - time.monotonic()))):
            if self._is_ending():
                raise EndedError
            if time.monotonic() >= latest:
                raise NotEvaluatedError(f"not done after {describe_seconds(self.seconds)}")
        del _left_behind[name]
        return attempt.take()
