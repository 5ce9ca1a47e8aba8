"""Whether two models, or two windows, differ by more than chance."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)

from mltrace.records.record import Record
from mltrace.records.tasks import LabelState  # noqa: TC001


class Comparison(Record, frozen=True, kw_only=True):
    """A metric of two models or windows, and whether they differ.

    `difference` is `value_b - value_a`, of which `ci_low` and `ci_high` bound the true one with the
    `confidence`; they are None where too little is known. A test that is made once has a `p_value`,
    one that may be looked at after every batch an `e_value`: by chance it is 1 on average, and
    `is_different` says that it reached `1 / (1 - confidence)`, or that the p-value is at most
    `1 - confidence`. `num_pairs_a` and `num_pairs_b` are what each is known by; with `is_paired`
    both predicted these same ids. `label_coverage_a` and `label_coverage_b` are the shares of the
    predictions of each that have a label. A side `is_provisional`, as a metric row is, while labels
    of it are still to come, for what its `outlook` says, and the comparison while either side is;
    the window of a model is the full hours that hold its predictions, within those asked for.
    `method` is the test, and empty where a side has no pairs, so that there is nothing to test.
    `winner` is the better one of `a` and `b`, or None as long as they are not told apart, or the
    metric has no better direction; `conclusion` says it in words.
    """

    task: str
    metric: str
    a: str
    b: str
    value_a: float | None = None
    value_b: float | None = None
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    confidence: float = 0.95
    p_value: float | None = None
    e_value: float | None = None
    method: str
    is_paired: bool
    num_pairs_a: int
    num_pairs_b: int
    label_coverage_a: float | None = None
    label_coverage_b: float | None = None
    outlook_a: LabelState = "unknown"
    outlook_b: LabelState = "unknown"
    is_provisional_a: bool = False
    is_provisional_b: bool = False
    is_provisional: bool = False
    is_different: bool = False
    winner: str | None = None
    conclusion: str = ""
    slice: str | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    known_at: datetime | None = None
