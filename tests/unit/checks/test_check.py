"""Checks: what they are made of, what they are called, what they lead to."""

from __future__ import annotations

from typing import Any

import pytest

import mltrace as mt
from mltrace.checks.check import FunctionCheck, as_checks, check


class NoNegatives(mt.Check):
    """A check with a limit and a severity of its class."""

    severity = "block"
    timeout = 5

    def test_values(self, values: list[float]) -> None:
        assert min(values) >= 0


def is_positive(price: float) -> bool:
    """Say whether a price is positive."""
    return price > 0


def test_function_gets_a_severity_by_a_decorator_and_can_be_called() -> None:
    @check(severity="block", timeout=2)
    def has_rows(result: list[int]) -> bool:
        """Say whether there are rows."""
        return bool(result)

    assert isinstance(has_rows, FunctionCheck)
    assert (has_rows.name, has_rows.severity, has_rows.timeout) == ("has_rows", "block", 2)
    assert has_rows([1])
    assert has_rows.__doc__ == "Say whether there are rows."


def test_check_is_changed_in_a_copy() -> None:
    original = mt.NoNulls(["a"])
    changed = mt.check(original, severity="block", name="ids", timeout=3)
    assert (changed.name, changed.severity, changed.timeout) == ("ids", "block", 3)
    assert (original.name, original.severity, original.timeout) == ("NoNulls(a)", "warn", None)
    assert mt.check(changed).severity == "block"


def test_class_of_a_check_has_its_severity_and_timeout() -> None:
    (made,) = as_checks("before", NoNegatives)
    assert (made.severity, made.timeout) == ("block", 5)
    assert mt.check(NoNegatives, severity="warn").severity == "warn"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (mt.NoNulls(), "NoNulls"),
        (mt.NoNulls("a"), "NoNulls(a)"),
        (mt.NoNulls(["a", "b", "c", "d", "e"]), "NoNulls(a, b, c, +2)"),
        (mt.NoNulls(["a"], on="frame"), "NoNulls(a, on frame)"),
        (mt.RowCount(min=1), "RowCount"),
        (NoNegatives(), "NoNegatives"),
        (FunctionCheck(is_positive), "is_positive"),
    ],
)
def test_name_says_what_is_looked_at(given: mt.Check, name: str) -> None:
    assert given.name == name


def test_checks_of_one_name_are_numbered() -> None:
    given = [mt.RowCount(min=1), mt.RowCount(max=9), is_positive, is_positive, mt.RowCount(min=2)]
    names = [one.name for one in as_checks("before", given)]
    assert names == ["RowCount", "RowCount #2", "is_positive", "is_positive #2", "RowCount #3"]


@pytest.mark.parametrize("timeout", [0, -1, "5", True, float("nan")])
def test_timeout_that_is_none_is_refused(timeout: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"timeout=.* is no positive number of seconds"):
        mt.Check(timeout=timeout)


@pytest.mark.parametrize("option", ["on", "name"])
@pytest.mark.parametrize("text", [5, "", ["flights"]])
def test_name_or_variable_that_is_no_text_is_refused(option: str, text: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=rf"{option}=.*: give a text"):
        mt.Check(**{option: text})


def test_class_with_a_severity_that_is_none_is_refused_where_it_is_bound() -> None:
    class Loud(mt.Check):
        severity = "shout"  # type: ignore[assignment]

    with pytest.raises(mt.ArgumentError, match="severity='shout' is unknown"):
        as_checks("after", [Loud])


def test_what_is_no_check_is_refused() -> None:
    with pytest.raises(mt.OptionError, match=r"check\(…\) takes checks or functions, got int"):
        mt.check(3)  # type: ignore[call-overload]
