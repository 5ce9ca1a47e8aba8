"""Windows of a task, each judged by its interval: against limits, and against a reference."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from mltrace.errors import ArgumentError
from mltrace.monitors.backtests.spans import read_span
from mltrace.tasks.comparing.allowed import Allowed
from mltrace.tasks.comparing.from_intervals import Bounded
from mltrace.tasks.intervals.proportions import proportion_interval
from mltrace.tasks.metrics import parse_metric
from mltrace.tasks.windows import parse_length
from mltrace.times import now_ns, to_datetime
from mltrace.workspace.tasks.question import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mltrace.monitors.backtests.spans import Span
    from mltrace.records.alerts import ObservationState
    from mltrace.records.tasks import MetricRow
    from mltrace.tasks.comparing.allowed import Verdict
    from mltrace.workspace import Workspace

COVERAGE: Final = "label_coverage"
MOST_WINDOWS: Final = 400
"""So many of the latest windows are looked at each time, for labels may come late."""
REFERENCE_WINDOWS: Final = 4


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched of a task, and what is expected of it.

    Attributes
    ----------
    task, metric : str
    window : str
        How long windows are.
    every : str or None
        How much later the next one begins; None: when the one before ends.
    by : tuple of str
    where : mapping of str to value
    least, most : float or None
    drop : tuple of float or None
        An amount and a share.
    confidence : float
        Of all slices of a window together.
    reference : str or None
        A length of time, or a span.
    takes_provisional : bool
        Whether windows are judged although labels are still to come.
    min_labels : int
    """

    task: str
    metric: str
    window: str
    every: str | None
    by: tuple[str, ...]
    where: Mapping[str, Any]
    least: float | None
    most: float | None
    drop: tuple[float, float] | None
    confidence: float
    reference: str | None
    takes_provisional: bool
    min_labels: int

    @property
    def is_coverage(self) -> bool:
        """Whether it is how many labels there are."""
        return self.metric == COVERAGE

    @property
    def length(self) -> timedelta:
        """How long windows are."""
        return timedelta(microseconds=parse_length("window", self.window))

    @property
    def step(self) -> timedelta:
        """How much later the next one begins."""
        if self.every is None:
            return self.length
        return timedelta(microseconds=parse_length("every", self.every))

    @property
    def span(self) -> Span | None:
        """The span that all windows are compared with, if it is always the same."""
        is_span = self.reference is not None and (".." in self.reference)
        return read_span(self.reference) if is_span and self.reference else None

    @property
    def reference_length(self) -> timedelta:
        """How much time before a window is compared with it."""
        if self.reference is None:
            return REFERENCE_WINDOWS * self.length
        return timedelta(microseconds=parse_length("reference", self.reference))

    def check(self) -> None:
        """Read what is written as text.

        Raises
        ------
        ArgumentError
            If it cannot be read.
        """
        for _ in (self.length, self.step, self.span):
            pass
        if self.span is None:
            _ = self.reference_length

    def of(self, row: MetricRow) -> str:
        """Name what is judged by itself: the metric, of a slice."""
        return f"{self.task}: {self.metric}" + (f", {row.slice}" if row.slice else "")


class Judged(NamedTuple):
    """How a window stands.

    Attributes
    ----------
    row : MetricRow
        With the interval that it is judged by.
    state : str
    verdict : Verdict or None
        By which limit; None if by none.
    reference : MetricRow or None
        What it was compared with.
    is_waiting : bool
        Whether labels are still to come, so that it is judged later.
    """

    row: MetricRow
    state: ObservationState
    verdict: Verdict | None = None
    reference: MetricRow | None = None
    is_waiting: bool = False

    @property
    def start(self) -> datetime:
        """When the window begins."""
        return self.row.window_start or self.row.known_at

    @property
    def end(self) -> datetime:
        """When it has ended."""
        return self.row.window_end or self.row.known_at


_Key = tuple[datetime, str | None]
_Rows = dict[_Key, "MetricRow"]


