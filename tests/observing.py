"""Observations for tests: a row of numbers that a monitor measured, one a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mltrace.records.alerts import Observation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.alerts import ObservationState

START = datetime(2013, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    """Tell the midnight of a day, from 0."""
    return START + timedelta(days=number)


def observe(
    values: Sequence[float | None],
    *,
    threshold: float | None = 10.0,
    states: Sequence[ObservationState] | None = None,
    is_above: bool = True,
    subject: str = "clean",
    first: int = 0,
) -> list[Observation]:
    """Make an observation of each value, bad if it is beyond the threshold."""
    found = []
    for number, value in enumerate(values, first):
        is_bad = value is not None and threshold is not None
        is_bad = is_bad and ((value > threshold) if is_above else (value < threshold))  # type: ignore[operator]
        found.append(
            Observation(
                monitor="volume:clean",
                subject=subject,
                point=f"point {number:04}",
                at=day(number),
                state=states[number - first] if states else "bad" if is_bad else "ok",
                value=value,
                threshold=threshold,
                observed_at=day(number),
            )
        )
    return found
