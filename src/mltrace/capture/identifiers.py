"""Run ids: UUIDv7, which sort by the time they were made."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """Make a UUIDv7 as text (RFC 9562): 48 bits of milliseconds, then 74 random bits.

    Examples
    --------
    >>> one = new_id()
    >>> len(one), one[14]
    (36, '7')
    """
    random = os.urandom(10)
    digits = b"".join(
        (
            (time.time_ns() // 1_000_000).to_bytes(6, "big"),
            bytes((0x70 | random[0] & 0x0F, random[1], 0x80 | random[2] & 0x3F)),
            random[3:],
        )
    ).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
