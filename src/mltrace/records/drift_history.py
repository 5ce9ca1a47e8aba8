"""The partitions of a table that is watched, and how a monitor judged each."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Any, Final, Literal

from mltrace.records.drift import ColumnDrift, DriftResult
from mltrace.records.record import Record

DriftState = Literal["ok", "blocked", "accepted", "learning"]


class Partition(Record, frozen=True, kw_only=True):
    """One content of a table.

    `at` is when a run first made it, or read it if no run did; `run_id` is that run, and
    `component` its component. Of a sample, `num_profiled_rows` is less than `num_rows`. It
    `is_refused` if only runs made it that the check `NoDrift` blocked.
    """

    name: str
    digest: str
    at: datetime
    run_id: str | None = None
    component: str | None = None
    num_rows: int
    num_profiled_rows: int
    is_refused: bool = False


class DriftJudgement(Record, frozen=True, kw_only=True):
    """How a monitor judged one partition of a table against those before it.

    It is `blocked` if it drifted: later partitions are not compared with it, unless it is
    `accepted`. With too little history it is `learning`: how it differs is told, if there is any,
    but it is no drift, and others are compared with it. `reference` names what it was compared
    with, oldest first, by the first 16 hex digits of digests; `settings` are those of the monitor
    at the time. `columns` of note are told in full, of the others the statistic. `alarms` say
    which columns creep slowly.
    """

    table: str
    monitor: str
    partition: str
    digest: str
    at: datetime
    run_id: str | None = None
    state: DriftState
    score: float | None = None
    threshold: float | None = None
    p_value: float | None = None
    is_drift: bool = False
    method: str = ""
    reason: str = ""
    num_history: int = 0
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    columns: Mapping[str, ColumnDrift] = {}
    judged_at: datetime
    accepted_by: str | None = None
    accepted_reason: str = ""
    settings: Mapping[str, Any] = {}
    reference: tuple[str, ...] = ()

    @property
    def result(self) -> DriftResult | None:
        """What was told of the partition, as `mltrace.drift` tells it; None if nothing was."""
        if self.score is None:
            return None
        return DriftResult(
            partition=self.partition,
            score=self.score,
            threshold=self.threshold,
            p_value=self.p_value,
            is_drift=self.is_drift,
            columns=self.columns,
            method=self.method,
            reason=self.reason,
            num_history=self.num_history,
            notes=self.notes,
        )

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows, of which each judgement is one."""
        return tuple(name for name in cls.__struct_fields__ if name not in _NESTED)

    def rows(self) -> list[dict[str, Any]]:
        """List one row, without what is told of each column and what it was compared with."""
        (row,) = super().rows()
        return [{name: row[name] for name in self.row_names()}]


_NESTED: Final = frozenset({"columns", "settings", "reference"})
