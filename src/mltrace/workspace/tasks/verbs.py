"""Verbs about tasks."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mltrace.errors import not_installed
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from mltrace.records import RecordList
    from mltrace.records.comparisons import Comparison
    from mltrace.records.estimates import Estimate
    from mltrace.records.tasks import MetricRow, TaskStatus
    from mltrace.tasks.estimating.choosing import EstimateMethod
    from mltrace.workspace.tasks.question import Wanted


class TaskVerbs(OpenStore):
    """What is predicted, and how good it is."""

    @contextmanager
    def _reading_task(self, name: str) -> Iterator[Connection]:
        """Read all that is logged, and then compact the task where there is much to gain."""
        with self._reading() as connection:
            yield connection
        self.store.tend_much(name)

    def list_tasks(self) -> RecordList[TaskStatus]:
        """List the tasks that are declared; see `mltrace.list_tasks`."""
        _check_readable()
        from mltrace.workspace.tasks.listing import list_tasks

        with self._reading() as connection:
            return list_tasks(connection, self.store.location.lake)

    def task_metrics(
        self,
        name: str,
        metrics: Wanted | Iterable[Wanted] | None = None,
        *,
        engine: Any = "local",
        **asked: Any,
    ) -> RecordList[MetricRow]:
        """Measure a task; see `mltrace.Task.metrics`.

        Raises
        ------
        UnknownNameError
            If there is no such task, metric or feature.
        ArgumentError
            If an argument cannot be.
        """
        _check_readable()
        from mltrace.workspace.tasks.answering import answer
        from mltrace.workspace.tasks.listing import find_task
        from mltrace.workspace.tasks.matched import open_matched
        from mltrace.workspace.tasks.question import read_question

        with self._reading_task(name) as connection:
            task = find_task(connection, name)
            question = read_question(task.kind, metrics, **asked)
            if engine != "local":
                from mltrace.workspace.tasks.spark import SparkLabels, spark_session

                session = spark_session(engine)
                labels = SparkLabels(session, self.store, connection, task, question.features)
                return answer(task, labels, question.features, question)
            with open_matched(self.store, connection, task, question.features) as matched:
                return answer(task, matched.state, matched.slices, question)

    def compare_task(
        self,
        name: str,
        sides: tuple[Any, Any],
        metric: str | None = None,
        *,
        sequential: bool = False,
        **asked: Any,
    ) -> Comparison:
        """Compare two models or windows of a task; see `mltrace.Task.compare`.

        Raises
        ------
        UnknownNameError
            If there is no such task, model, metric or feature.
        ArgumentError
            If they cannot be compared.
        """
        _check_readable()
        from mltrace.workspace.tasks.comparing import compare
        from mltrace.workspace.tasks.listing import find_task
        from mltrace.workspace.tasks.matched import open_matched
        from mltrace.workspace.tasks.question import read_question
        from mltrace.workspace.tasks.selection import selected, span_of

        with self._reading_task(name) as connection:
            task = find_task(connection, name)
            question = read_question(task.kind, metric, **asked)
            with open_matched(self.store, connection, task, question.features) as matched:
                return compare(
                    task,
                    selected(matched, question),
                    sides,
                    metric or str(question.metrics[0]),
                    span=span_of(question),
                    is_sequential=sequential,
                    confidence=question.confidence,
                )

    def estimate_task(
        self,
        name: str,
        metrics: str | Iterable[str] | None = None,
        *,
        reference: Any = None,
        features: str | Iterable[str] = (),
        method: EstimateMethod | None = None,
        **asked: Any,
    ) -> RecordList[Estimate]:
        """Estimate metrics of a task where labels are missing; see `mltrace.Task.estimate`.

        Raises
        ------
        UnknownNameError
            If there is no such task, metric or feature.
        ArgumentError
            If an argument cannot be, or a metric cannot be estimated.
        """
        _check_readable()
        from mltrace.workspace.tasks.estimating import (
            DEFAULTS,
            Estimator,
            read_features,
            read_reference,
        )
        from mltrace.workspace.tasks.listing import find_task
        from mltrace.workspace.tasks.matched import open_matched
        from mltrace.workspace.tasks.question import read_question
        from mltrace.workspace.tasks.selection import selected

        with self._reading_task(name) as connection:
            task = find_task(connection, name)
            question = read_question(task.kind, metrics or DEFAULTS.get(task.kind), **asked)
            parted, span = read_features(features), read_reference(reference)
            needed = tuple(dict.fromkeys((*question.features, *parted)))
            with open_matched(self.store, connection, task, needed) as matched:
                selection = selected(matched, question, parted)
                return Estimator(task, selection, question, parted, span, method).estimates()


def _check_readable() -> None:
    if find_spec("pyarrow") is None:
        raise not_installed("pyarrow", "read predictions and labels", install='"mltrace[frames]"')
