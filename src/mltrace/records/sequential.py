"""What tests that may be looked at after every value tell: of streams, and of slow drift."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Any, Literal

from mltrace.records.record import Record


class ColumnCreep(Record, frozen=True, kw_only=True):
    """How a column creeps, by the statistic of it for which there is most evidence.

    `change` is how far the statistic went from `before` to `now`, in `num_partitions` since about
    the one named `since`: for levels in standard deviations of the rows, for shares the difference,
    for a spread the ratio less 1. `evidence` of e or more comes by chance once in e partitions at
    most; from `threshold` on it `is_drift`. `reason` says it in words.
    """

    name: str
    statistic: str
    before: float
    now: float
    change: float
    since: str | None = None
    num_partitions: int = 0
    evidence: float
    threshold: float
    is_drift: bool = False
    reason: str = ""


class SlowDriftResult(Record, frozen=True, kw_only=True):
    """What is known of slow drift after a partition.

    `columns` maps names to how each creeps, if at all; `evidence` is the greatest of theirs, and
    `is_drift` tells whether one of them is beyond `threshold`. `num_partitions` were looked at,
    this one included; `reason` says in words what creeps, `notes` what limits the answer.
    """

    partition: str | None = None
    at: datetime | None = None
    is_drift: bool = False
    evidence: float = 0.0
    threshold: float | None = None
    columns: Mapping[str, ColumnCreep] = {}
    reason: str = ""
    num_partitions: int = 0
    notes: tuple[str, ...] = ()

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows, of which there is one for each column of the data."""
        return ("partition", *ColumnCreep.__struct_fields__)

    def rows(self) -> list[dict[str, Any]]:
        """List a row for each column of the data."""
        mine = {"partition": self.partition}
        return [{**mine, **column.rows()[0]} for column in self.columns.values()]


class StreamResult(Record, frozen=True, kw_only=True):
    """What a stream test tells after a value.

    From `threshold` on `statistic` `is_drift`. `evidence` is the e-value, of tests that have one:
    by chance it is 1 on average, at most. `began_at` tells from which value on, counted from 0, the
    stream is most likely another one, and `direction` where it went, as far as the test can tell.
    `num_values` were looked at since the test began, or began anew after an alarm.
    """

    is_drift: bool = False
    statistic: float = 0.0
    threshold: float | None = None
    evidence: float | None = None
    began_at: int | None = None
    direction: Literal["up", "down"] | None = None
    num_values: int = 0
