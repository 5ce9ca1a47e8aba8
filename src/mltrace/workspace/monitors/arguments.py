"""Checks what monitors are given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.workspace.monitors.monitor import Monitor


def check_share(monitor: Monitor, name: str, given: object) -> float:
    """Return a number above 0 and below 1.

    Raises
    ------
    ArgumentError
        If it is anything else.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.VolumeMonitor("a", false_alarm_rate=0)
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: VolumeMonitor(false_alarm_rate=0): give a share above 0, below 1.
    """
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 1:
        raise ArgumentError(
            f"{type(monitor).__name__}({name}={given!r}): give a share above 0, below 1."
        )
    return given


def check_limit(monitor: Monitor, name: str, given: object) -> float | None:
    """Return a number, or None where no limit is given.

    Raises
    ------
    ArgumentError
        If it is anything else.

    Examples
    --------
    >>> import mltrace as mt
    >>> mt.VolumeMonitor("a", min_rows="100")
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: VolumeMonitor(min_rows='100'): give a number.
    """
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or math.isnan(given):
        raise ArgumentError(f"{type(monitor).__name__}({name}={given!r}): give a number.")
    return given


def check_count(monitor: Monitor, name: str, given: object, *, least: int = 1) -> int:
    """Return a whole number that is large enough.

    Raises
    ------
    ArgumentError
        If it is anything else.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ArgumentError(
            f"{type(monitor).__name__}({name}={given!r}): give a whole number from {least}."
        )
    return given
