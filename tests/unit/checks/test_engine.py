"""The engine: whatever a test does is its outcome, and no other test's."""

from __future__ import annotations

import contextvars
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy
import pandas
import pytest

import mltrace as mt
from mltrace.checks.check import FunctionCheck, NotApplicable, Unmet, check
from mltrace.checks.engine import names_wanted, run_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records import CheckResult


def _run(function: Callable[..., Any], **variables: Any) -> CheckResult:
    (result,) = run_checks([FunctionCheck(function)], "before", variables)
    return result


def _raise(error: BaseException) -> Callable[[], None]:
    def test() -> None:
        raise error

    return test


class _Unreadable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (AssertionError("too few"), "failed", "too few"),
        (AssertionError(), "failed", "an assertion without a message did not hold"),
        (Unmet("too few", value=3), "failed", "too few"),
        (NotApplicable("no frame"), "skipped", "no frame"),
        (ZeroDivisionError("oh"), "error", "ZeroDivisionError: oh"),
        (SystemExit(3), "error", "SystemExit: 3"),
        (_Unreadable(), "error", "_Unreadable: (its message cannot be read)"),
    ],
)
def test_every_exception_is_an_outcome(error: BaseException, status: str, message: str) -> None:
    result = _run(_raise(error))
    assert (result.status, result.message) == (status, message)


def test_interruption_by_the_user_is_handed_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        _run(_raise(KeyboardInterrupt()))


@pytest.mark.parametrize(
    ("returned", "value"),
    [
        (None, None),
        (True, True),
        (numpy.True_, True),
        (3, 3),
        (numpy.int64(3), 3),
        (numpy.float32(0.5), 0.5),
        (numpy.array(2.0), 2.0),
        (Decimal("0.25"), 0.25),
        (float("nan"), "nan"),
        (10**30, 1e30),
        ("text", "text"),
        (pandas.Timestamp("2013-01-01"), "2013-01-01 00:00:00"),
    ],
)
def test_returned_value_is_kept(returned: object, value: object) -> None:
    result = _run(lambda: returned)
    assert (result.status, result.value) == ("passed", value)


@pytest.mark.parametrize("returned", [False, numpy.False_])
def test_returned_false_fails(returned: object) -> None:
    assert _run(lambda: returned).status == "failed"


def test_returned_mask_does_not_pass_in_silence() -> None:
    result = _run(lambda: pandas.Series([False]))
    assert result.status == "error"
    assert result.message == "it returned a Series; a test returns None, True, False or a number"


def test_coroutine_does_not_pass_in_silence() -> None:
    async def test() -> None:
        raise AssertionError

    assert "it returned a coroutine" in _run(test).message


def test_broken_check_hides_no_other() -> None:
    class Broken(mt.Check):
        def tests(self) -> Any:
            raise RuntimeError("no tests today")

    results = run_checks([Broken(), FunctionCheck(lambda: 1)], "before", {})
    assert [result.status for result in results] == ["error", "passed"]
    assert results[0].message == "RuntimeError: no tests today"


def test_variables_that_a_check_looks_at_are_wanted() -> None:
    def of_total(total: int, **variables: Any) -> None: ...

    assert names_wanted([FunctionCheck(of_total), mt.NoNulls(on="table")]) == ["total", "table"]


def test_test_that_overruns_is_an_error_and_the_next_one_runs() -> None:
    never = threading.Event()
    started = threading.Event()

    def waits() -> None:
        started.set()
        never.wait()

    limited = check(waits, timeout=0.05)
    results = run_checks([limited, FunctionCheck(lambda: 1)], "before", {})
    assert started.is_set()
    assert [result.status for result in results] == ["error", "passed"]
    assert results[0].message == "TimeoutError: not done after 0.05 s"
    never.set()


def test_test_within_its_time_sees_context_variables_and_keeps_its_outcome() -> None:
    variable = contextvars.ContextVar("variable", default=0)
    variable.set(7)
    passing, failing = check(variable.get, timeout=60), check(_raise(Unmet("no", 2)), timeout=60)
    results = run_checks([passing, failing], "before", {})
    assert [(result.status, result.value) for result in results] == [("passed", 7), ("failed", 2)]


def test_test_without_a_limit_runs_in_the_thread_of_the_run() -> None:
    assert _run(threading.get_ident).value == threading.get_ident()
    assert run_checks([check(threading.get_ident, timeout=60)], "before", {})[0].value != (
        threading.get_ident()
    )


def test_long_message_is_cut_and_odd_text_kept() -> None:
    assert len(_run(_raise(AssertionError("x" * 10_000))).message) == 2_000
    assert _run(_raise(AssertionError("\udc80"))).message == "\\udc80"
