"""What the constructors of statistical checks accept, beside columns and shares."""

from __future__ import annotations

import math

from mltrace.errors import ArgumentError


def as_rate(check: str, rate: float) -> float:
    """Return a rate of false alarms, if it is one.

    Raises
    ------
    ArgumentError
        If it is no number between 0 and 0.5.

    Examples
    --------
    >>> as_rate("Distribution", 0.001)
    0.001
    """
    if not _is_number(rate) or not 0 < rate < 0.5:
        raise ArgumentError(
            f"{check}(false_alarm_rate={rate!r}): give a number between 0 and 0.5, such as 0.001."
        )
    return rate


def as_number(
    check: str, option: str, number: float | None, *, least: float = -math.inf
) -> float | None:
    """Return a number, if it is one and not too small, or None.

    Raises
    ------
    ArgumentError
        If it is something else.

    Examples
    --------
    >>> as_number("Outliers", "cutoff", 3.5, least=0)
    3.5
    """
    if number is not None and not (_is_number(number) and number >= least):
        bound = "" if least == -math.inf else f" of at least {least:g}"
        raise ArgumentError(f"{check}({option}={number!r}): give a number{bound}.")
    return number


def as_variable(check: str, option: str, name: str) -> str:
    """Return the name of a variable, if it can be one.

    Raises
    ------
    ArgumentError
        If it is no text, or empty.

    Examples
    --------
    >>> as_variable("Overfit", "model", "classifier")
    'classifier'
    """
    if not isinstance(name, str) or not name:
        raise ArgumentError(f"{check}({option}={name!r}): give the name of a variable of the run.")
    return name


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