class TaskWindows:
    """The windows of a task, judged as they stand now or stood at some moment.

    Parameters
    ----------
    workspace : Workspace
        The open store.
    watched : Watched

    Raises
    ------
    UnknownNameError
        If there is no such task or metric.
    ArgumentError
        If the metric is not of such tasks.
    """

    def __init__(self, workspace: Workspace, watched: Watched) -> None:
        self._workspace, self._watched = workspace, watched
        self._task = workspace.find_task(watched.task)
        self._name = DEFAULTS[self._task.kind][0] if watched.is_coverage else watched.metric
        metric = parse_metric(self._name, self._task.kind)
        self._allowed = Allowed(
            watched.least,
            watched.most,
            watched.drop,
            is_higher_better=watched.is_coverage or metric.is_higher_better,
        )

    @cached_property
    def since(self) -> datetime | None:
        """After which time windows end that are looked at; None if nothing was predicted."""
        watched, now = self._watched, to_datetime(now_ns())
        last = self._task.last_prediction_at
        if last is not None and last > now:  # one that has a wrong time must not hide the others
            windows = {"window": watched.window, "every": watched.every}
            last = max((end for end, _ in self._ask(1, until=now, **windows)), default=None)
        return None if last is None else last - MOST_WINDOWS * watched.step

    def judge(self, since: datetime | None = None, as_of: datetime | None = None) -> list[Judged]:
        """Judge the windows that have ended, the oldest first.

        Parameters
        ----------
        since : datetime, optional
            Only those that end after it; default: the latest 400.
        as_of : datetime, optional
            As was known then; default: now.
        """
        when = {"since": self.since if since is None else since, "as_of": as_of}
        first = self._rows(1, **when)
        counted = Counter(key[0] for key, row in first.items() if self._is_ready(row))
        sizes = {end: _power_of_two(num) for end, num in counted.items()}
        rows, references = {1: first}, {}
        for size in {*sizes.values()}:
            rows[size] = rows[size] if size in rows else self._rows(size, **when)
            references[size] = self._references(size, **when)
        found = []
        for key in reversed(first):
            size = sizes.get(key[0], 1)
            row = rows[size].get(key, first[key])
            before = references.get(size, {})
            found.append(self._judge(row, before.get(self._reference_key(key))))
        return found

    @cached_property
    def _ends(self) -> list[datetime]:
        """When the windows end that are looked at, the latest first."""
        return [end for end, _ in self._rows(1, since=self.since, as_of=None)]

    @property
    def last_end(self) -> datetime:
        """When the latest window ended; now, if there is none."""
        return self._ends[0] if self._ends else to_datetime(now_ns())

    def moments(self) -> Iterator[datetime | None]:
        """List the moments at which the windows would have been judged, the present as None."""
        at, now = self._ends[-1] if self._ends else self.last_end, to_datetime(now_ns())
        for _ in range(2 * MOST_WINDOWS):
            if at >= now:
                break
            yield at
            at += self._watched.step
        yield None

    def _judge(self, row: MetricRow, reference: MetricRow | None) -> Judged:
        watched = self._watched
        if watched.is_coverage and row.outlook == "late" and self._has_enough(row):
            return Judged(row, "bad")
        if row.is_provisional and not watched.takes_provisional:
            return Judged(row, "unknown", is_waiting=True)
        found = _bounded(row)
        if found is None or not self._has_enough(row):
            return Judged(row, "unknown")
        usual = None
        if reference is not None and self._has_enough(reference):
            usual = _bounded(reference)
        verdicts = list(self._allowed.judge(found, usual))
        bad = [one for one in verdicts if one.is_bad]
        if bad:
            return Judged(row, "bad", bad[0], reference)
        if len(verdicts) < self._allowed.num_tests:
            return Judged(row, "learning", verdicts[0] if verdicts else None)
        return Judged(row, "ok", verdicts[0], reference)

    def _is_ready(self, row: MetricRow) -> bool:
        is_in = self._watched.takes_provisional or not row.is_provisional
        return is_in and self._has_enough(row)

    def _has_enough(self, row: MetricRow) -> bool:
        num = row.num_predictions if self._watched.is_coverage else row.num_labels
        return num >= self._watched.min_labels

    def _references(self, size: int, *, since: datetime | None, as_of: datetime | None) -> _Rows:
        watched = self._watched
        if watched.drop is None:
            return {}
        if (span := watched.span) is not None:
            return self._ask(size, since=span.begin, until=span.end, as_of=as_of)
        if since is not None:
            since -= watched.length + watched.step
        return self._ask(
            size, window=watched.reference_length, every=watched.step, since=since, as_of=as_of
        )

    def _reference_key(self, key: _Key) -> _Key:
        (end, of_slice), watched = key, self._watched
        if (span := watched.span) is not None:
            return span.end, of_slice
        num_steps = -(-watched.length // watched.step)
        return end - num_steps * watched.step, of_slice

    def _rows(self, size: int, *, since: datetime | None, as_of: datetime | None) -> _Rows:
        """Measure the windows that have ended, with intervals for so many slices."""
        watched = self._watched
        rows = self._ask(size, window=watched.window, every=watched.every, since=since, as_of=as_of)
        return {key: row for key, row in rows.items() if key[0] <= row.known_at}

    def _ask(self, size: int, **asked: Any) -> _Rows:
        watched = self._watched
        num_tests = size * self._allowed.num_tests
        rows = self._workspace.task_metrics(
            watched.task,
            self._name,
            by=watched.by,
            where=watched.where,
            confidence=1 - (1 - watched.confidence) / num_tests,
            **asked,
        )
        found: _Rows = {}
        for row in rows:
            key = row.window_end or row.known_at, row.slice
            if key in found:
                raise ArgumentError(f"{watched.metric} is several numbers; watch one of them.")
            found[key] = _as_coverage(row) if watched.is_coverage else row
        return found


def _as_coverage(row: MetricRow) -> MetricRow:
    """Tell the label coverage of a row, as a metric."""
    of = row.num_predictions
    low, high = proportion_interval(row.num_labels, of, confidence=row.confidence)
    value = row.num_labels / of if of else None
    return replace(row, metric=COVERAGE, value=value, ci_low=low, ci_high=high, error=0.0)


def _bounded(row: MetricRow) -> Bounded | None:
    if row.value is None or row.ci_low is None or row.ci_high is None:
        return None
    return Bounded(row.value, row.ci_low - row.error, row.ci_high + row.error)


def _power_of_two(num: int) -> int:
    """Round up, so that windows of about as many slices are measured together."""
    return 1 << (num - 1).bit_length()
