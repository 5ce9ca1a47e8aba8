"""Metrics: of the runs of a component, or of the predictions of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from mltrace.errors import ArgumentError
from mltrace.workspace.monitors.arguments import check_limit
from mltrace.workspace.monitors.monitor import Monitor, MonitorOptions
from mltrace.workspace.monitors.registered import kinds
from mltrace.workspace.monitors.run_metric import RunMetric
from mltrace.workspace.monitors.task_metric import MIN_LABELS, TaskMetric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, Unpack

    from mltrace.records.alerts import Observation
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.known import Known

_OF_RUNS: Final = {"side": "both", "false_alarm_rate": 0.001}
_OF_TASKS: Final = {
    "by": None,
    "where": None,
    "confidence": 0.95,
    "reference": None,
    "provisional": False,
    "min_labels": MIN_LABELS,
}


@runtime_checkable
class LoggedTask(Protocol):
    """A task, as `mltrace.Task` is one."""

    name: str

    def log_feedback(self, ids: Any, labels: Any, at: Any = None) -> None:
        """Log labels."""


@kinds.register("metric")
class MetricMonitor(Monitor):
    """Watches a metric: of the runs of a component, or of the predictions of a task.

    Parameters
    ----------
    component : str or Task
        A component, or a pattern such as 'train_*', of which each component is judged by itself;
        or a task. A name is always that of a component.
    metric : str
        Of a component, the name that `run.metric` was given, or a parameter that is a number. Of a
        task one of its metrics, such as 'f1' or 'ndcg@10', or 'label_coverage': which share of
        its predictions have a label, and whether labels are late.
    task : str, optional
        The name of a task, instead of a component.
    min, max : float, optional
        Which value it has at least and at most.
    drop : float or str, optional
        How much worse it may be than before, an amount or a share such as '5%': of a component than
        the median of the runs before, of a task than the reference.
    side : {'both', 'below', 'above'}, default 'both'
        Of a component, where it is odd, if no limit is given: then it is learned from the runs
        before.
    window : int or str, optional
        Of a component how many runs are before, at least 8 (60); of a task how long windows are, by
        when predictions were made ('7d').
    false_alarm_rate : float, default 0.001
        Of a component, how often it may be odd by what was learned although nothing has changed.
    by : str or iterable of str, optional
        Of a task, the features, or 'model', by whose values each slice is judged by itself.
    where : mapping of str to value, optional
        Only predictions whose features, or 'model', have these values.
    confidence : float, default 0.95
        How sure it has to be, of all slices of a window together, that a limit is passed.
    reference : str, optional
        What a `drop` is measured from: so much time before each window, such as '28d', by default
        four times as long as the window; or a span such as '2026-01-01..2026-01-31'.
    provisional : bool, default False
        Whether to judge windows as soon as they have ended, though labels are still to come.
    min_labels : int, default 30
        With fewer labels in a window or its reference nothing is said; of 'label_coverage', with
        fewer predictions.
    **options
        As of every `Monitor`. Of a task, `every` says how much later the next window begins, too.

    Raises
    ------
    ArgumentError
        If an argument has a value that cannot be.

    Notes
    -----
    Only runs that succeeded are looked at. What is learned is a robust prediction interval, with a
    straight trend where that is clearly better; a difference of 1 % is never odd. A metric of a run
    that is not finite is bad in any case.

    A window of a task is judged once its labels are in, and again when they are corrected. It is
    bad if all of the interval of the metric is beyond a limit: at the `confidence`, with
    Bonferroni's correction for slices and limits.

    Examples
    --------
    >>> import mltrace as mt
    >>> trained = mt.Component("trained")
    >>> for value in (0.82, 0.83, 0.61):
    ...     with trained.start() as run:
    ...         run.metric("roc_auc", value)
    >>> mt.MetricMonitor("trained", "roc_auc", min=0.8).evaluate()[0].message
    'roc_auc is 0.61; at least 0.8 is expected'

    >>> task = mt.Task("shown", kind="binary")
    >>> task.log_predictions(range(100), [1] * 100, at="2026-05-04")
    >>> task.log_feedback(range(100), [1] * 40 + [0] * 60, at="2026-05-05")
    >>> print(mt.MetricMonitor(task, "accuracy", min=0.6).evaluate()[0].message)
    accuracy of 2026-05-04 to 2026-05-10 is 0.4 (0.309 to 0.498), with 100 of 100 labels;
    at least 0.6 is expected
    """

    kind = "metric"

    def __init__(
        self,
        component: str | LoggedTask | None = None,
        metric: str = "",
        *,
        task: str | LoggedTask | None = None,
        min: float | None = None,  # noqa: A002 (the argument of the file of settings)
        max: float | None = None,  # noqa: A002
        drop: float | str | None = None,
        side: str = "both",
        window: int | str | None = None,
        false_alarm_rate: float = 0.001,
        by: str | Iterable[str] | None = None,
        where: Mapping[str, Any] | None = None,
        confidence: float = 0.95,
        reference: str | None = None,
        provisional: bool = False,
        min_labels: int = MIN_LABELS,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        self.component, self.task = _read_names(component, task)
        self.metric = metric
        self.min, self.max = check_limit(self, "min", min), check_limit(self, "max", max)
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ArgumentError(
                f"MetricMonitor(min={min!r}, max={max!r}): no value is within; give min below max."
            )
        self.drop, self.side, self.window = drop, side, window
        self.false_alarm_rate = false_alarm_rate
        self.by = by if by is None or isinstance(by, str) else tuple(by)
        self.where, self.confidence, self.reference = where, confidence, reference
        self.provisional, self.min_labels = provisional, min_labels
        if not (isinstance(metric, str) and metric):
            raise ArgumentError(f"MetricMonitor(metric={metric!r}): give the name of a metric.")
        self._check_others()
        self._measured = RunMetric(self) if self.task is None else TaskMetric(self)
        self.about = self._measured.about

    def _check_others(self) -> None:
        """Refuse arguments that mean nothing here."""
        foreign, what = (_OF_TASKS, "task") if self.task is None else (_OF_RUNS, "component")
        for name, default in foreign.items():
            if getattr(self, name) != default:
                raise ArgumentError(
                    f"MetricMonitor({name}={getattr(self, name)!r}) is of the metric of a {what}; "
                    f"this one is of a {'component' if self.task is None else 'task'}."
                )

    def measure(self, workspace: Workspace, known: Known) -> Iterator[Observation]:
        """Judge the metric of each run that succeeded, or of each window."""
        return self._measured.measure(workspace, known)

    def remeasure(self, workspace: Workspace) -> Iterator[Observation]:
        """Judge each run again, or each window as it was when its labels were in.

        A window is measured by the end of its interval that is compared with the limit.
        """
        return self._measured.remeasure(workspace)


def _read_names(
    component: str | LoggedTask | None, task: str | LoggedTask | None
) -> tuple[str | None, str | None]:
    """Tell of which component or which task it is; the other is None."""
    if isinstance(component, LoggedTask) and task is None:
        component, task = None, component
    name = task.name if isinstance(task, LoggedTask) else task
    given = [one for one in (component, name) if one is not None]
    if len(given) != 1 or not (isinstance(given[0], str) and given[0]):
        raise ArgumentError(
            f"MetricMonitor({component!r}, task={name!r}): give the name of a component whose runs "
            "have the metric, or a task whose predictions it is of."
        )
    return (None, name) if component is None else (given[0], None)
