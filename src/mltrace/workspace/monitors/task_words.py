"""What is said of a window of a task."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mltrace.workspace.monitors.run_metric import number_text

if TYPE_CHECKING:
    from mltrace.records.tasks import MetricRow
    from mltrace.tasks.comparing.allowed import Verdict
    from mltrace.workspace.monitors.task_windows import Judged

_DIGEST_DIGITS = 12


def point_of(row: MetricRow) -> str:
    """Name the window of a row by its first and last day, or by its moments.

    Examples
    --------
    >>> from datetime import UTC
    >>> from mltrace.records.tasks import MetricRow
    >>> def row(start, end):
    ...     return MetricRow(
    ...         task="a", metric="f1", window_start=start, window_end=end, value=None, known_at=end
    ...     )
    >>> point_of(row(datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 11, tzinfo=UTC)))
    '2026-05-04..2026-05-10'
    >>> point_of(row(datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC)))
    '2026-05-04'
    >>> point_of(row(datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 4, 6, tzinfo=UTC)))
    '2026-05-04T00:00..2026-05-04T06:00'
    """
    start, end = row.window_start, row.window_end
    if start is None or end is None:
        return ""
    if start.time() == end.time() == datetime.min.time():
        first, last = start.date().isoformat(), (end - timedelta(days=1)).date().isoformat()
        return first if first == last else f"{first}..{last}"
    unit = "minutes" if not (start.second or end.second) else "seconds"
    return "..".join(one.replace(tzinfo=None).isoformat(timespec=unit) for one in (start, end))


def say(judged: Judged, model: str | None = None) -> str:
    """Say how a window stands, and why."""
    row = judged.row
    what = f"{row.metric} of {row.slice} in" if row.slice else f"{row.metric} of"
    labels = "label" if row.num_predictions == 1 else "labels"
    said = f"{what} {_window(row)} is {_value(row)}"
    said += f", with {row.num_labels:,} of {row.num_predictions:,} {labels}"
    if model:
        name, _, digest = model.partition("@")
        said += f", by {name}" + (f"@{digest[:_DIGEST_DIGITS]}" if digest else "")
    return said + _why(judged)


def _value(row: MetricRow) -> str:
    if row.value is None:
        return "not known"
    if row.ci_low is None or row.ci_high is None:
        return number_text(row.value)
    return f"{number_text(row.value)} ({row.ci_low:.3g} to {row.ci_high:.3g})"


def _window(row: MetricRow) -> str:
    return point_of(row).replace("..", " to ")


def _why(judged: Judged) -> str:
    if judged.verdict is not None and judged.state in ("ok", "bad"):
        return _beside_limit(judged, judged.verdict)
    if judged.row.outlook == "late":
        return "; labels are late, by when those of the task usually come"
    if judged.is_waiting:
        return "; labels are still to come"
    return "; too few to judge by" + (" before" if judged.state == "learning" else "")


def _beside_limit(judged: Judged, verdict: Verdict) -> str:
    reference = judged.reference
    if verdict.of == "drop" and reference is not None:
        side = "least" if verdict.limit <= (reference.value or 0) else "most"
        before = f"{_value(reference)} in {_window(reference)}"
        return f"; {before}, so at {side} {number_text(verdict.limit)} is expected"
    if judged.state == "ok":
        return ""
    side = "least" if verdict.of == "min" else "most"
    return f"; at {side} {number_text(verdict.limit)} is expected"
