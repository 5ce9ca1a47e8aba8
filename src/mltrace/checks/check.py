"""What a check is: a class with `test_*` methods that take the variables of a run by name."""

from __future__ import annotations

import copy
import functools
import inspect
from typing import TYPE_CHECKING, Any, Final, cast, overload

from mltrace.checks.adapters import adapted
from mltrace.errors import ArgumentError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.records import Severity

MAX_NAMES: Final = 3
"""Of the columns of a check, its name bears so many."""
MAX_NAME: Final = 100


class Unmet(AssertionError):  # noqa: N818 (it is an outcome, not an error)
    """A test did not pass; carries the value that it measured."""

    def __init__(self, message: str, value: object = None) -> None:
        super().__init__(message)
        self.value = value


class NotApplicable(Exception):  # noqa: N818 (it is an outcome, not an error)
    """A test has nothing to look at here; its result is 'skipped'."""


class Check:
    """A named group of tests at a run boundary.

    Subclass it and write methods named `test_*`. Their arguments are filled by name: before the run
    from its arguments; after it also from its locals at return and the return value, which is
    called `result`. An argument with a default keeps it where the run has no such variable. A test
    fails by a false `assert` or by returning False; a number that it returns is kept as its value.

    Parameters
    ----------
    severity : {'warn', 'block'}, default 'warn'
        A failed blocking check before the run keeps the function from running; after it, it raises
        `CheckFailed` once the outputs are logged.
    on : str, optional
        The variable that built-in checks look at; by default the data frames among the arguments
        before the run, and the return value after it.
    name : str, optional
        What its results are called; by default the class, and the columns that it looks at.
    timeout : float, optional
        Seconds that each of its tests may take, after which its status is 'error' and the run goes
        on; by default as many as they need.

    A subclass may set them as attributes of the class instead.

    Raises
    ------
    ArgumentError
        If the severity is neither, the timeout no positive number, or `on` or the name no text.

    Notes
    -----
    A test without a timeout runs in the thread of the run. One with a timeout runs in a thread of
    its own, which can be left behind: it sees the context variables of the run, but not what a
    library keeps by thread, such as a connection to SQLite.

    Examples
    --------
    >>> class NoOutliers(Check):
    ...     def test_zscore(self, values, cutoff: float = 5.0):
    ...         assert max(values) < cutoff, f"{max(values)} is not below {cutoff}"
    >>> NoOutliers(severity="block").severity
    'block'
    """

    severity: Severity = "warn"
    on: str | None = None
    timeout: float | None = None
    _name: str | None = None

    def __init__(
        self,
        *,
        severity: Severity | None = None,
        on: str | None = None,
        name: str | None = None,
        timeout: float | None = None,
    ) -> None:
        self.on = None if on is None else _checked_text("on", on)
        self._set(severity=severity, name=name, timeout=timeout)

    @property
    def name(self) -> str:
        """The name that results bear."""
        return self._name or _described(self)

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def subject(self) -> str:
        """What its name says that it looks at: the columns, unless a subclass knows better."""
        cls: type = type(self)
        argument = _first_argument(cls)
        given = getattr(self, argument, None) if argument is not None else None
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, list | tuple) or not all(isinstance(one, str) for one in names):
            return ""
        more = [f"+{len(names) - MAX_NAMES}"] if len(names) > MAX_NAMES else []
        return ", ".join([*names[:MAX_NAMES], *more])

    @property
    def wanted(self) -> Sequence[str]:
        """The variables that its tests look at, beside those that they name as arguments."""
        return () if self.on is None else (self.on,)

    def tests(self) -> list[tuple[str, Callable[..., Any]]]:
        """List the test methods, those of base classes first, in the order they were written."""
        names: dict[str, None] = {}
        for cls in reversed(type(self).__mro__):
            names.update((name, None) for name in vars(cls) if name.startswith("test_"))
        found = [(name, getattr(self, name)) for name in names]
        return [(name, test) for name, test in found if callable(test)]

    def _set(self, *, severity: Severity | None, name: str | None, timeout: float | None) -> None:
        if severity is not None:
            self.severity = checked_severity(severity)
        if name is not None:
            self.name = _checked_text("name", name)
        if timeout is not None:
            self.timeout = _checked_timeout(timeout)


