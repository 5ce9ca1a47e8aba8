"""A ceiling of the time that profiling may take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SAFETY: Final = 0.9
"""Which share of the time that is left is planned for; estimates err."""


class Ceiling:
    """Counts CPU seconds, which hang less on what else the machine does than those of a wall clock.

    Parameters
    ----------
    seconds : float or None
        How many there are; None for any number.
    clock : callable, default that of this thread
        Tells the time.
    """

    def __init__(
        self, seconds: float | None, clock: Callable[[], float] = time.thread_time
    ) -> None:
        self._seconds = float("inf") if seconds is None else seconds
        self._clock = clock
        self._began_at = clock()

    @property
    def is_endless(self) -> bool:
        """Whether there is any number of them."""
        return self._seconds == float("inf")

    @property
    def spent(self) -> float:
        """How many are spent."""
        return self._clock() - self._began_at

    @property
    def left(self) -> float:
        """How many are left."""
        return self._seconds - self.spent

    def is_over(self, share: float = 1.0) -> bool:
        """Tell whether a share of them is spent."""
        return self.spent > share * self._seconds

    def suffices(self, share_done: float) -> bool:
        """Estimate whether there is time for all of a work, where this share took what is spent."""
        return self.spent * SAFETY <= share_done * self._seconds or share_done <= 0

    def affordable(self, num_rows: int, seconds: float) -> int:
        """Estimate how many rows more there is time for, where so many took so long."""
        return int(max(self.left, 0.0) * SAFETY * num_rows / max(seconds, 1e-9))
