"""The tables of the catalog, the same for every database.

Integer surrogate keys keep lineage queries fast; times are nanoseconds since 1970, UTC; run ids
are the 16 bytes of a UUIDv7. `read.producer_id` is derived: the run that wrote what was read.
`read.part` and `write.part` tell what crossed as a whole from the files of a folder (`MEMBER`) and
from what a run inside the run wrote and the run handed on (`CHILD`, derived as well).
What many rows repeat (schemas of tables, long parameters) stands once, in `shared_text`.
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
    Text,
    UniqueConstraint,
    false,
    text,
)

SCHEMA_VERSION: Final = 3

WHOLE: Final = 0
MEMBER: Final = 1
CHILD: Final = 2

metadata = MetaData()

store_info = Table(
    "store_info",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

spool_file = Table(
    "spool_file",
    metadata,
    Column("name", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

process = Table(
    "process",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, unique=True, nullable=False),
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
    Column("reason", Text, primary_key=True),
    Column("num", Integer, nullable=False),
    sqlite_with_rowid=False,
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
)

environment = Table(
    "environment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, unique=True, nullable=False),
    Column("python", Text, nullable=False),
    Column("packages", Text, nullable=False),
)

git_state = Table(
    "git_state",
    metadata,
    Column("id", Integer, primary_key=True),
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
    Column("id", Integer, primary_key=True),
    Column("digest", Text, unique=True, nullable=False),
    Column("text", Text),
)

shared_text = Table(
    "shared_text",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary(16), unique=True, nullable=False),
    Column("text", Text),
)

component = Table(
    "component",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True, nullable=False),
    Column("owner", Text),
    Column("description", Text, nullable=False, default=""),
    Column("is_anonymising", Boolean, nullable=False, default=False, server_default=false()),
    Column("declared_at", BigInteger, nullable=False, default=0),
)

component_tag = Table(
    "component_tag",
    metadata,
    Column("tag", Text, primary_key=True),
    Column("component_id", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
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
        sqlite_where=text("status = 'running'"),
        postgresql_where=text("status = 'running'"),
    ),
    Index(
        "run_by_parent",
        "parent_uid",
        sqlite_where=text("parent_uid IS NOT NULL"),
        postgresql_where=text("parent_uid IS NOT NULL"),
    ),
)

artifact = Table(
    "artifact",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", Text, unique=True, nullable=False),
)

version = Table(
    "version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("artifact_id", Integer, nullable=False),
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

read = Table(
    "read",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version_id", Integer, nullable=False),
    Column("artifact_id", Integer, nullable=False),
    Column("name", Text),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text),
    Column("producer_id", Integer),
    UniqueConstraint("run_id", "part", "position"),
    Index("read_upstream", "run_id", "producer_id"),
    Index("read_downstream", "producer_id", "run_id"),
    Index("read_by_version", "version_id", "at"),
    Index("read_by_artifact", "artifact_id", "at"),
)

write = Table(
    "write",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version_id", Integer, nullable=False),
    Column("artifact_id", Integer, nullable=False),
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
    Column("output", Text, primary_key=True),
    Column("run_id", Integer, primary_key=True),
    Column("version_id", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("output_id_by_run", "run_id"),
    sqlite_with_rowid=False,
)

check_result = Table(
    "check_result",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("check_name", Text, nullable=False),
    Column("test", Text, nullable=False),
    Column("at_boundary", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("value", Text),
    Column("seconds", Float, nullable=False),
    sqlite_with_rowid=False,
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
    Column("num_logged", BigInteger, nullable=False),
    Column("total_ns", BigInteger, nullable=False),
    Column("min_ns", BigInteger, nullable=False),
    Column("max_ns", BigInteger, nullable=False),
    Column("durations", Text),
    Column("errors", Text),
    sqlite_with_rowid=False,
)

check_interval = Table(
    "check_interval",
    metadata,
    Column("component_id", Integer, primary_key=True),
    Column("started_at", BigInteger, primary_key=True),
    Column("process_id", Integer, primary_key=True),
    Column("check_name", Text, primary_key=True),
    Column("test", Text, primary_key=True),
    Column("num_passed", BigInteger, nullable=False),
    Column("num_failed", BigInteger, nullable=False),
    Column("num_errors", BigInteger, nullable=False),
    Column("num_skipped", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

pin = Table(
    "pin",
    metadata,
    Column("run_uid", LargeBinary(16), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("pinned_by", Text, nullable=False),
    sqlite_with_rowid=False,
)

note = Table(
    "note",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("run_uid", LargeBinary(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Index("note_by_run", "run_uid", "at"),
)

flag = Table(
    "flag",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("is_flagged", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("flagged_by", Text, nullable=False),
    sqlite_with_rowid=False,
)

subject_set = Table(
    "subject_set",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("labels", Text, primary_key=True),
    Column("num_labels", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
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
    sqlite_with_rowid=False,
)
