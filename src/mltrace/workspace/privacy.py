"""Verbs for data subjects and the retraction of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, overload

from mltrace.errors import ArgumentError
from mltrace.lineage.retraction import purging, subjects
from mltrace.lineage.retraction.reporting import Retractions
from mltrace.workspace.opened import OpenStore, who

if TYPE_CHECKING:
    from datetime import timedelta

    from mltrace.records import (
        RecordList,
        RetractedPredictions,
        Retraction,
        RetractionReport,
        SubjectSet,
    )


_OF_TASK: Final = (
    "With task=, ids are removed for good, or counted: give purge=True or dry_run=True, and no "
    "reason, grace or undo."
)


class PrivacyVerbs(OpenStore):
    """Whose data artifacts hold, and what must go with it."""

    def subject(self, labels: Any, *, on: Any) -> SubjectSet:
        """Say whose data an artifact version holds; see `mltrace.subject`."""
        said = subjects.label_texts(labels)
        found = subjects.labelled_value(on)
        if found is None:
            with self._reading() as connection:
                found = subjects.labelled_name(connection, on)
        fact = subjects.keep_labels(self.store.blobs, said.texts, found)
        self._append([fact])
        return found.holding(fact.count, num_missing=said.num_missing)

    @overload
    def retract(
        self,
        label: Any,
        *,
        task: None = None,
        reason: str = "",
        grace: str | timedelta | None = None,
        undo: bool = False,
        purge: bool = False,
        dry_run: bool = False,
    ) -> RetractionReport: ...

    @overload
    def retract(
        self,
        label: Any,
        *,
        task: str,
        reason: str = "",
        grace: str | timedelta | None = None,
        undo: bool = False,
        purge: bool = False,
        dry_run: bool = False,
    ) -> RetractedPredictions: ...

    def retract(
        self,
        label: Any,
        *,
        task: str | None = None,
        reason: str = "",
        grace: str | timedelta | None = None,
        undo: bool = False,
        purge: bool = False,
        dry_run: bool = False,
    ) -> RetractionReport | RetractedPredictions:
        """Follow a data subject's deletion along lineage; see `mltrace.retract`."""
        if task is not None:
            if reason or grace is not None or undo or purge == dry_run:
                raise ArgumentError(_OF_TASK)
            ids = subjects.label_texts(label, taker="retract", noun="id").texts
            return self._retract_predictions(task, ids, purge=purge)
        if purge and (undo or dry_run):
            raise ArgumentError("purge=True goes with neither undo nor dry_run.")
        text = subjects.label_text(label)
        with self._reading() as connection:
            known = Retractions(connection, self.store.blobs, self.settings)
            fact = known.fact(text, reason=reason, grace=grace, undo=undo, by=who())
        if fact is not None and not dry_run:
            self._mark([fact])
        with self._retractions() as known:
            if undo and not dry_run:
                return known.taken_back(text)
            report = known.report(text)
        return purging.purge(self.store, report) if purge else report

    def _retract_predictions(
        self, task: str, ids: list[str], *, purge: bool
    ) -> RetractedPredictions:
        from mltrace.workspace.tasks.erasing import find_predictions, purge_predictions
        from mltrace.workspace.tasks.listing import find_task

        wanted = frozenset(ids)
        with self._reading() as connection:
            known = find_task(connection, task)
            if not purge:
                return find_predictions(self.store, connection, known, wanted)
        return purge_predictions(self.store, known, wanted)

    def retracted(self) -> RecordList[Retraction]:
        """List what is retracted; see `mltrace.retracted`."""
        with self._retractions() as known:
            return known.active()
