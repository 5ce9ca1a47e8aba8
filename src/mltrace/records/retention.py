"""What retention leaves alone, and what it removes."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)

from mltrace.records.record import Record


class Pin(Record, frozen=True, kw_only=True):
    """A run that retention leaves alone, with all that it depends on.

    `component` and `started_at` are None where the run itself has not been logged here.
    """

    run_id: str
    component: str | None = None
    started_at: datetime | None = None
    pinned: bool = True
    reason: str = ""
    pinned_at: datetime
    pinned_by: str | None = None


class Collected(Record, frozen=True, kw_only=True):
    """What a `gc` removed, or would remove where `is_done` is false.

    `num_runs` counts the runs that started before `before` and lose their details, `num_values` the
    kept values that only such runs refer to, `num_bytes` what these take up.
    """

    before: datetime
    num_runs: int = 0
    num_values: int = 0
    num_bytes: int = 0
    is_done: bool = False
