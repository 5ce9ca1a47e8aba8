"""What monitors read of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage import (
    check_outcomes,
    deliveries,
    listing,
    makings,
    outcomes,
    prediction_runs,
    run_numbers,
)
from mltrace.lineage.tables import find_table
from mltrace.times import to_nanoseconds
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from datetime import datetime

    from mltrace.lineage.check_outcomes import Checked
    from mltrace.lineage.deliveries import Delivery
    from mltrace.lineage.makings import Making
    from mltrace.lineage.outcomes import Outcome
    from mltrace.lineage.prediction_runs import PredictionRun
    from mltrace.lineage.run_numbers import RunNumber
    from mltrace.records.tasks import TaskStatus
    from mltrace.workspace.opened import Output


class MeasuringVerbs(OpenStore):
    """What monitors measure, read narrowly."""

    def deliveries(self, table: Output, limit: int) -> tuple[list[Delivery], bool]:
        """List the latest deliveries of a table, in the order of time, and whether these are all.

        Raises
        ------
        UnknownNameError
            If there is no such table.
        """
        with self._reading() as connection:
            found = find_table(connection, table, needs_profile=False)
            return deliveries.list_deliveries(connection, found, limit=limit)

    def component_keys(self, pattern: str | None = None) -> dict[str, int]:
        """Find the row ids of components by name: of one, of those that fit a pattern, or of all.

        Raises
        ------
        UnknownNameError
            If there is no component of that name; that none fits a pattern is no error.
        """
        with self._reading() as connection:
            return listing.component_keys(connection, pattern)

    def outcomes(self, component_id: int, limit: int, *, succeeded: bool = False) -> list[Outcome]:
        """List how the latest runs of a component ended, in the order in which they did."""
        with self._reading() as connection:
            return outcomes.list_outcomes(
                connection, component_id, limit=limit, succeeded=succeeded
            )

    def makings_of_runs(self, component: str, component_id: int, limit: int) -> list[Making]:
        """List the latest good runs of a component, in the order in which they ended."""
        with self._reading() as connection:
            return makings.list_runs_as_makings(connection, component, component_id, limit)

    def makings_of_versions(self, table: Output, limit: int) -> list[Making]:
        """List the latest versions of a table or another artifact, in the order of time.

        Raises
        ------
        UnknownNameError
            If there is no such artifact.
        """
        with self._reading() as connection:
            found = find_table(connection, table, needs_profile=False)
            return makings.list_versions_as_makings(connection, found, limit)

    def run_numbers(self, component_id: int, name: str, limit: int) -> list[RunNumber]:
        """List a metric, or a parameter, of the latest runs that succeeded."""
        with self._reading() as connection:
            return run_numbers.list_numbers(connection, component_id, name, limit)

    def checked(self, component_id: int, limit: int) -> list[Checked]:
        """List how the checks of the latest runs of a component went."""
        with self._reading() as connection:
            return check_outcomes.list_checked(connection, component_id, limit)

    def task_names(self) -> list[str]:
        """List the names of the tasks of which something was logged."""
        with self._reading() as connection:
            return prediction_runs.task_names(connection)

    def find_task(self, name: str) -> TaskStatus:
        """Find a task by its name; its rows are not counted, nor its models read.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        from mltrace.workspace.tasks.listing import find_task  # loads pyarrow

        with self._reading() as connection:
            return find_task(connection, name)

    def latest_prediction_run(
        self, task: str, since: datetime, until: datetime, *, model: str | None = None
    ) -> PredictionRun | None:
        """Find the run that made the latest predictions of a task within a time; None if none."""
        with self._reading() as connection:
            return prediction_runs.latest_prediction_run(
                connection,
                self.store.location.lake,
                task,
                since=to_nanoseconds(since),
                until=to_nanoseconds(until),
                model=model,
            )
