"""Warnings of rows that are odd and logged all the same: once for each task and reason."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_logger: Final = logging.getLogger("mltrace")
SCORES: Final = "scores that are NaN or not from 0 to 1, which count in no metric"
PREDICTIONS: Final = "predictions that are missing or not finite, which count in no metric"
LABELS: Final = "labels that are missing or not finite, which count in no metric"
AHEAD: Final = "times that are more than a day ahead of the clock"
UNNAMED: Final = "classes that the task does not name"
_MOST: Final = 1_000
_said: set[tuple[str, str]] = set()


def warn_of(task: str, oddities: Mapping[str, int], num_rows: int) -> None:
    """Log a warning of each reason that is new; metrics count the rows that they leave out."""
    for reason, count in oddities.items():
        if count and (task, reason) not in _said and len(_said) < _MOST:
            _said.add((task, reason))
            _logger.warning(
                "%s: %s of %s rows have %s. They are logged as they are; this is said once.",
                task,
                f"{count:,}",
                f"{num_rows:,}",
                reason,
            )
