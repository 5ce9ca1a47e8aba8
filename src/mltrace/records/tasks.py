"""Tasks, and metrics over windows of their predictions."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Any, Literal

from mltrace.records.record import Record

TaskKind = Literal["binary", "multiclass", "multilabel", "regression", "ranking"]
LabelState = Literal["open", "complete", "unknown", "late", "arriving", "final"]
"""What is to be expected of the labels of a window; see `mltrace.tasks.delays.provisional`."""


class TaskStatus(Record, frozen=True, kw_only=True):
    """A task, how it is declared, and what was logged of it.

    `num_predictions` and `num_feedback` count the rows that were ever logged: equal ones each time,
    although a compaction keeps them once, and those that were removed since. The times are
    of the rows that are kept.
    """

    name: str
    kind: TaskKind
    settings: Mapping[str, Any] = {}
    num_predictions: int = 0
    num_feedback: int = 0
    first_prediction_at: datetime | None = None
    last_prediction_at: datetime | None = None
    last_feedback_at: datetime | None = None
    models: tuple[str, ...] = ()


class MetricRow(Record, frozen=True, kw_only=True):
    """A metric of a task over a window, as far as its labels are known.

    The window is from `window_start` on and before `window_end`, by when predictions were made; if
    none was asked for, it is the full hours that hold all of them. `num_predictions` are those that
    count, `num_labels` those of them that have a label, `label_coverage` the share. `value` is None
    where the metric is not defined, and `message` then says why; `error` bounds how far it may be
    from the exact one for being computed from a sketch. The interval from `ci_low` to `ci_high` has
    the `confidence`. `is_provisional`: labels of the window are still to come, for what its
    `outlook` says. `slice` says which predictions count, such as "carrier=UA", and None: all;
    `known_at` is the moment whose knowledge the row tells.
    """

    task: str
    metric: str
    window_start: datetime | None
    window_end: datetime | None
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    confidence: float = 0.95
    num_predictions: int = 0
    num_labels: int = 0
    label_coverage: float | None = None
    is_provisional: bool = False
    outlook: LabelState = "unknown"
    slice: str | None = None
    model: str | None = None
    known_at: datetime
    error: float = 0.0
    num_excluded: int = 0
    message: str = ""
