"""What a drawing depends on besides the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class View:
    """How to draw.

    Attributes
    ----------
    width : int
        Columns of the terminal.
    now : datetime
        The moment from which ages are told.
    is_complete : bool
        Whether to show everything rather than leave out the middle of what is long.
    """

    width: int = 80
    now: datetime = field(default_factory=_now)
    is_complete: bool = False
