"""Wraps functions of every sort so that each call is a logged run.

The wrapper is of the same sort as the function (plain, generator, coroutine, asynchronous
generator), bears its name and signature, and hands arguments, results and exceptions through
untouched. A generator's run ends when it is exhausted or closed.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import TYPE_CHECKING, Any

from mltrace.capture import source
from mltrace.capture.attributes import Attributes
from mltrace.capture.deciding import open_call
from mltrace.capture.guard import harmless
from mltrace.capture.selection import Arguments, check_names, probe_locals
from mltrace.checks.engine import names_wanted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from mltrace.capture.calls import Call
    from mltrace.capture.declaring import Component
    from mltrace.capture.recorder import Recorder
    from mltrace.capture.returns import LocalsProbe
    from mltrace.capture.selection import Selection


class Wrapped:
    """What is known of a wrapped function before it is called."""

    def __init__(
        self, component: Component, function: Callable[..., Any], selection: Selection
    ) -> None:
        check_names(function, selection)
        self.component = component
        self.function = function
        self.selection = selection
        self.arguments = Arguments(function)
        self.attributes = Attributes(function) if self.arguments.is_method else None
        self.probe = self._probe()
        self.is_ready = False
        self.function_code = getattr(source.innermost(function), "__code__", None)
        self.file: str = getattr(self.function_code, "co_filename", "")
        self._code: tuple[str, str | None] | None = None

    @harmless(default=None)
    def get_ready(self) -> None:
        """Take the checks of the component that stand in a file, before the first call."""
        if self.component.take_filed_checks():
            self.probe = self._probe()
        self.is_ready = True

    @harmless(default=None)
    def code(self, recorder: Recorder) -> str | None:
        """Log the function's source, and return its digest."""
        if self._code is None:
            text = source.source_of(self.function)
            digest = source.code_digest(self.function) if text is None else source.digest_text(text)
            self._code = (digest, text) if digest is not None else ("", None)
        digest, text = self._code
        if text is not None:
            recorder.say_source(digest, text)
        return digest or None

    def _probe(self) -> LocalsProbe | None:
        selection = self.selection
        names = (*(selection.inputs or ()), *(selection.outputs or ()))
        return probe_locals(self.function, (*names, *names_wanted(self.component.after)))


def wrap(component: Component, function: Any, selection: Selection) -> Any:
    """Wrap a function, method, classmethod or staticmethod.

    Raises
    ------
    OptionError
        If the selection names a variable that the function does not have.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(wrap(component, function.__func__, selection))
    wrapped = Wrapped(component, function, selection)
    if inspect.iscoroutinefunction(function):
        wrapper = _wrap_coroutine(wrapped)
    elif inspect.isasyncgenfunction(function):
        wrapper = _wrap_async_generator(wrapped)
    elif inspect.isgeneratorfunction(function):
        wrapper = _wrap_generator(wrapped)
    else:
        wrapper = _wrap_plain(wrapped)
    _adopt_methods(wrapper, function)
    wrapper.component = component  # type: ignore[attr-defined]
    return wrapper


@harmless(default=None)
def _adopt_methods(wrapper: Any, function: object) -> None:
    """Offer the methods of what is wrapped if that is an object, such as `cache_clear`."""
    if isinstance(function, types.FunctionType | types.MethodType):
        return
    for name in dir(type(function)):
        if not name.startswith("_") and not hasattr(wrapper, name):
            method = getattr(function, name, None)
            if callable(method):
                setattr(wrapper, name, method)


def _wrap_plain(wrapped: Wrapped) -> Callable[..., Any]:
    function = wrapped.function

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = open_call(wrapped, args, kwargs)
        try:  # around `enter` and `leave`, which a signal handler may end by raising
            call.enter()
            result = function(*args, **kwargs)
            call.leave()
        except BaseException as error:
            call.leave()
            _close(call, error)
            raise
        return _conclude(call, result)

    return wrapper


def _wrap_generator(wrapped: Wrapped) -> Callable[..., Any]:
    function = wrapped.function

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        call = open_call(wrapped, args, kwargs)
        return (yield from _drive(call, function(*args, **kwargs)))

    return wrapper


def _wrap_coroutine(wrapped: Wrapped) -> Callable[..., Any]:
    function = wrapped.function

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = open_call(wrapped, args, kwargs)
        return await _await(call, function(*args, **kwargs))

    return wrapper


def _wrap_async_generator(wrapped: Wrapped) -> Callable[..., Any]:
    function = wrapped.function

    def begin(*args: Any, **kwargs: Any) -> tuple[Call, AsyncGenerator[Any, Any]]:
        return open_call(wrapped, args, kwargs), function(*args, **kwargs)

    return functools.wraps(function)(_async_driver(begin))


def _conclude(call: Call, result: Any) -> Any:
    """End the run, or hand it on to the function's own generator or coroutine."""
    cls = type(result)  # not isinstance or `in`, which ask the result itself
    if cls is types.GeneratorType and result.gi_code is call.wrapped_code:
        return _drive(call, result)
    if cls is types.CoroutineType and result.cr_code is call.wrapped_code:
        return _await(call, result)
    if cls is types.AsyncGeneratorType and result.ag_code is call.wrapped_code:
        return _async_driver(lambda: (call, result))()
    call.succeed(result)
    return result


