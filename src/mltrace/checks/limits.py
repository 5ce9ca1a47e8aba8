"""Lets a test take so long and no longer."""

from __future__ import annotations

import contextvars
import ctypes
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _Abandoned(BaseException):
    """Ends the thread of a test that nobody waits for any more."""


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
    The function runs in a daemon thread. If it overruns, the thread is asked to end, which it does
    once it is back in Python; what it waits for until then, such as a query, nobody waits for.

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
        identity = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(_Abandoned))
        raise TimeoutError(f"not done after {seconds:g} s")
    if attempt.raised is not None:
        raise attempt.raised
    return attempt.returned
