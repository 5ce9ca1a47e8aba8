"""Runs checks: each test once, with variables by name, so that none hides another's outcome."""

from __future__ import annotations

import functools
import inspect
import math
import time
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.limits import call_within
from mltrace.checks.measures import at_boundary
from mltrace.errors import nearest
from mltrace.records import CheckResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mltrace.checks.check import Check
    from mltrace.records import CheckStatus, CheckWhen

MAX_MESSAGE: Final = 2_000
MAX_WHOLE: Final = 2**63


def run_checks(
    checks: Iterable[Check], when: CheckWhen, variables: Mapping[str, Any]
) -> list[CheckResult]:
    """Run every test of every check; whatever a test does, the others run too.

    Parameters
    ----------
    checks : iterable of Check
        What to run.
    when : {'before', 'after'}
        The boundary, for the results.
    variables : mapping of str to object
        What tests may ask for by name.

    Returns
    -------
    list of CheckResult
        One per test: 'passed'; 'failed' if it asserts or returns False; 'error' if it raises
        something else, takes longer than it may, or asks for a variable that is not there;
        'skipped' if it does not apply.

    Examples
    --------
    >>> from mltrace.checks.check import FunctionCheck
    >>> def positive(price): return price > 0
    >>> run_checks([FunctionCheck(positive)], "before", {"price": -1})[0].status
    'failed'
    """
    with at_boundary():
        return [result for check in checks for result in _run_check(check, when, variables)]


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """List the failures that block the run."""
    return [
        result for result in results if result.severity == "block" and result.status == "failed"
    ]


def names_wanted(checks: Iterable[Check]) -> list[str]:
    """List the variables that the tests of checks ask for."""
    named = [
        parameter.name
        for check in checks
        for _, test in check.tests()
        for parameter in _parameters(test)
        if parameter.kind is not parameter.VAR_KEYWORD
    ]
    return [*named, *(name for check in checks for name in check.wanted)]


def names_required(check: Check) -> list[str]:
    """List the variables without which a check cannot run.

    Examples
    --------
    >>> from mltrace.checks.check import FunctionCheck
    >>> def positive(price, least: float = 0.0): return price > least
    >>> names_required(FunctionCheck(positive))
    ['price']
    """
    named = [
        parameter.name
        for _, test in check.tests()
        for parameter in _parameters(test)
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    return list(dict.fromkeys(named if check.on is None else [*named, check.on]))


def _run_check(
    check: Check, when: CheckWhen, variables: Mapping[str, Any]
) -> Iterator[CheckResult]:
    try:
        name, tests = str(check.name), check.tests()
    except Exception as error:  # noqa: BLE001 (a check is the user's code)
        name, tests = type(check).__name__, [("tests", functools.partial(_raise, error))]
    for test_name, test in tests:
        started = time.perf_counter()
        status, message, value = _outcome(test, check.timeout, variables)
        yield CheckResult(
            check=name,
            test=test_name,
            when=when,
            status=status,
            severity=check.severity,
            message=_kept_text(message),
            value=value,
            seconds=time.perf_counter() - started,
        )


def _raise(error: Exception) -> None:
    raise error


def _outcome(
    test: Callable[..., Any], timeout: float | None, variables: Mapping[str, Any]
) -> tuple[CheckStatus, str, Any]:
    """Run a test; whatever comes of it is an outcome, other than an interruption by the user."""
    try:
        arguments, missing = _arguments(test, variables)
        if missing:
            return "error", _missing_message(missing, variables), None
        returned = test(**arguments) if timeout is None else call_within(timeout, test, arguments)
        return _judged(returned)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 (a test is the user's code: its bug is its outcome)
        return _raised(error)


def _raised(error: BaseException) -> tuple[CheckStatus, str, Any]:
    """Tell what an exception says."""
    said = _text(error)
    if isinstance(error, AssertionError):
        value = _plain_value(error.value) if isinstance(error, Unmet) else None
        return "failed", said or "an assertion without a message did not hold", value
    if isinstance(error, NotApplicable):
        return "skipped", said, None
    return "error", f"{type(error).__name__}: {said}", None


def _judged(returned: object) -> tuple[CheckStatus, str, Any]:
    """Tell what a returned value says."""
    if returned is None or returned is True:
        return "passed", "", returned
    value = _plain_value(returned)
    if value is False:
        return "failed", "the test returned False", None
    if value is not None:
        return "passed", "", value
    if inspect.iscoroutine(returned):
        returned.close()
    kind = type(returned).__name__
    return "error", f"it returned a {kind}; a test returns None, True, False or a number", None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 (an exception may be of any class)
        return "(its message cannot be read)"


def _arguments(
    test: Callable[..., Any], variables: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    arguments: dict[str, Any] = {}
    missing = []
    for parameter in _parameters(test):
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments.update(
                {name: value for name, value in variables.items() if name.isidentifier()}
            )
        elif parameter.name in variables:
            arguments[parameter.name] = variables[parameter.name]
        elif parameter.default is parameter.empty:
            missing.append(parameter.name)
    return arguments, missing


def _parameters(test: Callable[..., Any]) -> Sequence[inspect.Parameter]:
    try:
        parameters = inspect.signature(test).parameters.values()
    except (TypeError, ValueError):
        return ()
    return [parameter for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL]


def _missing_message(missing: Sequence[str], variables: Mapping[str, Any]) -> str:
    known = [name for name in variables if name.isidentifier()]
    matches = nearest(missing[0], known, limit=1)
    hint = f" Did you mean {matches[0]!r}?" if matches else ""
    return f"The run has no variable {missing[0]!r}.{hint} It has: {', '.join(known) or 'none'}."


def _plain_value(value: object) -> Any:
    """Turn what was measured into what can be kept; None where it is no number, text or time."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | date | timedelta):
        return _kept_text(str(value))
    if isinstance(value, int) and abs(value) < MAX_WHOLE:
        return int(value)
    if isinstance(value, int | float | Decimal | Fraction):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    if hasattr(type(value), "item") and getattr(value, "ndim", None) == 0:
        return _plain_value(value.item())  # type: ignore[attr-defined]
    return None


def _kept_text(text: str) -> str:
    return text[:MAX_MESSAGE].encode("utf-8", "backslashreplace").decode()
