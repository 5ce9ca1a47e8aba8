"""What is exported: of each table its name, its columns and the query that brings them.

Names and meanings are a contract with those who read the files (docs/stores.md): columns may be
added, never renamed. Row ids of the catalog stay inside; runs, processes and versions are known by
what they are known by everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from sqlalchemy import case, func, select

from mltrace.store.database import schema
from mltrace.store.rows.shared_texts import COLUMNS, DTYPES, PARAMS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select, Table

Kind = Literal["text", "run", "time", "span", "int", "float", "bool", "bytes"]
"""How a column is stored; 'run' are the bytes of a run id, 'time' and 'span' nanoseconds."""
ROWS: Final = 20_000
"""How many rows of a table are held and written at a time."""


class Field(NamedTuple):
    """A column of an exported table: its name, kind, and what brings it."""

    name: str
    kind: Kind
    of: ColumnElement[Any]


class Shape(NamedTuple):
    """An exported table, written so many rows at a time."""

    name: str
    fields: tuple[Field, ...]
    source: Any
    where: ColumnElement[bool] | None = None
    rows: int = ROWS

    def query(self) -> Select[Any]:
        """Select the rows, columns in order."""
        columns = [field.of.label(field.name) for field in self.fields]
        query = select(*columns).select_from(self.source)
        return query if self.where is None else query.where(self.where)


_run, _process, _component = schema.run, schema.process, schema.component
_version, _artifact, _producer = schema.version, schema.artifact, schema.run.alias("producer")
_git, _source, _environment = schema.git_state, schema.source, schema.environment
_NAMES: Final = {schema.WHOLE: "whole", schema.MEMBER: "member", schema.CHILD: "child"}


def _plain(table: Table, kind: Kind, *names: str, **renamed: str) -> tuple[Field, ...]:
    """Take columns as they are, or under another name."""
    fields = [Field(name, kind, table.c[name]) for name in names]
    return (*fields, *[Field(new, kind, table.c[old]) for new, old in renamed.items()])


def _linked(table: Table) -> Any:
    """Join reads or writes to their run and version."""
    return (
        table.join(_run, _run.c.id == table.c.run_id)
        .join(_version, _version.c.id == table.c.version_id)
        .join(_artifact, _artifact.c.id == table.c.artifact_id)
    )


def _link_fields(table: Table, at: str) -> tuple[Field, ...]:
    return (
        Field("run_id", "run", _run.c.uid),
        Field("part", "text", case(_NAMES, value=table.c.part)),
        *_plain(table, "int", "position"),
        Field("name", "text", func.coalesce(table.c.name, _artifact.c.identity)),
        Field("identity", "text", _artifact.c.identity),
        Field("digest", "text", func.nullif(_version.c.digest, "")),
        Field("kind", "text", _version.c.kind),
        Field(at, "time", table.c.at),
        *_plain(table, "text", "reason"),
    )


def _by_process(table: Table) -> Any:
    return table.join(_process, _process.c.id == table.c.process_id)


_PROCESS_ID: Final = Field("process_id", "text", _process.c.uid)
_COMPONENT: Final = Field("component", "text", _component.c.name)

RUNS: Final = Shape(
    "runs",
    (
        Field("run_id", "run", _run.c.uid),
        _COMPONENT,
        *_plain(_run, "text", "status"),
        *_plain(_run, "time", "started_at", "ended_at"),
        *_plain(_run, "span", duration_seconds="nanoseconds"),
        Field("params", "text", PARAMS),
        *_plain(_run, "text", "metrics", "error_type", "error_message", "error_traceback"),
        Field("git_commit", "text", _git.c.commit_hash),
        Field("git_dirty", "bool", _git.c.is_dirty),
        Field("code_digest", "text", _source.c.digest),
        *_plain(_run, "run", parent_id="parent_uid"),
        _PROCESS_ID,
        *_plain(_process, "text", "host"),
        *_plain(_run, "time", details_removed_at="pruned_at"),
    ),
    _run.join(_component, _component.c.id == _run.c.component_id)
    .outerjoin(_process, _process.c.id == _run.c.process_id)
    .outerjoin(_source, _source.c.id == _run.c.source_id)
    .outerjoin(_git, _git.c.id == _run.c.git_id),
)
READS: Final = Shape(
    "reads",
    (*_link_fields(schema.read, "read_at"), Field("produced_by", "run", _producer.c.uid)),
    _linked(schema.read).outerjoin(_producer, _producer.c.id == schema.read.c.producer_id),
)
WRITES: Final = Shape(
    "writes",
    (
        *_link_fields(schema.write, "written_at"),
        *_plain(schema.write, "bool", is_in_place="in_place"),
    ),
    _linked(schema.write),
)
VERSIONS: Final = Shape(
    "versions",
    (
        Field("identity", "text", _artifact.c.identity),
        Field("digest", "text", func.nullif(_version.c.digest, "")),
        *_plain(_version, "text", "kind"),
        *_plain(_version, "int", "size_bytes", "num_rows"),
        Field("columns", "text", COLUMNS),
        Field("dtypes", "text", DTYPES),
        *_plain(_version, "bool", "is_trivial"),
    ),
    _version.join(_artifact, _artifact.c.id == _version.c.artifact_id),
)
COMPONENTS: Final = Shape(
    "components",
    (
        *_plain(_component, "text", "name", "owner", "description"),
        *_plain(_component, "bool", "is_anonymising"),
        Field("declared_at", "time", func.nullif(_component.c.declared_at, 0)),
    ),
    _component,
)
COMPONENT_TAGS: Final = Shape(
    "component_tags",
    (_COMPONENT, *_plain(schema.component_tag, "text", "tag")),
    schema.component_tag.join(_component, _component.c.id == schema.component_tag.c.component_id),
)
CHECKS: Final = Shape(
    "checks",
    (
        Field("run_id", "run", _run.c.uid),
        *_plain(schema.check_result, "int", "position"),
        *_plain(schema.check_result, "text", check="check_name"),
        *_plain(schema.check_result, "text", "test", when="at_boundary"),
        *_plain(schema.check_result, "text", "status", "severity", "message", "value"),
        *_plain(schema.check_result, "float", "seconds"),
    ),
    schema.check_result.join(_run, _run.c.id == schema.check_result.c.run_id),
)
OUTPUT_IDS: Final = Shape(
    "output_ids",
    (
        *_plain(schema.output_id, "text", output_id="output"),
        Field("run_id", "run", _run.c.uid),
        Field("name", "text", _artifact.c.identity),
        Field("digest", "text", _version.c.digest),
        *_plain(schema.output_id, "time", written_at="at"),
    ),
    schema.output_id.join(_run, _run.c.id == schema.output_id.c.run_id)
    .join(_version, _version.c.id == schema.output_id.c.version_id)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id),
)
NOTES: Final = Shape(
    "notes",
    (
        *_plain(schema.note, "text", note_id="uid"),
        *_plain(schema.note, "run", run_id="run_uid"),
        *_plain(schema.note, "time", noted_at="at"),
        *_plain(schema.note, "text", "text"),
    ),
    schema.note,
)
FLAGS: Final = Shape(
    "flags",
    (
        *_plain(schema.flag, "text", "kind", output="subject"),
        Field("digest", "text", func.nullif(schema.flag.c.digest, "")),
        *_plain(schema.flag, "time", flagged_at="at"),
        *_plain(schema.flag, "bool", "is_flagged"),
        *_plain(schema.flag, "text", "reason", "flagged_by"),
    ),
    schema.flag,
)
PINS: Final = Shape(
    "pins",
    (
        *_plain(schema.pin, "run", run_id="run_uid"),
        *_plain(schema.pin, "time", pinned_at="at"),
        *_plain(schema.pin, "bool", "is_pinned"),
        *_plain(schema.pin, "text", "reason", "pinned_by"),
    ),
    schema.pin,
)
PROCESSES: Final = Shape(
    "processes",
    (
        _PROCESS_ID,
        *_plain(_process, "text", "host", "python", "user"),
        *_plain(_process, "int", "pid"),
        Field("started_at", "time", func.nullif(_process.c.started_at, 0)),
        Field("environment_digest", "text", _environment.c.digest),
        *_plain(_process, "bool", "is_gone"),
    ),
    _process.outerjoin(_environment, _environment.c.id == _process.c.environment_id),
)
ENVIRONMENTS: Final = Shape(
    "environments",
    _plain(_environment, "text", "python", "packages", environment_digest="digest"),
    _environment,
)
CODE: Final = Shape("code", _plain(_source, "text", "text", code_digest="digest"), _source)
INTERVALS: Final = Shape(
    "intervals",
    (
        _COMPONENT,
        _PROCESS_ID,
        *_plain(schema.run_interval, "time", "started_at"),
        *_plain(schema.run_interval, "float", "seconds"),
        *_plain(schema.run_interval, "int", "num_runs", "num_failed"),
        *_plain(schema.run_interval, "span", total_seconds="total_ns"),
        *_plain(schema.run_interval, "span", min_seconds="min_ns", max_seconds="max_ns"),
        *_plain(schema.run_interval, "text", "durations", "errors"),
    ),
    _by_process(schema.run_interval).join(
        _component, _component.c.id == schema.run_interval.c.component_id
    ),
)
CHECK_INTERVALS: Final = Shape(
    "check_intervals",
    (
        _COMPONENT,
        _PROCESS_ID,
        *_plain(schema.check_interval, "time", "started_at"),
        *_plain(schema.check_interval, "text", check="check_name"),
        *_plain(schema.check_interval, "text", "test"),
        *_plain(schema.check_interval, "int", "num_passed", "num_failed"),
        *_plain(schema.check_interval, "int", "num_errors", "num_skipped"),
    ),
    _by_process(schema.check_interval).join(
        _component, _component.c.id == schema.check_interval.c.component_id
    ),
)
HEALTH: Final = Shape(
    "health",
    (
        _PROCESS_ID,
        *_plain(schema.process_health, "time", "at"),
        *_plain(schema.process_health, "int", "num_runs"),
        *_plain(schema.process_health, "span", overhead_seconds="overhead_ns"),
        *_plain(schema.process_health, "text", "dropped", "faults", "not_kept"),
        *_plain(schema.process_health, "span", profiling_seconds="profiling_ns"),
        *_plain(schema.process_health, "text", "profiles", "not_profiled"),
    ),
    _by_process(schema.process_health),
)
PROFILES: Final = Shape(
    "profiles",
    (
        *_plain(schema.profile, "text", "digest"),
        *_plain(schema.profile, "time", profiled_at="at"),
        *_plain(schema.profile, "int", "num_rows", "num_profiled_rows"),
        *_plain(schema.profile, "float", "seconds"),
        *_plain(schema.profile, "bytes", profile="content"),
    ),
    schema.profile,
    rows=500,
)
SKIPPED: Final = Shape(
    "skipped_lines",
    (
        _PROCESS_ID,
        *_plain(schema.skipped, "text", "reason"),
        *_plain(schema.skipped, "int", num_lines="num"),
    ),
    _by_process(schema.skipped),
)
SUBJECTS: Final = Shape(
    "subject_sets",
    (
        Field("digest", "text", func.nullif(schema.subject_set.c.digest, "")),
        *_plain(schema.subject_set, "text", "identity", labels_digest="labels"),
        *_plain(schema.subject_set, "int", "num_labels"),
        *_plain(schema.subject_set, "time", said_at="at"),
    ),
    schema.subject_set,
)
RETRACTIONS: Final = Shape(
    "retractions",
    (
        *_plain(schema.retraction, "text", "label"),
        *_plain(schema.retraction, "time", retracted_at="at"),
        *_plain(schema.retraction, "bool", "is_retracted"),
        *_plain(schema.retraction, "float", "grace_seconds"),
        *_plain(schema.retraction, "text", "reason", "retracted_by"),
    ),
    schema.retraction,
)
DRIFT: Final = Shape(
    "drift",
    (
        Field("table", "text", schema.drift_judgement.c.table_name),
        *_plain(schema.drift_judgement, "text", "monitor", "digest"),
        *_plain(schema.drift_judgement, "text", "partition", "method"),
        *_plain(schema.drift_judgement, "run", run_id="run_uid"),
        *_plain(schema.drift_judgement, "time", "made_at", judged_at="at"),
        *_plain(schema.drift_judgement, "float", "score", "threshold", "p_value"),
        *_plain(schema.drift_judgement, "bool", "is_drift"),
        *_plain(schema.drift_judgement, "int", "num_history"),
        *_plain(schema.drift_judgement, "text", "settings"),
        *_plain(schema.drift_judgement, "bytes", "reference", "details"),
    ),
    schema.drift_judgement,
)
DRIFT_ACCEPTANCES: Final = Shape(
    "drift_acceptances",
    (
        *_plain(schema.drift_acceptance, "text", "digest"),
        *_plain(schema.drift_acceptance, "time", accepted_at="at"),
        *_plain(schema.drift_acceptance, "bool", "is_accepted"),
        *_plain(schema.drift_acceptance, "text", "reason", "accepted_by"),
    ),
    schema.drift_acceptance,
)
MONITORS: Final = Shape(
    "monitors",
    (
        *_plain(schema.monitor, "text", "name", "kind", "settings"),
        *_plain(schema.monitor, "bool", "is_active"),
        *_plain(schema.monitor, "time", declared_at="at"),
        *_plain(schema.monitor, "text", "declared_by"),
    ),
    schema.monitor,
)
OBSERVATIONS: Final = Shape(
    "observations",
    (
        *_plain(schema.observation, "text", "monitor", "subject", "point", "state", "message"),
        *_plain(schema.observation, "time", "made_at", observed_at="at"),
        *_plain(schema.observation, "float", "value", "threshold"),
        *_plain(schema.observation, "text", "component", "artifact", "digest", "columns"),
        *_plain(schema.observation, "run", run_id="run_uid"),
    ),
    schema.observation,
)
ALERTS: Final = Shape(
    "alerts",
    (
        *_plain(schema.alert, "text", "id", "monitor", "subject", "point", "kind", "severity"),
        *_plain(schema.alert, "text", "state", "role", "component", "owner", "artifact", "digest"),
        *_plain(schema.alert, "text", "columns", "message", "reason", "changed_by", "verdict"),
        *_plain(schema.alert, "text", incident_id="incident"),
        *_plain(schema.alert, "run", run_id="run_uid"),
        *_plain(schema.alert, "float", "value", "threshold"),
        *_plain(schema.alert, "time", "began_at", "opened_at", "changed_at", "resolved_at"),
        *_plain(schema.alert, "time", "snoozed_until"),
    ),
    schema.alert,
)
ALERT_CHANGES: Final = Shape(
    "alert_changes",
    (
        *_plain(schema.alert_change, "text", alert_id="alert"),
        *_plain(schema.alert_change, "text", "uid", "what", "changed_by", "reason", "point"),
        *_plain(schema.alert_change, "time", "until", changed_at="at"),
        *_plain(schema.alert_change, "text", "verdict", "role", "opening", incident_id="incident"),
    ),
    schema.alert_change,
)
DELIVERIES: Final = Shape(
    "deliveries",
    (
        *_plain(schema.delivery, "text", "notifier", "notice", "status", "what", "error"),
        *_plain(schema.delivery, "text", incident_id="incident"),
        *_plain(schema.delivery, "int", "num_attempts"),
        *_plain(schema.delivery, "time", "next_at", tried_at="at"),
    ),
    schema.delivery,
)

SHAPES: Final = (
    RUNS,
    READS,
    WRITES,
    VERSIONS,
    COMPONENTS,
    COMPONENT_TAGS,
    CHECKS,
    OUTPUT_IDS,
    NOTES,
    FLAGS,
    PINS,
    PROCESSES,
    ENVIRONMENTS,
    CODE,
    INTERVALS,
    CHECK_INTERVALS,
    HEALTH,
    PROFILES,
    SKIPPED,
    SUBJECTS,
    RETRACTIONS,
    DRIFT,
    DRIFT_ACCEPTANCES,
    MONITORS,
    OBSERVATIONS,
    ALERTS,
    ALERT_CHANGES,
    DELIVERIES,
)
"""All tables that are exported."""
