"""The guard: a fault of ours inside the user's process is logged once, counted and swallowed.

This is the one place with a broad `except`. Only `Exception` is caught, so `KeyboardInterrupt`,
`SystemExit`, `GeneratorExit` and a cancelled task always pass; and the panic of a library in Rust,
such as polars, which is no `Exception` although it is a fault like any other. `RecursionError` and
`MemoryError` are caught too: they mean that *our* work did not fit into what the user's code left,
and if the user's code has too little as well, it meets the same error itself. What a signal handler
of the user raised while it interrupted us, such as the end of a time limit, passes too.
"""

from __future__ import annotations

import functools
import logging
import os
import signal
import threading
import traceback
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from mltrace.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D")

logger = logging.getLogger("mltrace")

PANIC = "PanicException"
"""The class of it, of which each library that is built with PyO3 has one of its own."""
_MAX_PLACES = 1000
_HANDLED = (
    signal.SIGALRM,
    signal.SIGVTALRM,
    signal.SIGPROF,
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_counts: dict[str, int] = {}
_lock = threading.RLock()


def harmless(
    *, default: D, passing: tuple[type[Exception], ...] = ()
) -> Callable[[Callable[P, R]], Callable[P, R | D]]:
    """Decorate a function of ours so that a fault in it never reaches the user's code.

    Parameters
    ----------
    default : object
        What the function returns when it failed; it is shared by all calls, so keep it immutable.
    passing : tuple of exception classes, default ()
        Errors raised on purpose that do reach the user, such as `CheckFailed`.

    Returns
    -------
    callable
        A decorator for plain functions. It guards a call, not the iteration of a generator.

    Notes
    -----
    Each place that fails is logged once as a warning of the logger `mltrace`, with the type of the
    exception but not its message, which may hold the user's data, unless it is an error of our own
    about a setting or the store, whose message says what to do;
    its frames follow at level DEBUG. Cost of a call that does not fail: about 0.1 µs.

    Examples
    --------
    >>> @harmless(default=0)
    ... def ratio(a: int, b: int) -> float:
    ...     return a / b
    >>> logger.disabled = True
    >>> ratio(1, 2), ratio(1, 0)
    (0.5, 0)
    >>> logger.disabled = False
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R | D]:
        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | D:
            try:
                return function(*args, **kwargs)
            except passing:
                raise
            except BaseException as fault:
                if not isinstance(fault, Exception) and type(fault).__name__ != PANIC:
                    raise
                # At the edge of the stack or of memory even the report may fail; and the call
                # itself may, so the second `try` cannot move into the function it calls.
                is_ours = True
                try:
                    is_ours = not _came_by_signal(fault)
                    if is_ours:
                        _report(fault, guarded)
                except Exception:  # noqa: BLE001, S110
                    pass
                if is_ours:
                    return default
                raise

        return guarded

    return decorate


def faults() -> dict[str, int]:
    """Count the faults swallowed in this process, by exception type and place.

    Examples
    --------
    >>> all(isinstance(count, int) for count in faults().values())
    True
    """
    with _lock:
        return dict(_counts)


def _report(fault: BaseException, guarded: Callable[..., object]) -> None:
    place = f"{type(fault).__qualname__} at {_place(fault.__traceback__)}"
    with _lock:
        if place not in _counts and len(_counts) >= _MAX_PLACES:
            place = "other faults"
        count = _counts[place] = _counts.get(place, 0) + 1
    if count > 1:
        return
    logger.warning(
        "mltrace failed inside %s.%s: %s. Your code goes on; what was to be logged may be missing. "
        "This is said once, further faults at this place are only counted.",
        guarded.__module__,
        guarded.__qualname__,
        f"{place}: {fault}".rstrip(".")
        if isinstance(fault, ConfigurationError | StoreError)
        else place,
    )
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("%s\n%s", place, "".join(traceback.format_tb(fault.__traceback__)))


def _came_by_signal(fault: BaseException) -> bool:
    """Tell whether the user's signal handler raised it, and only happened to interrupt us.

    So do time limits: an alarm goes off, and its handler raises.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    handlers = [_code_of(signal.getsignal(number)) for number in _HANDLED]
    trace = fault.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def _code_of(handler: object) -> object:
    """Tell the code of a function, a method, a partial or an object that can be called."""
    function = getattr(handler, "func", handler)
    function = getattr(function, "__func__", function)
    if callable(function) and not hasattr(function, "__code__"):
        function = type(function).__call__
    return getattr(function, "__code__", None)


def _place(trace: TracebackType | None) -> str:
    """Tell module and line of the innermost frame of ours, below the guard itself."""
    place = "unknown"
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if place == "unknown" or (module != __name__ and module.startswith("mltrace.")):
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _renew_lock() -> None:
    # A thread that held the lock while another forked does not exist in the child.
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)
