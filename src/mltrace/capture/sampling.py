"""Which calls of a hot component are logged one by one; the others are only counted.

A share is drawn at random, a rate is a bucket that refills; both are of one process.
"""

from __future__ import annotations

import math
import os
import re
import threading
import time
from random import Random
from typing import Final, Protocol

from mltrace.errors import OptionError

_PERIODS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0}
_RATE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*/\s*(s|min|h)\s*")
_ACCEPTED: Final = (
    "give a share from 0 to 1, such as 0.01, or a rate, such as '100/s', '10/min' or '5/h'"
)
_random = Random()  # noqa: S311 (not the one of the module, whose numbers are the user's)
_lock = threading.RLock()


class Sampler(Protocol):
    """Decides, call by call, whether to log it."""

    def takes(self) -> bool:
        """Tell whether to log this call."""


class Share:
    """Takes each call with the same probability, whatever became of the others."""

    __slots__ = ("_share",)

    def __init__(self, share: float) -> None:
        self._share = share

    def takes(self) -> bool:
        """Tell whether to log this call."""
        return _random.random() < self._share


class Rate:
    """Takes so many calls in a time, and after a pause as many at once (a token bucket).

    Parameters
    ----------
    most : float
        How many calls it takes in each period.
    seconds : float
        The length of a period.

    Examples
    --------
    >>> hourly = Rate(2, 3600.0)
    >>> hourly.takes(), hourly.takes(), hourly.takes()
    (True, True, False)
    """

    __slots__ = ("_filled_at", "_left", "_most", "_per_second")

    def __init__(self, most: float, seconds: float) -> None:
        self._most = max(most, 1.0)
        self._per_second = most / seconds
        self._left = self._most
        self._filled_at = time.monotonic()

    def takes(self) -> bool:
        """Tell whether to log this call."""
        with _lock:
            now = time.monotonic()
            left = self._left + (now - self._filled_at) * self._per_second
            self._filled_at = now
            is_taken = left >= 1.0
            self._left = min(left, self._most) - (1.0 if is_taken else 0.0)
            return is_taken


def as_sampler(sample: object) -> Sampler | None:
    """Make what decides of the option `sample=`; None if each call is to be logged.

    Raises
    ------
    OptionError
        If it is neither a share nor a rate.

    Examples
    --------
    >>> as_sampler(None), as_sampler(1.0), type(as_sampler("100/s")).__name__
    (None, None, 'Rate')
    >>> as_sampler("100")
    Traceback (most recent call last):
    mltrace.errors.OptionError: sample='100' is neither a share nor a rate; give a share from 0 ...
    """
    if sample is None:
        return None
    if isinstance(sample, str) and (rate := _RATE.fullmatch(sample)) is not None:
        most = float(rate[1])
        return Rate(most, _PERIODS[rate[2]]) if most > 0 else Share(0.0)
    if isinstance(sample, int | float) and not isinstance(sample, bool):
        share = float(sample)
        if math.isfinite(share) and 0 <= share <= 1:
            return Share(share) if share < 1 else None
    raise OptionError(f"sample={sample!r} is neither a share nor a rate; {_ACCEPTED}.")


def _renew() -> None:
    # A child would draw the numbers of its parent, and a thread it lacks may hold the lock.
    global _lock, _random  # noqa: PLW0603
    _lock = threading.RLock()
    _random = Random()  # noqa: S311


os.register_at_fork(after_in_child=_renew)