def _drive(
    call: Call, generator: Generator[Any, Any, Any], *, is_awaited: bool = False
) -> Generator[Any, Any, Any]:
    """Resume a generator or coroutine step by step, its run being current only in between."""
    step: Callable[[], Any] = functools.partial(next, generator)
    if is_awaited:
        step = functools.partial(generator.send, None)
    while True:
        call.enter()
        try:
            item = step()
        except StopIteration as stop:
            call.leave()
            call.succeed(stop.value)
            return stop.value
        except BaseException as error:
            call.leave()
            _close(call, error)
            raise
        call.leave()
        if not is_awaited:
            call.see_yielded(item)
        try:
            received = yield item
        except GeneratorExit:
            _shut(call, generator)
            raise
        except BaseException as error:  # noqa: BLE001 (the user's, thrown in)
            step = functools.partial(generator.throw, error)
        else:
            step = functools.partial(generator.send, received)


def _shut(call: Call, generator: Generator[Any, Any, Any]) -> None:
    """Close a generator early: its run is over, and went as the user wished."""
    call.enter()
    try:
        generator.close()
    except BaseException as error:
        call.leave()
        _close(call, error)
        raise
    call.leave()
    call.succeed(None)


@types.coroutine
def _await(call: Call, coroutine: Any) -> Generator[Any, Any, Any]:
    return (yield from _drive(call, coroutine, is_awaited=True))


def _async_driver(
    begin: Callable[..., tuple[Call, AsyncGenerator[Any, Any]]],
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """Make an asynchronous generator function that resumes another one step by step."""

    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        call, generator = begin(*args, **kwargs)
        step: Any = generator.__anext__()
        while True:
            try:
                item = await _within(call, step)
            except StopAsyncIteration:
                call.succeed(None)
                return
            except BaseException as error:
                _close(call, error)
                raise
            call.see_yielded(item)
            try:
                received = yield item
            except GeneratorExit:
                await _shut_async(call, generator)
                raise
            except BaseException as error:  # noqa: BLE001 (the user's, thrown in)
                step = generator.athrow(error)
            else:
                step = generator.asend(received)

    return wrapper


async def _shut_async(call: Call, generator: AsyncGenerator[Any, Any]) -> None:
    """Close an asynchronous generator early: its run is over, and went as the user wished."""
    try:
        await _within(call, generator.aclose())
    except BaseException as error:
        _close(call, error)
        raise
    call.succeed(None)


@types.coroutine
def _within(call: Call, step: Any) -> Generator[Any, Any, Any]:
    """Await one step of an asynchronous generator with its run as the current one."""
    iterator = step.__await__()
    resume: Callable[[], Any] = functools.partial(next, iterator)
    while True:
        call.enter()
        try:
            item = resume()
        except StopIteration as stop:
            return stop.value
        finally:
            call.leave()
        try:
            received = yield item
        except BaseException as error:  # noqa: BLE001 (the event loop's, such as a cancellation)
            resume = functools.partial(iterator.throw, error)
        else:
            resume = functools.partial(iterator.send, received)


@harmless(default=None)
def _close(call: Call, error: BaseException) -> None:
    """End the run of code that raised; leaving by `sys.exit(0)` or by being closed is success."""
    is_clean_exit = isinstance(error, SystemExit) and error.code in (None, 0)
    if isinstance(error, GeneratorExit) or is_clean_exit:
        call.succeed(None)
    else:
        call.fail(error)