class FunctionCheck(Check):
    """A check made of one plain function, which it can still be called as."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(
            severity=getattr(function, "severity", None), name=_function_name(function)
        )
        self._function = function
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self._function(*args, **kwargs)

    def tests(self) -> list[tuple[str, Callable[..., Any]]]:
        """List the function as the only test."""
        return [(_function_name(self._function), self._function)]


@overload
def check(
    given: Callable[..., Any] | Check | type[Check],
    /,
    *,
    severity: Severity | None = None,
    name: str | None = None,
    timeout: float | None = None,
) -> Check: ...


@overload
def check(
    given: None = None,
    /,
    *,
    severity: Severity | None = None,
    name: str | None = None,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], FunctionCheck]: ...


def check(
    given: Any = None,
    /,
    *,
    severity: Severity | None = None,
    name: str | None = None,
    timeout: float | None = None,
) -> Any:
    """Make a check of a function, or the same check with another severity, name or timeout.

    Parameters
    ----------
    given : function, Check or Check class
        What to make it of, which is not changed; left out where it is a decorator.
    severity, name, timeout
        As in `Check`; what is left out stays as it is.

    Raises
    ------
    OptionError
        If it is neither a check nor a function.
    ArgumentError
        If the severity is unknown, or the timeout no positive number.

    Examples
    --------
    >>> @check(severity="block")
    ... def has_currency(result): return "currency" in result
    >>> has_currency.severity, has_currency({"amount": 1.0})
    ('block', False)
    """
    if given is None:
        return lambda function: check(function, severity=severity, name=name, timeout=timeout)
    changed = copy.copy(_as_check(given, "check(…) takes"))
    changed._set(severity=severity, name=name, timeout=timeout)
    return changed


def as_checks(option: str, checks: object) -> tuple[Check, ...]:
    """Turn what was given for `before=` or `after=` into checks, each under a name of its own.

    Raises
    ------
    OptionError
        If something is neither a check, a Check class nor a function.
    ArgumentError
        If the class of a check says a severity or timeout that cannot be.

    Examples
    --------
    >>> def positive(price): return price > 0
    >>> [one.name for one in as_checks("before", [positive, positive])]
    ['positive', 'positive #2']
    """
    listed = checks if isinstance(checks, list | tuple) else (checks,)
    found: dict[str, Check] = {}
    for item in listed:
        one = _as_check(item, f"{option}= takes")
        checked_severity(one.severity)
        if one.timeout is not None:
            _checked_timeout(one.timeout)
        name, number = one.name, 1
        while name in found:
            number += 1
            name = f"{one.name} #{number}"
        found[name] = one if number == 1 else check(one, name=name)
    return tuple(found.values())


def checked_severity(severity: str) -> Severity:
    """Return the severity if it is one.

    Raises
    ------
    ArgumentError
        If it is neither 'warn' nor 'block'.
    """
    if severity not in ("warn", "block"):
        raise ArgumentError(f"severity={severity!r} is unknown; use 'warn' or 'block'.")
    return cast("Severity", severity)


def _checked_text(option: str, text: str) -> str:
    if not isinstance(text, str) or not text:
        raise ArgumentError(f"{option}={text!r}: give a text.")
    return text


def _checked_timeout(timeout: float) -> float:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
        raise ArgumentError(f"timeout={timeout!r} is no positive number of seconds; give 60.")
    return timeout


def _as_check(item: object, takes: str) -> Check:
    if isinstance(item, Check):
        return item
    if isinstance(item, type) and issubclass(item, Check):
        return item()
    other = adapted(item)
    if other is not None:
        return other
    if callable(item):
        return FunctionCheck(cast("Callable[..., Any]", item))
    raise OptionError(
        f"{takes} checks or functions, got {type(item).__name__}; "
        "write for example [NoNulls(['price'])]."
    )


def _described(check: Check) -> str:
    """Name a check by its class and what it looks at, so that two of a class are told apart."""
    name = type(check).__name__
    on = "" if check.on is None else f"on {check.on}"
    words = ", ".join(word for word in (check.subject, on) if word)
    return f"{name}({words})"[:MAX_NAME] if words else name


@functools.cache
def _first_argument(cls: type) -> str | None:
    for parameter in inspect.signature(cls).parameters.values():
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            return parameter.name
    return None


def _function_name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
