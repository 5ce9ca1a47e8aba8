"""Runs checks: each test once, with variables by name, so that none hides another's outcome."""

from __future__ import annotations

import inspect
import math
import time
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import NotApplicable, Unmet
from mltrace.errors import nearest
from mltrace.records import CheckResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mltrace.checks.check import Check
    from mltrace.records import CheckStatus, CheckWhen

MAX_MESSAGE: Final = 2_000


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
        something else or asks for a variable that is not there; 'skipped' if it does not apply.

    Examples
    --------
    >>> from mltrace.checks.check import FunctionCheck
    >>> def positive(price): return price > 0
    >>> run_checks([FunctionCheck(positive)], "before", {"price": -1})[0].status
    'failed'
    """
    return [
        _run_test(check, name, test, when, variables)
        for check in checks
        for name, test in check.tests()
    ]


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """List the failures that block the run."""
    return [
        result for result in results if result.severity == "block" and result.status == "failed"
    ]


def names_wanted(checks: Iterable[Check]) -> list[str]:
    """List the variables that the tests of checks ask for."""
    return [
        parameter.name
        for check in checks
        for _, test in check.tests()
        for parameter in _parameters(test)
        if parameter.kind is not parameter.VAR_KEYWORD
    ]


def _run_test(
    check: Check,
    name: str,
    test: Callable[..., Any],
    when: CheckWhen,
    variables: Mapping[str, Any],
) -> CheckResult:
    started = time.perf_counter()
    status, message, value = _outcome(test, variables)
    return CheckResult(
        check=check.name,
        test=name,
        when=when,
        status=status,
        severity=check.severity,
        message=message[:MAX_MESSAGE].encode("utf-8", "backslashreplace").decode(),
        value=_plain_value(value),
        seconds=time.perf_counter() - started,
    )


def _outcome(
    test: Callable[..., Any], variables: Mapping[str, Any]
) -> tuple[CheckStatus, str, object]:
    arguments, missing = _arguments(test, variables)
    if missing:
        return "error", _missing_message(missing, variables), None
    return _call(test, arguments)


def _call(test: Callable[..., Any], arguments: dict[str, Any]) -> tuple[CheckStatus, str, object]:
    try:
        returned = test(**arguments)
    except Unmet as unmet:
        return "failed", str(unmet), unmet.value
    except AssertionError as error:
        return "failed", str(error) or "an assertion without a message did not hold", None
    except NotApplicable as reason:
        return "skipped", str(reason), None
    except Exception as error:  # noqa: BLE001 (a test is the user's code: its bug is its outcome)
        return "error", f"{type(error).__name__}: {error}", None
    if returned is False or (type(returned).__name__ == "bool" and not returned):
        return "failed", "the test returned False", None
    return "passed", "", returned


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
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if hasattr(type(value), "item") and getattr(value, "ndim", None) == 0:
        return _plain_value(value.item())  # type: ignore[attr-defined]
    return None
