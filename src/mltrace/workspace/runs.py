"""Verbs that list runs and components."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from mltrace.errors import ArgumentError
from mltrace.lineage import activity, check_history, listing, targets
from mltrace.lineage.loading import load_runs
from mltrace.store.facts import NoteFact
from mltrace.times import now_ns
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from datetime import timedelta

    from mltrace.records import Activity, Component, RecordList, Run, Tag
    from mltrace.records.check_history import LoggedResult
    from mltrace.workspace.opened import Moment


class RunVerbs(OpenStore):
    """What ran, and notes on it."""

    def recent(
        self,
        limit: int | None = 20,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        status: str | None = None,
        component: str | None = None,
    ) -> RecordList[Run]:
        """List the latest runs; see `mltrace.recent`."""
        with self._reading() as connection:
            return listing.list_runs(
                connection,
                self.settings,
                limit=limit,
                since=since,
                until=until,
                status=status,
                component=component,
            )

    def history(
        self,
        component: str,
        limit: int | None = 10,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> RecordList[Run]:
        """List the latest runs of a component; see `mltrace.history`."""
        with self._reading() as connection:
            listing.component_key(connection, component)
            return listing.list_runs(
                connection,
                self.settings,
                limit=limit,
                since=since,
                until=until,
                component=component,
            )

    def run(self, run: str | Run) -> Run:
        """Return a run; see `mltrace.run`."""
        with self._reading() as connection:
            key = targets.resolve_run(connection, run)
            return load_runs(connection, [key], self.settings)[key]

    def components(
        self, *, owner: str | None = None, tag: str | None = None
    ) -> RecordList[Component]:
        """List components; see `mltrace.components`."""
        with self._reading() as connection:
            return listing.list_components(connection, owner=owner, tag=tag)

    def activity(
        self,
        component: str,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        every: str | timedelta | None = None,
    ) -> RecordList[Activity]:
        """Sum up what a component did over time; see `mltrace.activity`."""
        with self._reading() as connection:
            return activity.activity(connection, component, since=since, until=until, every=every)

    def check_history(
        self,
        component: str,
        *,
        check: str | None = None,
        test: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        limit: int | None = 50,
    ) -> RecordList[LoggedResult]:
        """List what checks said of runs; see `mltrace.check_history`."""
        with self._reading() as connection:
            return check_history.check_history(
                connection,
                component,
                check=check,
                test=test,
                since=since,
                until=until,
                limit=limit,
            )

    def num_left_out(self, component: str) -> int:
        """Count the runs of a component that sampling left out of the log."""
        with self._reading() as connection:
            return listing.num_left_out(connection, component)

    def tags(self) -> RecordList[Tag]:
        """List tags; see `mltrace.tags`."""
        with self._reading() as connection:
            return listing.list_tags(connection)

    def note(self, run: str | Run, text: str) -> Run:
        """Write a note on a run; see `mltrace.note`."""
        if not isinstance(text, str) or not text.strip():
            raise ArgumentError(f"A note needs text, not {text!r}.")
        found = self.run(run)
        self._mark([NoteFact(id=uuid.uuid4().hex, run=found.id, at=now_ns(), text=text)])
        return self.run(found.id)
