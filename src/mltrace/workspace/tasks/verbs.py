"""Verbs about tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records import RecordList
    from mltrace.records.tasks import MetricRow, TaskStatus
    from mltrace.workspace.tasks.question import Wanted


class TaskVerbs(OpenStore):
    """What is predicted, and how good it is."""

    def list_tasks(self) -> RecordList[TaskStatus]:
        """List the tasks that are declared; see `mltrace.list_tasks`."""
        from mltrace.workspace.tasks.listing import list_tasks  # loads pyarrow

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
        from mltrace.workspace.tasks.answering import answer
        from mltrace.workspace.tasks.listing import find_task
        from mltrace.workspace.tasks.matched import open_matched
        from mltrace.workspace.tasks.question import read_question

        with self._reading() as connection:
            task = find_task(connection, name)
            question = read_question(task.kind, metrics, **asked)
            if engine != "local":
                from mltrace.workspace.tasks.spark import SparkLabels, spark_session

                session = spark_session(engine)
                labels = SparkLabels(session, self.store, connection, task, question.features)
                return answer(task, labels, question.features, question)
            with open_matched(self.store, connection, task, question.features) as matched:
                return answer(task, matched.state, matched.slices, question)
