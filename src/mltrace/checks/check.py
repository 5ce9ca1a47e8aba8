"""What a check is: a class with `test_*` methods that take the variables of a run by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from mltrace.errors import ArgumentError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import Severity


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

    Raises
    ------
    ArgumentError
        If the severity is neither.

    Examples
    --------
    >>> class NoOutliers(Check):
    ...     def test_zscore(self, values, cutoff: float = 5.0):
    ...         assert max(values) < cutoff, f"{max(values)} is not below {cutoff}"
    >>> NoOutliers(severity="block").severity
    'block'
    """

    default_severity: ClassVar[Severity] = "warn"
    _severity: Severity | None = None
    on: str | None = None

    def __init__(self, *, severity: Severity | None = None, on: str | None = None) -> None:
        self._severity = None if severity is None else checked_severity(severity)
        self.on = on

    @property
    def severity(self) -> Severity:
        """What a failure leads to."""
        return self._severity or self.default_severity

    @property
    def name(self) -> str:
        """The name that results bear."""
        return type(self).__name__

    def tests(self) -> list[tuple[str, Callable[..., Any]]]:
        """List the test methods, those of base classes first, in the order they were written."""
        names: dict[str, None] = {}
        for cls in reversed(type(self).__mro__):
            names.update((name, None) for name in vars(cls) if name.startswith("test_"))
        found = [(name, getattr(self, name)) for name in names]
        return [(name, test) for name, test in found if callable(test)]


class FunctionCheck(Check):
    """A check made of one plain function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(severity=getattr(function, "severity", None))
        self._function = function

    @property
    def name(self) -> str:
        """The function's name."""
        return getattr(self._function, "__name__", type(self._function).__name__)

    def tests(self) -> list[tuple[str, Callable[..., Any]]]:
        """List the function as the only test."""
        return [(self.name, self._function)]


def as_checks(option: str, checks: object) -> tuple[Check, ...]:
    """Turn what was given for `before=` or `after=` into checks.

    Raises
    ------
    OptionError
        If something is neither a check, a Check class nor a function.
    """
    listed = checks if isinstance(checks, list | tuple) else (checks,)
    return tuple(_as_check(option, item) for item in listed)


def _as_check(option: str, item: object) -> Check:
    if isinstance(item, Check):
        return item
    if isinstance(item, type) and issubclass(item, Check):
        return item()
    if callable(item):
        return FunctionCheck(cast("Callable[..., Any]", item))
    raise OptionError(
        f"{option}= takes checks or functions, got {type(item).__name__}; "
        f"write for example {option}=[NoNulls(['price'])]."
    )


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
