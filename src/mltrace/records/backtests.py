"""What a monitor would have done over stored history, and what would have been better."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Any, Final, Literal

from mltrace.records.alerts import ObservationState  # noqa: TC001
from mltrace.records.record import Record

Direction = Literal["above", "below"]


class BacktestPoint(Record, frozen=True, kw_only=True):
    """A point of history as the monitor would have judged it.

    `at` is the time that it is of, which its name may tell. `incident` is the place of the accepted
    incident that it is part of, from 0; `raised` says that an alert would have opened here.
    """

    subject: str
    point: str
    at: datetime
    state: ObservationState
    value: float | None = None
    threshold: float | None = None
    incident: int | None = None
    raised: bool = False


class BacktestAlert(Record, frozen=True, kw_only=True):
    """An alert that would have been raised.

    It `began_at` its first bad point and was raised at `opened_at`. A false alarm is in quiet time.
    """

    subject: str
    point: str
    began_at: datetime
    opened_at: datetime
    value: float | None = None
    message: str = ""
    num_bad: int = 1
    is_false_alarm: bool


class BacktestIncident(Record, frozen=True, kw_only=True):
    """An accepted incident, and whether and how late an alert would have told of it.

    `delay_points` is 0 if that was at its first point.
    """

    begin: datetime
    end: datetime
    source: str
    num_points: int
    is_found: bool
    delay_points: int | None = None
    delay_seconds: float | None = None


class BacktestCandidate(Record, frozen=True, kw_only=True):
    """A threshold and a hysteresis, and what they would have done.

    `delay_points` is the mean of the incidents that are found; `num_bad_quiet` counts the quiet
    points that are bad by it, also those within one alert.
    """

    threshold: float | None = None
    open_after: int
    resolve_after: int
    num_false_alarms: int
    false_alarms_per_month: float | None
    num_bad_quiet: int
    num_found: int
    delay_points: float | None = None
    delay_seconds: float | None = None
    is_present: bool = False


class BacktestProposal(Record, frozen=True, kw_only=True):
    """The setting that history speaks for.

    `largest_quiet` and `smallest_incident` are the values on both sides of the threshold: the
    worst that it lets pass in quiet time, and the mildest by which it still finds an incident.
    `toml` declares the monitor so; it is empty where no option sets the threshold.
    """

    candidate: BacktestCandidate
    option: str | None = None
    reason: str
    largest_quiet: float | None = None
    smallest_incident: float | None = None
    settings: Mapping[str, Any] = {}
    toml: str = ""


class Backtest(Record, frozen=True, kw_only=True):
    """What a monitor would have raised over stored history, had it been there from the first point.

    *Quiet* are the judged points outside of accepted incidents, `num_months` that time. `ci_low`
    and `ci_high` bound the rate of false alarms, with 95 % confidence. `candidates` are thresholds
    and hystereses that were tried, from the strictest; a bad value lies `direction` the threshold.
    With `is_relative` they are multiples of the threshold that the monitor had at each point.
    """

    monitor: str
    kind: str
    settings: Mapping[str, Any] = {}
    begin: datetime | None = None
    end: datetime | None = None
    num_points: int = 0
    num_learning: int = 0
    num_unknown: int = 0
    num_quiet: int = 0
    num_months: float = 0.0
    num_alerts: int = 0
    num_false_alarms: int = 0
    false_alarms_per_month: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    num_found: int = 0
    direction: Direction | None = None
    is_relative: bool = False
    incidents: tuple[BacktestIncident, ...] = ()
    alerts: tuple[BacktestAlert, ...] = ()
    candidates: tuple[BacktestCandidate, ...] = ()
    proposal: BacktestProposal | None = None
    points: tuple[BacktestPoint, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def num_missed(self) -> int:
        """How many accepted incidents no alert would have told of."""
        return len(self.incidents) - self.num_found

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows, of which each candidate is one."""
        return ("monitor", *BacktestCandidate.__struct_fields__)

    def rows(self) -> list[dict[str, Any]]:
        """List a row for each threshold and hysteresis."""
        mine: Final = {"monitor": self.monitor}
        return [{**mine, **one.rows()[0]} for one in self.candidates]
