"""Lets a test take so long and no longer."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _Attempt:
    """A call in a thread of its own, with the context variables of the caller."""

    def __init__(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        self.returned: Any = None
        self.raised: BaseException | None = None
        self._function, self._arguments = function, arguments
        self._context = contextvars.copy_context()

    def run(self) -> None:
        """Call the function and keep what comes of it."""
        try:
            self.returned = self._context.run(self._function, **self._arguments)
        except BaseException as error:  # noqa: BLE001 (it is raised again, where the result is taken)
            self.raised = error


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
    attempt = _Attempt(function, arguments)
    thread = threading.Thread(target=attempt.run, name="mltrace-check", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"not done after {seconds:g} s")
    if attempt.raised is not None:
        raise attempt.raised
    return attempt.returned
