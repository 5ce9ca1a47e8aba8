"""Warnings of rows that are logged and do not count: once for each task and reason."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_logger: Final = logging.getLogger("mltrace")
_MOST: Final = 1_000
_said: set[tuple[str, str]] = set()


def warn_of(task: str, oddities: Mapping[str, int], num_rows: int) -> None:
    """Log a warning of each reason that is new; the rows are counted wherever metrics are."""
    for reason, count in oddities.items():
        if count and (task, reason) not in _said and len(_said) < _MOST:
            _said.add((task, reason))
            _logger.warning(
                "%s: %s of %s rows have %s. They are logged as they are and count in no metric; "
                "this is said once.",
                task,
                f"{count:,}",
                f"{num_rows:,}",
                reason,
            )
