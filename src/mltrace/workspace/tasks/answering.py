"""Answers questions about the metrics of a task with rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from mltrace.errors import ArgumentError
from mltrace.records import RecordList
from mltrace.records.tasks import MetricRow
from mltrace.rendering.metrics import moment_text
from mltrace.tasks.delays.provisional import SETTLED
from mltrace.tasks.metrics import measure_function, measure_pairs, needed
from mltrace.tasks.windows import MOST_EMPTY, MOST_WINDOWS, Windows, windows_between
from mltrace.times import now_ns, to_datetime
from mltrace.workspace.tasks.outlooks import outlook_of
from mltrace.workspace.tasks.question import MODEL, unknown_feature
from mltrace.workspace.tasks.raw_pairs import RawPairs
from mltrace.workspace.tasks.summing import Apart, grid_of, sum_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mltrace.records.tasks import LabelState, TaskStatus
    from mltrace.tasks.metrics import Measured, Metric
    from mltrace.workspace.tasks.known import Known
    from mltrace.workspace.tasks.question import Question
    from mltrace.workspace.tasks.summing import Part

EXACT_PAIRS: Final = 500_000
"""Up to so many pairs, those of overlapping windows each time, what is sketched is made exact."""
MOST_SLICES: Final = 1_000
_HOUR: Final = 3_600_000_000
_NANOSECONDS: Final = 1_000


def answer(
    task: TaskStatus, state: Known, features: Sequence[str], question: Question
) -> RecordList[MetricRow]:
    """Answer a question from what is matched of a task.

    Parameters
    ----------
    task : TaskStatus
    state : Known
    features : sequence of str
        The features of its slices, in their order.
    question : Question

    Returns
    -------
    RecordList of MetricRow
        The newest window first; in a window slices by their text, then metrics as asked for.

    Raises
    ------
    UnknownNameError, ArgumentError
        If a metric or a feature cannot be.
    """
    named = question.named(task.kind)
    apart = Apart.of(state, question.told_apart, features, by=question.by, where=question.where)
    _check_slices(apart, task.settings.get("slices", ()))
    windows = _windows(state, question)
    if windows is None:
        return RecordList(of=MetricRow)
    _check_windows(windows, state, question)
    asked = _Asked(task, state, question, named, apart, windows)
    rows = list(asked.rows())
    return RecordList(rows, of=MetricRow, notes=() if question.by else _gap_notes(rows, windows))


def _check_slices(apart: Apart, known: Iterable[str]) -> None:
    for name, texts, is_shown in zip(apart.names, apart.texts, apart.shown, strict=True):
        if is_shown and len(texts) > MOST_SLICES:
            raise ArgumentError(
                f"by={name!r} has {len(texts):,} values, which are more than {MOST_SLICES:,} "
                "slices; log a coarser feature, or choose one value by where=."
            )
        if name != MODEL and not texts:
            raise unknown_feature(name, known)


def _windows(state: Known, question: Question) -> Windows | None:
    """Lay the windows that are asked for over what there is; None if there is nothing."""
    span = state.span(question.as_of)
    if span is None:
        return None
    first, last = span
    if question.length is None:
        start = first // _HOUR * _HOUR if question.since is None else question.since
        end = (last // _HOUR + 1) * _HOUR if question.until is None else question.until
        return Windows(end - start, end - start, end, 1) if start < end else None
    first = first if question.since is None else max(first, question.since)
    last = last if question.until is None else min(last, question.until - 1)
    if first > last:
        return None
    return windows_between(first, last, question.length, question.step)


def _check_windows(windows: Windows, state: Known, question: Question) -> None:
    """Refuse more windows than anybody reads; those that are left out do not count."""
    if windows.count > MOST_WINDOWS:
        made = state.delays(as_of=question.as_of)
        width = made.width_seconds * 1_000_000
        starts, most_empty = made.buckets * width, 0 if question.by else MOST_EMPTY
        windows.check(windows.holding(starts, starts + width, most_empty=most_empty))


def _gap_notes(rows: Sequence[MetricRow], windows: Windows) -> list[str]:
    """Say which windows are left out because nothing was predicted for long."""
    starts = list(dict.fromkeys(row.window_start for row in rows if row.window_start))
    step = timedelta(microseconds=windows.step)
    gaps = [
        (later - earlier, earlier + step, later)
        for later, earlier in pairwise(starts)
        if later - earlier > step
    ]
    if not gaps:
        return []
    _, first, last = max(gaps)
    num = sum(length // step - 1 for length, *_ in gaps)
    where = "" if len(gaps) == 1 else f"in {len(gaps):,} gaps, the longest "
    return [
        f"{num:,} windows without predictions, {where}from {moment_text(first)} to "
        f"{moment_text(last)}, are left out; if a prediction beyond them has a wrong time, choose "
        "others by since and until."
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what it takes to answer it."""

    task: TaskStatus
    state: Known
    question: Question
    named: Mapping[str, Metric]
    apart: Apart
    windows: Windows

    def rows(self) -> Iterator[MetricRow]:
        """Make the rows."""
        parts = self._parts()
        now = self._now()
        outlook = self._outlook(parts, now)
        measured = self._measured(parts)
        for part, labels, told in zip(parts, outlook, measured, strict=True):
            start, end = self.windows.bounds_of(part.window)
            shared = MetricRow(
                task=self.task.name,
                metric="",
                window_start=to_datetime(start * _NANOSECONDS),
                window_end=to_datetime(end * _NANOSECONDS),
                value=None,
                confidence=self.question.confidence,
                num_predictions=part.num_predictions,
                num_labels=part.num_labels,
                label_coverage=(
                    part.num_labels / part.num_predictions if part.num_predictions else None
                ),
                is_provisional=labels not in SETTLED,
                outlook=labels,
                slice=self.apart.text(part.slice),
                model=self.apart.model(part.slice),
                known_at=to_datetime(now),
                num_excluded=part.num_excluded,
            )
            for one in told:
                yield _filled(shared, one)

    def _parts(self) -> list[Part]:
        grid = grid_of(self.windows, self.apart)
        series = self.state.series(grid, needed(self.named.values()), as_of=self.question.as_of)
        return list(sum_windows(series, self.windows, self.apart, kind=self.task.kind))

    def _now(self) -> int:
        if self.question.as_of is not None:
            return self.question.as_of * _NANOSECONDS
        return now_ns()

    def _outlook(self, parts: Sequence[Part], now: int) -> list[LabelState]:
        return outlook_of(
            self.state,
            [self.windows.bounds_of(part.window) for part in parts],
            num_predictions=[part.num_predictions for part in parts],
            num_labels=[part.num_labels for part in parts],
            now=now,
            as_of=self.question.as_of,
        )

    def _measured(self, parts: Sequence[Part]) -> Iterator[list[Measured]]:
        grid = grid_of(self.windows, self.apart)
        raw = RawPairs(self.state, self.windows, grid, self.apart, as_of=self.question.as_of)
        is_exact = self._is_exact(parts)
        for part in parts:
            told: list[Measured] = []
            for one in self.question.metrics:
                if not isinstance(one, str):
                    told.append(measure_function(one, raw.of(part.window, part.slice)))
                    continue
                found = self.named[one].measure(part.statistics, self.question.confidence)
                if is_exact and any(each.error for each in found):
                    pairs = raw.of(part.window, part.slice)
                    found = measure_pairs([one], pairs, confidence=self.question.confidence)
                told += found
            yield told

    def _is_exact(self, parts: Sequence[Part]) -> bool:
        if self.question.exact is not None:
            return self.question.exact
        return sum(part.num_labels for part in parts) <= EXACT_PAIRS


def _filled(shared: MetricRow, told: Measured) -> MetricRow:
    return msgspec.structs.replace(
        shared,
        metric=told.name,
        value=told.value,
        ci_low=told.low,
        ci_high=told.high,
        error=told.error,
        message=told.message,
    )
