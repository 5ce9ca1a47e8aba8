"""Run ids: UUIDv7, which sort by the time they were made."""

from __future__ import annotations

import os
import threading
import time

_lock = threading.RLock()  # a signal handler may log as well
_tail = ""
_last = 0


def new_id() -> str:
    """Make a UUIDv7 as text (RFC 9562), in a process always greater than the one before.

    Notes
    -----
    48 bits of milliseconds and 12 of a fraction of one (method 3 of the RFC) differ from id to id;
    62 random bits differ from process to process, and are drawn once in each.

    Examples
    --------
    >>> one, other = new_id(), new_id()
    >>> len(one), one[14], one < other
    (36, '7', True)
    """
    global _last  # noqa: PLW0603 (the order of ids is the process's)
    now = time.time_ns()
    stamp = (now // 1_000_000 << 12) + now % 1_000_000 * 4096 // 1_000_000
    with _lock:
        _last = stamp = stamp if stamp > _last else _last + 1
    digits = f"{stamp:015x}"
    return f"{digits[:8]}-{digits[8:12]}-7{digits[12:]}-{_tail}"


def _renew() -> None:
    # In a forked child, a thread that it lacks may hold the lock, and the parent has the same tail.
    global _lock, _tail  # noqa: PLW0603
    _lock = threading.RLock()
    digits = f"{0x8000000000000000 | int.from_bytes(os.urandom(8), 'big') >> 2:016x}"
    _tail = f"{digits[:4]}-{digits[4:]}"


_renew()
os.register_at_fork(after_in_child=_renew)
