"""Reads local variables of a function as it returns, without changing the function.

From Python 3.12 on, `sys.monitoring` reports the returns and yields of just the code objects asked
for, so nothing else slows down. On 3.11, or if no tool id is free, a profiler is set instead.
If the probed function is called directly, it stays set only until the function's frame is seen,
which is then held until the capture ends; below decorators of others, which may call the function
more than once, it stays set for the whole call. A profiler of the user keeps its place: then
the trace slot is used, and if a debugger holds that too, the profiler is called in turn.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from types import CodeType, FrameType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from mltrace.capture.guard import harmless
from mltrace.capture.source import code_of
from mltrace.errors import OptionError, unknown_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

_RESUMABLE: Final = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def local_names(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """List the arguments and local variables of a function, those of its closure included.

    Returns
    -------
    tuple of str or None
        None of a function that is not written in Python.

    Examples
    --------
    >>> def scale(x, by=2):
    ...     scaled = x * by
    ...     return scaled
    >>> local_names(scale)
    ('x', 'by', 'scaled')
    >>> print(local_names(len))
    None
    """
    code = code_of(function)
    if code is None:
        return None
    names = (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
    return tuple(dict.fromkeys(name for name in names if name.isidentifier()))


def locals_at_return(function: Callable[..., Any], names: Iterable[str]) -> LocalsProbe:
    """Prepare to read local variables of a function as it returns.

    Parameters
    ----------
    function : callable
        The function, or a wrapper that names it as `functools.wraps` does.
    names : iterable of str
        Arguments, locals or variables of the closure.

    Raises
    ------
    OptionError
        If the function has no such variable, or is not written in Python.

    Examples
    --------
    >>> def scale(x):
    ...     scaled = x * 2
    ...     return None
    >>> probe = locals_at_return(scale, ["scaled"])
    >>> with probe.capture() as captured:
    ...     scale(21)
    >>> captured.values
    {'scaled': 42}
    """
    wanted = tuple(dict.fromkeys(names))
    code = code_of(function)
    known = local_names(function)
    title = getattr(function, "__qualname__", type(function).__qualname__)
    if code is None or known is None:
        raise OptionError(
            f"{title} is not written in Python, so its variables cannot be read: "
            f"{', '.join(wanted)}. Name its return value instead."
        )
    for name in wanted:
        if name not in known:
            raise unknown_option(f"variable of {title}", name, known)
    return LocalsProbe(code, wanted, is_direct=getattr(function, "__code__", None) is code)


class LocalsProbe:
    """Which variables to read of which code object; make it with `locals_at_return`."""

    __slots__ = ("code", "is_direct", "is_monitored", "names")

    def __init__(self, code: CodeType, names: tuple[str, ...], *, is_direct: bool) -> None:
        self.code = code
        self.names = names
        self.is_direct = is_direct
        self.is_monitored = _monitor(code)

    def capture(self) -> LocalsCapture:
        """Make a context to call the function in; one call, one capture."""
        return LocalsCapture(self)

    def read(self, frame: FrameType) -> dict[str, Any]:
        """Read the variables of a frame; those not set are left out."""
        variables: Mapping[str, Any] = frame.f_locals
        return {name: variables[name] for name in self.names if name in variables}


class LocalsCapture:
    """The variables of one call, once its context is left.

    For a generator or coroutine the context is entered around its creation and again around each
    resumption. The outermost activation of the function counts, and of it the last state seen.

    Attributes
    ----------
    values : dict of str to object
        By name; a variable that was not set, or could not be read, is missing.
    """

    __slots__ = ("_frame", "_slot", "probe", "values")

    def __init__(self, probe: LocalsProbe) -> None:
        self.probe = probe
        self.values: dict[str, Any] = {}
        self._frame: FrameType | None = None
        self._slot: _Slot | None = None

    def __enter__(self) -> LocalsCapture:
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(trace)

    @harmless(default=None)
    def take(self, frame: FrameType) -> None:
        """Read the variables of a frame that returns or yields."""
        self.values = self.probe.read(frame)

    @harmless(default=None)
    def _begin(self) -> None:
        if self.probe.is_monitored:
            _local.captures.setdefault(self.probe, []).append(self)
        elif self._frame is None:
            self._slot = _Slot(self._on_event)

    @harmless(default=None)
    def _end(self, trace: TracebackType | None) -> None:
        if self._slot is not None:
            self._slot.release()
            self._slot = None
        if self.probe.is_monitored:
            _forget(self)
        frame = self._frame if trace is None else _frame_of(trace, self.probe.code) or self._frame
        if frame is not None:
            self.take(frame)
        if not self.probe.code.co_flags & _RESUMABLE:
            self._frame = None

    @harmless(default=False)
    def _on_event(self, frame: FrameType, event: str) -> bool:
        """Take or hold the frame if it is the one; tell whether its return is of interest."""
        if frame.f_code is not self.probe.code:
            return False
        if self.probe.is_direct:
            if event == "call" and self._slot is not None:
                # A frame that somebody holds keeps its variables when it is over.
                self._frame = frame
                self._slot.release()
            return False
        if event == "return":
            self.take(frame)
        return True


class _Slot:
    """The profile slot of this thread, or its trace slot where a profiler is at work."""

    __slots__ = ("_is_trace", "_is_used", "_listen", "_previous")

    def __init__(self, listen: Callable[[FrameType, str], bool]) -> None:
        self._listen = listen
        self._is_used = True
        self._previous: Any = sys.getprofile()
        self._is_trace = self._previous is not None and sys.gettrace() is None
        if self._is_trace:
            sys.settrace(self._on_trace)
        elif self._previous is None or isinstance(self._previous, FunctionType | MethodType):
            sys.setprofile(self._on_profile)
        else:
            # A profiler in C can neither be called in turn nor put back.
            self._is_used = False

    def release(self) -> None:
        """Put back what was there, unless the user's code has put something else there since."""
        if not self._is_used:
            return
        self._is_used = False
        if self._is_trace:
            if sys.gettrace() == self._on_trace:
                sys.settrace(None)
        elif sys.getprofile() == self._on_profile:
            sys.setprofile(self._previous)

    def _on_profile(self, frame: FrameType, event: str, argument: Any) -> None:
        self._listen(frame, event)
        if self._previous is not None:
            self._previous(frame, event, argument)

    def _on_trace(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if not self._listen(frame, event):
            return None
        frame.f_trace_lines = False
        return self._on_trace


class _Local(threading.local):
    """The captures under way in a thread, by probe, the innermost last."""

    def __init__(self) -> None:
        self.captures: dict[LocalsProbe, list[LocalsCapture]] = {}


_local: Final = _Local()
_NAME: Final = "mltrace"
# 0, 1 and 2 are left to debuggers, coverage and profilers, which may come later.
_TOOL_IDS: Final = (4, 3, 5)


def _forget(capture: LocalsCapture) -> None:
    captures = _local.captures.get(capture.probe, [])
    if capture in captures:
        captures.remove(capture)
    if not captures:
        _local.captures.pop(capture.probe, None)


def _frame_of(trace: TracebackType | None, code: CodeType) -> FrameType | None:
    """Find the outermost frame of a code object that an exception passed through."""
    while trace is not None:
        if trace.tb_frame.f_code is code:
            return trace.tb_frame
        trace = trace.tb_next
    return None


if sys.version_info >= (3, 12):

    @harmless(default=False)
    def _monitor(code: CodeType) -> bool:
        """Have the returns and yields of a code object reported, from now on."""
        tool = _tool_id()
        if tool is None:
            return False
        events = sys.monitoring.events
        wanted = events.PY_RETURN | events.PY_YIELD
        sys.monitoring.set_local_events(tool, code, wanted)
        return True

    @functools.cache
    def _tool_id() -> int | None:
        """Take a free tool id for this process, if there is one."""
        monitoring = sys.monitoring
        for number in _TOOL_IDS:
            try:
                monitoring.use_tool_id(number, _NAME)
            except ValueError:
                continue
            monitoring.register_callback(number, monitoring.events.PY_RETURN, _on_leave)
            monitoring.register_callback(number, monitoring.events.PY_YIELD, _on_leave)
            return number
        return None

    def _on_leave(code: CodeType, _offset: int, _value: object) -> None:
        if not _local.captures:
            return
        for probe, captures in tuple(_local.captures.items()):
            if probe.code is code:
                captures[-1].take(sys._getframe(1))

else:

    def _monitor(_code: CodeType) -> bool:
        """Python 3.11 has no `sys.monitoring`."""
        return False
