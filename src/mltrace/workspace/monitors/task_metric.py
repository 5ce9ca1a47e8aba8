"""Metrics of the predictions of a task: each window is judged once its labels are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from mltrace.errors import ArgumentError
from mltrace.workspace.monitors.arguments import check_count, check_share
from mltrace.workspace.monitors.run_metric import read_drop
from mltrace.workspace.monitors.task_windows import COVERAGE, TaskWindows, Watched
from mltrace.workspace.monitors.task_words import point_of, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mltrace.lineage.prediction_runs import PredictionRun
    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known
    from mltrace.workspace.monitors.metric import MetricMonitor
    from mltrace.workspace.monitors.task_windows import Judged

MIN_LABELS: Final = 30
WINDOW: Final = "7d"
COVERAGE_DROP: Final = (0.0, 0.3)
"""By which share fewer labels than before are no news, where no limit is given."""


class TaskMetric:
    """A metric of the predictions of a task.

    Parameters
    ----------
    monitor : MetricMonitor
        What is expected, and in whose name it is told.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.
    """

    def __init__(self, monitor: MetricMonitor) -> None:
        self._monitor = monitor
        self._watched = _read(monitor)

    @property
    def about(self) -> str:
        """What it looks at."""
        watched = self._watched
        chosen = "".join(f" of {name}={value}" for name, value in watched.where.items())
        slices = f" by {', '.join(watched.by)}" if watched.by else ""
        return f"task:{watched.task}:{watched.metric}{chosen}{slices}"

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Judge the windows that have ended; those whose labels are still to come are unknown."""
        makers = _Makers(workspace, self._watched.task)
        for one in TaskWindows(workspace, self._watched).judge():
            if known.state(self._watched.of(one.row), point_of(one.row)) != one.state:
                yield self._tell(one, makers.of(one) if one.state == "bad" else None)

    def remeasure(self, workspace: Workspace) -> Iterator[Observation]:
        """Judge each window as it stood when its labels were in, by what was known then."""
        windows = TaskWindows(workspace, self._watched)
        makers = _Makers(workspace, self._watched.task)
        settled: set[tuple[str | None, datetime]] = set()
        since = windows.since
        for moment in windows.moments():
            waiting = []
            for one in windows.judge(since=since, as_of=moment):
                key = one.row.slice, one.end
                if key in settled:
                    continue
                if one.is_waiting and moment is not None:
                    waiting.append(one.start)
                    continue
                settled.add(key)
                told = self._tell(one, makers.of(one))
                bound = told.value if one.verdict is None else one.verdict.bound
                yield replace(told, value=bound, observed_at=one.row.known_at)
            since = min(waiting, default=moment)
            if not waiting and moment is not None and moment >= windows.last_end:
                return

    def _tell(self, judged: Judged, maker: PredictionRun | None) -> Observation:
        row, verdict = judged.row, judged.verdict
        return self._monitor.observation(
            self._watched.of(row),
            point_of(row),
            at=judged.end,
            state=judged.state,
            value=row.value,
            threshold=None if verdict is None else verdict.limit,
            message=say(judged, row.model or (maker.model if maker else None)),
            **({} if maker is None else maker.place()),
        )


class _Makers:
    """Who made the predictions of windows, each looked up once."""

    def __init__(self, workspace: Workspace, task: str) -> None:
        self._workspace, self._task = workspace, task
        self._found: dict[tuple[datetime, datetime, str | None], PredictionRun | None] = {}

    def of(self, judged: Judged) -> PredictionRun | None:
        """Find the run of the latest predictions of a window, or of one model in it."""
        key = judged.start, judged.end, judged.row.model
        if key not in self._found:
            start, end, model = key
            self._found[key] = self._workspace.latest_prediction_run(
                self._task, start, end, model=model
            )
        return self._found[key]


def _read(monitor: MetricMonitor) -> Watched:
    """Read the arguments that say what is watched."""
    drop = read_drop(monitor.drop)
    if (monitor.min, monitor.max, drop) == (None, None, None):
        if monitor.metric != COVERAGE:
            raise ArgumentError(
                f"MetricMonitor(metric={monitor.metric!r}) of a task needs a limit: give min=, "
                "max=, or drop=, by how much it may be worse than before."
            )
        drop = COVERAGE_DROP
    if isinstance(monitor.window, int):
        raise ArgumentError(
            f"MetricMonitor(window={monitor.window!r}) of a task is a length of time, such as '7d'."
        )
    watched = Watched(
        task=monitor.task or "",
        metric=monitor.metric,
        window=WINDOW if monitor.window is None else monitor.window,
        every=monitor.every,
        by=(monitor.by,) if isinstance(monitor.by, str) else tuple(monitor.by or ()),
        where=dict(monitor.where or {}),
        least=monitor.min,
        most=monitor.max,
        drop=drop,
        confidence=check_share(monitor, "confidence", monitor.confidence),
        reference=monitor.reference,
        takes_provisional=monitor.provisional,
        min_labels=check_count(monitor, "min_labels", monitor.min_labels),
    )
    watched.check()
    return watched
