"""Run ids: UUIDv7, which sort by the time they were made."""

from __future__ import annotations

import os
import threading
import time

_lock = threading.RLock()  # a signal handler may log as well
_last = 0


def new_id() -> str:
    """Make a UUIDv7 as text (RFC 9562), in a process always greater than the one before.

    Notes
    -----
    48 bits of milliseconds, 12 bits of a fraction of one (method 3 of the RFC), 62 random bits.

    Examples
    --------
    >>> one, other = new_id(), new_id()
    >>> len(one), one[14], one < other
    (36, '7', True)
    """
    global _last  # noqa: PLW0603 (the order of ids is the process's)
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    with _lock:
        _last = stamp = max(_last + 1, milliseconds << 12 | rest * 4096 // 1_000_000)
    random = int.from_bytes(os.urandom(8), "big") & 0x3FFFFFFFFFFFFFFF
    digits = f"{stamp >> 12:012x}{0x8000000000000000 | random:016x}"
    return f"{digits[:8]}-{digits[8:12]}-7{stamp & 0xFFF:03x}-{digits[12:16]}-{digits[16:]}"


def _renew_lock() -> None:
    global _lock  # noqa: PLW0603 (a thread that a forked child lacks may hold it)
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)
