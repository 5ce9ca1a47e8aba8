"""What is exported: of each table its name, its columns and the query that brings them.

Names and meanings are a contract with those who read the files (docs/stores.md): columns may be
added, never renamed. Row ids of the catalog stay inside; runs, processes and versions are known by
what they are known by everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func

from mltrace.store.database import schema
from mltrace.store.exporting import monitor_shapes, task_shapes
from mltrace.store.exporting.shape import Field, Shape, plain
from mltrace.store.rows.shared_texts import COLUMNS, DTYPES, PARAMS

if TYPE_CHECKING:
    from sqlalchemy import Table

_run, _process, _component = schema.run, schema.process, schema.component
_version, _artifact, _producer = schema.version, schema.artifact, schema.run.alias("producer")
_git, _source, _environment = schema.git_state, schema.source, schema.environment
_PROCESS_ID: Final = Field("process_id", "text", _process.c.uid)
_COMPONENT: Final = Field("component", "text", _component.c.name)
_NAMES: Final = {schema.WHOLE: "whole", schema.MEMBER: "member", schema.CHILD: "child"}


def _linked(table: Table) -> Any:
    """Join reads or writes to their run and version."""
    return (
        table.join(_run, _run.c.id == table.c.run_id)
        .join(_component, _component.c.id == _run.c.component_id)
        .join(_version, _version.c.id == table.c.version_id)
        .join(_artifact, _artifact.c.id == table.c.artifact_id)
    )


def _link_fields(table: Table, at: str) -> tuple[Field, ...]:
    return (
        Field("run_id", "run", _run.c.uid),
        Field("part", "text", case(_NAMES, value=table.c.part)),
        *plain(table, "int", "position"),
        Field("name", "text", func.coalesce(table.c.name, _artifact.c.identity)),
        Field("identity", "text", _artifact.c.identity),
        Field("digest", "text", func.nullif(_version.c.digest, "")),
        Field("kind", "text", _version.c.kind),
        Field(at, "time", table.c.at),
        *plain(table, "text", "reason"),
        _COMPONENT,
    )


def _by_process(table: Table) -> Any:
    return table.join(_process, _process.c.id == table.c.process_id)


RUNS: Final = Shape(
    "runs",
    (
        Field("run_id", "run", _run.c.uid),
        _COMPONENT,
        *plain(_run, "text", "status"),
        *plain(_run, "time", "started_at", "ended_at"),
        *plain(_run, "span", duration_seconds="nanoseconds"),
        Field("params", "text", PARAMS),
        *plain(_run, "text", "metrics", "error_type", "error_message", "error_traceback"),
        Field("git_commit", "text", _git.c.commit_hash),
        Field("git_dirty", "bool", _git.c.is_dirty),
        Field("code_digest", "text", _source.c.digest),
        *plain(_run, "run", parent_id="parent_uid"),
        _PROCESS_ID,
        *plain(_process, "text", "host"),
        *plain(_run, "time", details_removed_at="pruned_at"),
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
        *plain(schema.write, "bool", is_in_place="in_place"),
    ),
    _linked(schema.write),
)
VERSIONS: Final = Shape(
    "versions",
    (
        Field("identity", "text", _artifact.c.identity),
        Field("digest", "text", func.nullif(_version.c.digest, "")),
        *plain(_version, "text", "kind"),
        *plain(_version, "int", "size_bytes", "num_rows"),
        Field("columns", "text", COLUMNS),
        Field("dtypes", "text", DTYPES),
        *plain(_version, "bool", "is_trivial"),
    ),
    _version.join(_artifact, _artifact.c.id == _version.c.artifact_id),
)
COMPONENTS: Final = Shape(
    "components",
    (
        *plain(_component, "text", "name", "owner", "description"),
        *plain(_component, "bool", "is_anonymising"),
        Field("declared_at", "time", func.nullif(_component.c.declared_at, 0)),
    ),
    _component,
)
COMPONENT_TAGS: Final = Shape(
    "component_tags",
    (_COMPONENT, *plain(schema.component_tag, "text", "tag")),
    schema.component_tag.join(_component, _component.c.id == schema.component_tag.c.component_id),
)
CHECKS: Final = Shape(
    "checks",
    (
        Field("run_id", "run", _run.c.uid),
        *plain(schema.check_result, "int", "position"),
        *plain(schema.check_result, "text", check="check_name"),
        *plain(schema.check_result, "text", "test", when="at_boundary"),
        *plain(schema.check_result, "text", "status", "severity", "message", "value"),
        *plain(schema.check_result, "float", "seconds"),
        _COMPONENT,
        *plain(_run, "time", "started_at"),
    ),
    schema.check_result.join(_run, _run.c.id == schema.check_result.c.run_id).join(
        _component, _component.c.id == _run.c.component_id
    ),
)
OUTPUT_IDS: Final = Shape(
    "output_ids",
    (
        *plain(schema.output_id, "text", output_id="output"),
        Field("run_id", "run", _run.c.uid),
        Field("name", "text", _artifact.c.identity),
        Field("digest", "text", _version.c.digest),
        *plain(schema.output_id, "time", written_at="at"),
    ),
    schema.output_id.join(_run, _run.c.id == schema.output_id.c.run_id)
    .join(_version, _version.c.id == schema.output_id.c.version_id)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id),
)
NOTES: Final = Shape(
    "notes",
    (
        *plain(schema.note, "text", note_id="uid"),
        *plain(schema.note, "run", run_id="run_uid"),
        *plain(schema.note, "time", noted_at="at"),
        *plain(schema.note, "text", "text"),
    ),
    schema.note,
)
FLAGS: Final = Shape(
    "flags",
    (
        *plain(schema.flag, "text", "kind", output="subject"),
        Field("digest", "text", func.nullif(schema.flag.c.digest, "")),
        *plain(schema.flag, "time", flagged_at="at"),
        *plain(schema.flag, "bool", "is_flagged"),
        *plain(schema.flag, "text", "reason", "flagged_by"),
    ),
    schema.flag,
)
PINS: Final = Shape(
    "pins",
    (
        *plain(schema.pin, "run", run_id="run_uid"),
        *plain(schema.pin, "time", pinned_at="at"),
        *plain(schema.pin, "bool", "is_pinned"),
        *plain(schema.pin, "text", "reason", "pinned_by"),
    ),
    schema.pin,
)
PROCESSES: Final = Shape(
    "processes",
    (
        _PROCESS_ID,
        *plain(_process, "text", "host", "python", "user"),
        *plain(_process, "int", "pid"),
        Field("started_at", "time", func.nullif(_process.c.started_at, 0)),
        Field("environment_digest", "text", _environment.c.digest),
        *plain(_process, "bool", "is_gone"),
    ),
    _process.outerjoin(_environment, _environment.c.id == _process.c.environment_id),
)
ENVIRONMENTS: Final = Shape(
    "environments",
    plain(_environment, "text", "python", "packages", environment_digest="digest"),
    _environment,
)
CODE: Final = Shape("code", plain(_source, "text", "text", code_digest="digest"), _source)
INTERVALS: Final = Shape(
    "intervals",
    (
        _COMPONENT,
        _PROCESS_ID,
        *plain(schema.run_interval, "time", "started_at"),
        *plain(schema.run_interval, "float", "seconds"),
        *plain(schema.run_interval, "int", "num_runs", "num_failed"),
        *plain(schema.run_interval, "span", total_seconds="total_ns"),
        *plain(schema.run_interval, "span", min_seconds="min_ns", max_seconds="max_ns"),
        *plain(schema.run_interval, "text", "durations", "errors"),
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
        *plain(schema.check_interval, "time", "started_at"),
        *plain(schema.check_interval, "text", check="check_name"),
        *plain(schema.check_interval, "text", "test"),
        *plain(schema.check_interval, "int", "num_passed", "num_failed"),
        *plain(schema.check_interval, "int", "num_errors", "num_skipped"),
    ),
    _by_process(schema.check_interval).join(
        _component, _component.c.id == schema.check_interval.c.component_id
    ),
)
HEALTH: Final = Shape(
    "health",
    (
        _PROCESS_ID,
        *plain(schema.process_health, "time", "at"),
        *plain(schema.process_health, "int", "num_runs"),
        *plain(schema.process_health, "span", overhead_seconds="overhead_ns"),
        *plain(schema.process_health, "text", "dropped", "faults", "not_kept"),
        *plain(schema.process_health, "span", profiling_seconds="profiling_ns"),
        *plain(schema.process_health, "text", "profiles", "not_profiled"),
    ),
    _by_process(schema.process_health),
)
PROFILES: Final = Shape(
    "profiles",
    (
        *plain(schema.profile, "text", "digest"),
        *plain(schema.profile, "time", profiled_at="at"),
        *plain(schema.profile, "int", "num_rows", "num_profiled_rows"),
        *plain(schema.profile, "float", "seconds"),
        *plain(schema.profile, "bytes", profile="content"),
    ),
    schema.profile,
    rows=500,
)
SKIPPED: Final = Shape(
    "skipped_lines",
    (
        _PROCESS_ID,
        *plain(schema.skipped, "text", "reason"),
        *plain(schema.skipped, "int", num_lines="num"),
    ),
    _by_process(schema.skipped),
)
SUBJECTS: Final = Shape(
    "subject_sets",
    (
        Field("digest", "text", func.nullif(schema.subject_set.c.digest, "")),
        *plain(schema.subject_set, "text", "identity", labels_digest="labels"),
        *plain(schema.subject_set, "int", "num_labels"),
        *plain(schema.subject_set, "time", said_at="at"),
    ),
    schema.subject_set,
)
RETRACTIONS: Final = Shape(
    "retractions",
    (
        *plain(schema.retraction, "text", "label"),
        *plain(schema.retraction, "time", retracted_at="at"),
        *plain(schema.retraction, "bool", "is_retracted"),
        *plain(schema.retraction, "float", "grace_seconds"),
        *plain(schema.retraction, "text", "reason", "retracted_by"),
    ),
    schema.retraction,
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
    *monitor_shapes.SHAPES,
    *task_shapes.SHAPES,
)
"""All tables that are exported."""
