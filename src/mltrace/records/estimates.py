"""What a metric would be if the labels that are missing were known."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)

from mltrace.records.record import Record


class Estimate(Record, frozen=True, kw_only=True):
    """A metric over a window, estimated for the predictions that have no label.

    Labels that are there count as they are. The interval from `ci_low` to `ci_high` has the
    `confidence` that the metric will be in it once all labels of the window are known, as long as
    the `assumption` holds. `num_reference` rows with labels, from `reference_start` on and before
    `reference_end`, and the labelled ones of the window, are what the `method` learned from.
    `value` is None where the metric is not defined, and `message` then says why.
    """

    task: str
    metric: str
    window_start: datetime | None = None
    window_end: datetime | None = None
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    confidence: float = 0.95
    method: str
    num_predictions: int
    num_labels: int
    label_coverage: float | None = None
    slice: str | None = None
    model: str | None = None
    reference_start: datetime | None = None
    reference_end: datetime | None = None
    num_reference: int = 0
    assumption: str = ""
    message: str = ""
    known_at: datetime | None = None
