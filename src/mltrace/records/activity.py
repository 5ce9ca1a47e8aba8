"""How often a component ran, how long that took and how it ended, over time."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003

from mltrace.records.record import Record


class Activity(Record, frozen=True, kw_only=True):
    """The runs of a component that ended in a period, logged one by one or only counted.

    `num_logged` of the `num_runs` are in the store; sampling left the others out. `errors` counts
    the failed runs by the type of the exception, `checks` the outcomes ('passed', 'failed',
    'error', 'skipped') of each test. All counts are exact, and so are the mean and the maximum of
    the durations; the other durations are right within 2 %.
    """

    component: str
    started_at: datetime
    seconds: float
    num_runs: int = 0
    num_failed: int = 0
    num_logged: int = 0
    runs_per_second: float = 0.0
    mean_seconds: float | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    p99_seconds: float | None = None
    max_seconds: float | None = None
    errors: Mapping[str, int] = {}
    checks: Mapping[str, Mapping[str, int]] = {}
