"""Verbs about tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from mltrace.records import RecordList
    from mltrace.records.tasks import TaskStatus


class TaskVerbs(OpenStore):
    """What is predicted, and how good it is."""

    def list_tasks(self) -> RecordList[TaskStatus]:
        """List the tasks that are declared; see `mltrace.list_tasks`."""
        from mltrace.workspace.tasks.listing import list_tasks  # loads pyarrow

        with self._reading() as connection:
            return list_tasks(connection, self.store.location.lake)
