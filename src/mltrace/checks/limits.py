"""Lets a call take so long and no longer."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Attempt:
    """A call in a daemon thread of its own, with the context variables of the caller.

    Examples
    --------
    >>> attempt = Attempt(round, {"number": 2.5})
    >>> attempt.wait(60), attempt.take()
    (True, 2)
    """

    def __init__(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        self._returned: Any = None
        self._raised: BaseException | None = None
        self._function, self._arguments = function, arguments
        self._context = contextvars.copy_context()
        self._thread = threading.Thread(target=self._run, name="mltrace-check", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until the call is over, but no longer than so many seconds; tell whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def take(self) -> Any:
        """Return what the call returned, or raise what it raised."""
        if self._raised is not None:
            raise self._raised
        return self._returned

    def _run(self) -> None:
        try:
            self._returned = self._context.run(self._function, **self._arguments)
        except BaseException as error:  # noqa: BLE001 (it is raised again, where the result is taken)
            self._raised = error


def call_within(seconds: float, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function, but wait for it no longer than so many seconds.

    Raises
    ------
    TimeoutError
        If it has not returned by then.

    Notes
    -----
    The function runs in a daemon thread, which is left behind if it overruns and ends when the
    function does, or with the process. Nothing is raised in it from outside: CPython 3.11 may then
    hang in the threads that are not meant.

    Examples
    --------
    >>> call_within(60, round, {"number": 2.5})
    2
    """
    attempt = Attempt(function, arguments)
    if not attempt.wait(seconds):
        raise TimeoutError(f"not done after {seconds:g} s")
    return attempt.take()
