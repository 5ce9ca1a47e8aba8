"""The tables of the catalog, the same for every database.

Integer surrogate keys keep lineage queries fast; times are nanoseconds since 1970, UTC; run ids
are the 16 bytes of a UUIDv7. `read.producer_id` is derived: the run that wrote what was read.
`read.part` and `write.part` tell what crossed as a whole from the files of a folder (`MEMBER`) and
from what a run inside the run wrote and the run handed on (`CHILD`, derived as well).
What many rows repeat (schemas of tables, long parameters) stands once, in `shared_text`.
`component.num_runs` counts rows of `run`, of which there may be a million.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    false,
    text,
)

from mltrace.store.database.alert_tables import (
    alert_change_table,
    alert_table,
    delivery_table,
    monitor_table,
    observation_table,
)
from mltrace.store.database.column_types import Key, Number, Text
from mltrace.store.database.drift_tables import acceptance_table, judgement_table
from mltrace.store.database.task_tables import segment_table, task_table

SCHEMA_VERSION: Final = 6

WHOLE: Final = 0
MEMBER: Final = 1
CHILD: Final = 2

CLUSTERED: Final = {"is_clustered": True}
"""Of a table: its rows lie in the order of their key, where the database knows how."""

metadata = MetaData()

store_info = Table(
    "store_info",
    metadata,
    Column("key", Key, primary_key=True),
    Column("value", Text, nullable=False),
    info=CLUSTERED,
)

spool_file = Table(
    "spool_file",
    metadata,
    Column("name", Key, primary_key=True),
    Column("offset", BigInteger, nullable=False),
    info=CLUSTERED,
)

process = Table(
    "process",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("uid", Key, unique=True, nullable=False),
    Column("host", Text, nullable=False, default=""),
    Column("pid", Integer, nullable=False, default=0),
    Column("python", Text, nullable=False, default=""),
    Column("user", Text, nullable=False, default=""),
    Column("started_at", BigInteger, nullable=False, default=0),
    Column("environment_id", Integer),
    Column("is_gone", Boolean, nullable=False, default=False),
)

skipped = Table(
    "skipped",
    metadata,
    Column("process_id", Integer, primary_key=True),
    Column("reason", Key, primary_key=True),
    Column("num", Integer, nullable=False),
    info=CLUSTERED,
)

process_health = Table(
    "process_health",
    metadata,
    Column("process_id", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("num_runs", BigInteger, nullable=False),
    Column("overhead_ns", BigInteger, nullable=False),
    Column("dropped", Text),
    Column("faults", Text),
    Column("not_kept", Text),
    Column("profiling_ns", BigInteger, nullable=False),
    Column("profiles", Text),
    Column("not_profiled", Text),
)

environment = Table(
    "environment",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", Key, unique=True, nullable=False),
    Column("python", Text, nullable=False),
    Column("packages", Text, nullable=False),
)

git_state = Table(
    "git_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("process_id", Integer, nullable=False),
    Column("key", Integer, nullable=False),
    Column("commit_hash", Text),
    Column("is_dirty", Boolean),
    Column("diff_digest", Text),
    UniqueConstraint("process_id", "key"),
)

source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", Key, unique=True, nullable=False),
    Column("text", Text),
)

shared_text = Table(
    "shared_text",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(16), unique=True, nullable=False),
    Column("text", Text),
)

component = Table(
    "component",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Key, unique=True, nullable=False),
    Column("owner", Text),
    Column("description", Text, nullable=False, default=""),
    Column("is_anonymising", Boolean, nullable=False, default=False, server_default=false()),
    Column("declared_at", BigInteger, nullable=False, default=0),
    Column("table_keys", Text),
    Column("num_runs", BigInteger, nullable=False, default=0, server_default=text("0")),
)

component_tag = Table(
    "component_tag",
    metadata,
    Column("tag", Key, primary_key=True),
    Column("component_id", Integer, primary_key=True),
    info=CLUSTERED,
)

run = Table(
    "run",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("uid", LargeBinary(16), unique=True, nullable=False),
    Column("component_id", Integer),
    Column("process_id", Integer),
    Column("status", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("nanoseconds", BigInteger),
    Column("parent_uid", LargeBinary(16)),
    Column("source_id", Integer),
    Column("git_id", Integer),
    Column("params", Text),
    Column("params_id", Integer),
    Column("metrics", Text),
    Column("error_type", Text),
    Column("error_message", Text),
    Column("error_traceback", Text),
    Column("unread", Text),
    Column("pruned_at", BigInteger),
    Index("run_by_start", "started_at"),
    Index("run_by_component", "component_id", "started_at"),
    Index(
        "run_unfinished",
        "process_id",
        info={"where": text("status = 'running'")},
    ),
    Index(
        "run_by_parent",
        "parent_uid",
        info={"where": text("parent_uid IS NOT NULL")},
    ),
)

artifact = Table(
    "artifact",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("identity", Key, unique=True, nullable=False),
)

version = Table(
    "version",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("artifact_id", Number, nullable=False),
    Column("digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("size_bytes", BigInteger),
    Column("num_rows", BigInteger),
    Column("columns_id", Integer),
    Column("dtypes_id", Integer),
    Column("is_trivial", Boolean, nullable=False),
    UniqueConstraint("artifact_id", "digest", "kind"),
    Index("version_by_digest", "digest"),
)

profile = Table(
    "profile",
    metadata,
    Column("digest", Key, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("num_rows", BigInteger, nullable=False),
    Column("num_profiled_rows", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

read = Table(
    "read",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("run_id", Number, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version_id", Number, nullable=False),
    Column("artifact_id", Number, nullable=False),
    Column("name", Text),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text),
    Column("producer_id", Number),
    UniqueConstraint("run_id", "part", "position"),
    Index("read_upstream", "run_id", "producer_id"),
    Index("read_downstream", "producer_id", "run_id"),
    Index("read_by_version", "version_id", "at"),
    Index("read_by_artifact", "artifact_id", "at"),
)

write = Table(
    "write",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("run_id", Number, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version_id", Number, nullable=False),
    Column("artifact_id", Number, nullable=False),
    Column("name", Text),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text),
    Column("in_place", Boolean, nullable=False),
    UniqueConstraint("run_id", "part", "position"),
    Index("write_by_version", "version_id", "at"),
    Index("write_by_artifact", "artifact_id", "at"),
)

output_id = Table(
    "output_id",
    metadata,
    Column("output", Key, primary_key=True),
    Column("run_id", Number, primary_key=True),
    Column("version_id", Number, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("output_id_by_run", "run_id"),
    info=CLUSTERED,
)

check_result = Table(
    "check_result",
    metadata,
    Column("run_id", Number, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("check_name", Text, nullable=False),
    Column("test", Text, nullable=False),
    Column("at_boundary", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("value", Text),
    Column("seconds", Float, nullable=False),
    info=CLUSTERED,
)

run_interval = Table(
    "run_interval",
    metadata,
    Column("component_id", Integer, primary_key=True),
    Column("started_at", BigInteger, primary_key=True),
    Column("process_id", Integer, primary_key=True),
    Column("seconds", Float, nullable=False),
    Column("num_runs", BigInteger, nullable=False),
    Column("num_failed", BigInteger, nullable=False),
    Column("total_ns", BigInteger, nullable=False),
    Column("min_ns", BigInteger, nullable=False),
    Column("max_ns", BigInteger, nullable=False),
    Column("durations", Text),
    Column("errors", Text),
    info=CLUSTERED,
)

check_interval = Table(
    "check_interval",
    metadata,
    Column("component_id", Integer, primary_key=True),
    Column("started_at", BigInteger, primary_key=True),
    Column("process_id", Integer, primary_key=True),
    Column("check_name", Key, primary_key=True),
    Column("test", Key, primary_key=True),
    Column("num_passed", BigInteger, nullable=False),
    Column("num_failed", BigInteger, nullable=False),
    Column("num_errors", BigInteger, nullable=False),
    Column("num_skipped", BigInteger, nullable=False),
    info=CLUSTERED,
)

pin = Table(
    "pin",
    metadata,
    Column("run_uid", LargeBinary(16), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("pinned_by", Text, nullable=False),
    info=CLUSTERED,
)

note = Table(
    "note",
    metadata,
    Column("uid", Key, primary_key=True),
    Column("run_uid", LargeBinary(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Index("note_by_run", "run_uid", "at"),
)

flag = Table(
    "flag",
    metadata,
    Column("kind", Key, primary_key=True),
    Column("subject", Key, primary_key=True),
    Column("digest", Key, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("is_flagged", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("flagged_by", Text, nullable=False),
    info=CLUSTERED,
)

subject_set = Table(
    "subject_set",
    metadata,
    Column("digest", Key, primary_key=True),
    Column("identity", Key, primary_key=True),
    Column("labels", Key, primary_key=True),
    Column("num_labels", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    info=CLUSTERED,
)

retraction = Table(
    "retraction",
    metadata,
    Column("label", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("is_retracted", Boolean, nullable=False),
    Column("grace_seconds", Float),
    Column("reason", Text, nullable=False),
    Column("retracted_by", Text, nullable=False),
    info=CLUSTERED,
)

drift_judgement = judgement_table(metadata)
drift_acceptance = acceptance_table(metadata)

monitor = monitor_table(metadata)
observation = observation_table(metadata)
alert = alert_table(metadata)
alert_change = alert_change_table(metadata)
delivery = delivery_table(metadata)

task = task_table(metadata)
segment = segment_table(metadata)
