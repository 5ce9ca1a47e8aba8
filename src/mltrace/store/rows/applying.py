"""Turns facts into rows, so that applying a fact twice, or late, changes nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltrace.store.alert_facts import AlertFact, DeliveryFact, MonitorFact, ObservationFact
from mltrace.store.database import schema
from mltrace.store.database.keys import next_id
from mltrace.store.facts import (
    AcceptFact,
    AnyFact,
    ComponentFact,
    DriftFact,
    EnvironmentFact,
    FlagFact,
    GitFact,
    HealthFact,
    IdsFact,
    IntervalFact,
    NoteFact,
    PinFact,
    ProcessFact,
    ProfileFact,
    RetractionFact,
    SourceFact,
    SubjectFact,
)
from mltrace.store.mirroring.marks import note_changed_runs
from mltrace.store.rows.alert_rows import (
    apply_alerts,
    apply_deliveries,
    apply_monitors,
    apply_observations,
)
from mltrace.store.rows.child_rows import derive_child_reads
from mltrace.store.rows.mark_rows import (
    apply_acceptances,
    apply_flags,
    apply_judgements,
    apply_pins,
)
from mltrace.store.rows.process_rows import apply_health, apply_intervals
from mltrace.store.rows.profile_rows import apply_profiles
from mltrace.store.rows.run_rows import apply_checks, apply_notes, apply_runs, draft_runs
from mltrace.store.rows.shared_rows import (
    apply_components,
    apply_environments,
    apply_git,
    apply_processes,
    apply_sources,
    runs_of_processes,
)
from mltrace.store.rows.subject_rows import apply_retractions, apply_subjects
from mltrace.store.rows.task_rows import apply_batches, apply_single_rows, apply_tasks
from mltrace.store.rows.version_rows import apply_ids, apply_versions
from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact, TaskFact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch changed that lineage is derived from.

    Attributes
    ----------
    first_read, first_write : int
        The row ids from which the new reads and writes start.
    unread : tuple of int
        The versions of which reads were taken back.
    completed : tuple of int
        The runs known before of which the batch told the start or the end.
    introduced : tuple of int
        The processes known before of which the batch told who they are.
    """

    first_read: int
    first_write: int
    unread: tuple[int, ...] = ()
    completed: tuple[int, ...] = ()
    introduced: tuple[int, ...] = ()


def apply_facts(connection: Connection, facts: Sequence[AnyFact]) -> Applied:
    """Apply a batch of facts inside a write transaction.

    Notes
    -----
    Cost: a constant number of statements per batch, each over all its rows.
    """
    by_kind: dict[type, list[Any]] = {}
    for fact in facts:
        by_kind.setdefault(type(fact), []).append(fact)
    introduced = apply_processes(connection, by_kind.get(ProcessFact, []))
    changed = list(runs_of_processes(connection, introduced))
    apply_environments(connection, by_kind.get(EnvironmentFact, []))
    changed += apply_git(connection, by_kind.get(GitFact, []))
    apply_sources(connection, by_kind.get(SourceFact, []))
    apply_components(connection, by_kind.get(ComponentFact, []))
    drafts = draft_runs(facts)
    ids_facts: list[IdsFact] = by_kind.get(IdsFact, [])
    first_run = next_id(connection, schema.run)
    run_ids = apply_runs(connection, drafts, extra=[fact.run for fact in ids_facts])
    links = apply_versions(connection, drafts, run_ids)
    changed += derive_child_reads(connection, run_ids.values())
    changed += (key for key in run_ids.values() if key < first_run)
    note_changed_runs(connection, changed)
    apply_checks(connection, drafts, run_ids)
    apply_ids(connection, ids_facts, run_ids)
    apply_notes(connection, by_kind.get(NoteFact, []))
    apply_flags(connection, by_kind.get(FlagFact, []))
    apply_pins(connection, by_kind.get(PinFact, []))
    apply_intervals(connection, by_kind.get(IntervalFact, []))
    apply_health(connection, by_kind.get(HealthFact, []))
    apply_profiles(connection, by_kind.get(ProfileFact, []))
    apply_subjects(connection, by_kind.get(SubjectFact, []))
    apply_retractions(connection, by_kind.get(RetractionFact, []))
    apply_judgements(connection, by_kind.get(DriftFact, []))
    apply_acceptances(connection, by_kind.get(AcceptFact, []))
    apply_monitors(connection, by_kind.get(MonitorFact, []))
    apply_observations(connection, by_kind.get(ObservationFact, []))
    apply_alerts(connection, by_kind.get(AlertFact, []))
    apply_deliveries(connection, by_kind.get(DeliveryFact, []))
    apply_tasks(connection, by_kind.get(TaskFact, []))
    apply_batches(connection, by_kind.get(BatchFact, []))
    singles = (by_kind.get(kind, []) for kind in (PredictionFact, FeedbackFact))
    apply_single_rows(connection, *singles)
    told = [run_ids[uid] for uid, draft in drafts.items() if draft.begin or draft.end]
    completed = tuple(key for key in told if key < first_run)
    return Applied(*links, completed=completed, introduced=introduced)
