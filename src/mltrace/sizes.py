"""Sizes in bytes, as users write them."""

from __future__ import annotations

import re
from typing import Final

from mltrace.errors import ArgumentError

_SIZE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b\s*", re.IGNORECASE)
_POWERS: Final = "kmgt"


def parse_size(size: str | int) -> int:
    """Turn a size such as '50 GB', '512 MiB' or a number of bytes into bytes.

    Raises
    ------
    ArgumentError
        If it is not a number with the unit B, kB, MB, GB, TB, KiB, MiB, GiB or TiB.

    Examples
    --------
    >>> parse_size("1.5 GB"), parse_size("2MiB"), parse_size(1000)
    (1500000000, 2097152, 1000)
    """
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    match = _SIZE.fullmatch(size) if isinstance(size, str) else None
    if match is None:
        raise ArgumentError(f"{size!r} is not a size; write for example '50 GB' or '512 MiB'.")
    base = 1024 if match[3] else 1000
    return int(float(match[1]) * base ** (_POWERS.find(match[2].lower()) + 1 if match[2] else 0))
