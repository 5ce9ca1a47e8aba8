"""When which monitor is evaluated next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.errors import ArgumentError
from mltrace.times import parse_age

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from mltrace.workspace.monitors.monitor import Monitor

DEFAULT_EVERY: Final = "1m"
LONGEST_PAUSE_SECONDS: Final = 60.0
"""After so long it is looked again at which monitors there are."""


class Schedule:
    """When monitors are due, by a clock that the caller reads.

    Parameters
    ----------
    every : str or timedelta, optional
        How often all are evaluated, whatever each says of itself.

    Raises
    ------
    ArgumentError
        If that is no age, or none above 0.

    Examples
    --------
    >>> import mltrace as mt
    >>> rows, drift = mt.VolumeMonitor("a", min_rows=1, every="5s"), mt.DriftMonitor("a")
    >>> schedule = Schedule()
    >>> len(schedule.due([rows, drift], now=100.0)), schedule.pause(now=101.0)
    (2, 4.0)
    >>> schedule.due([rows, drift], now=106.0) == [rows]
    True
    """

    def __init__(self, every: str | timedelta | None = None) -> None:
        self._every = None if every is None else parse_age(every)
        if self._every is not None and self._every <= 0:
            raise ArgumentError(f"every={every!r}: give an age above 0, such as '15m'.")
        self._next: dict[str, float] = {}

    def due(self, monitors: Sequence[Monitor], *, now: float) -> list[Monitor]:
        """List the monitors that are due; each is due again when its time has passed from now."""
        self._next = {one.key: self._next.get(one.key, now) for one in monitors}
        found = [one for one in monitors if self._next[one.key] <= now]
        for one in found:
            every = parse_age(one.every or DEFAULT_EVERY)
            self._next[one.key] = now + (every if self._every is None else self._every)
        return found

    def again(self, monitors: Iterable[Monitor]) -> None:
        """Take it back that monitors were evaluated: they are due at once."""
        for one in monitors:
            self._next.pop(one.key, None)

    def pause(self, *, now: float) -> float:
        """Tell how many seconds there are until the next one is due, or all are looked at again."""
        soonest = min(self._next.values(), default=now + LONGEST_PAUSE_SECONDS)
        return min(max(0.0, soonest - now), LONGEST_PAUSE_SECONDS)
