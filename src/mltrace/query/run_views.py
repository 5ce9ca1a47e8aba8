"""Views of components, their runs, and what these read, wrote and checked."""

from __future__ import annotations

from typing import Final

from mltrace.query.exported_views import exported_view
from mltrace.query.view import derived_view
from mltrace.store.exporting import shapes

COMPONENTS: Final = exported_view(
    shapes.COMPONENTS,
    "a component",
    """
    name: its name
    owner: who owns it
    description: what it does
    is_anonymising: whether what it writes holds no data of subjects any more
    declared_at: when it was declared the last time
    """,
)
COMPONENT_TAGS: Final = exported_view(
    shapes.COMPONENT_TAGS,
    "a tag of a component",
    """
    component: its name
    tag: the tag
    """,
)
RUNS: Final = exported_view(
    shapes.RUNS,
    "a run of a component",
    """
    run_id: its id, a UUIDv7 as text
    component: the component
    status: 'running', 'succeeded', 'failed' or 'aborted'
    started_at: when it started
    ended_at: when it ended; null while it runs
    duration_seconds: how long it took
    params: its parameters, as a JSON object
    metrics: its metrics, as a JSON object
    error_type: the class of the exception that ended it
    error_message: what the exception said
    error_traceback: where it was raised
    git_commit: the commit of the repository
    git_dirty: whether files differed from the commit
    code_digest: the digest of its source, which `code` has
    parent_id: the run inside of which it ran
    process_id: the process, of `processes`
    host: the machine
    details_removed_at: when retention removed its details
    """,
)
READS: Final = exported_view(
    shapes.READS,
    "something that a run read",
    """
    run_id: the run
    part: 'whole'; 'member' for a file of a folder; 'child' for what an inner run wrote and its
      outer run handed on
    position: its place among those of the run, from 0
    name: what the run calls it
    identity: the artifact: a path, a URI or the name of a variable
    digest: the digest of its content; null if it could not be digested
    kind: 'data', 'model', 'file', 'ids' or 'value'
    read_at: when it was read
    reason: why it has no digest, or is not kept
    component: the component of the run
    produced_by: the run that wrote it
    """,
)
WRITES: Final = exported_view(
    shapes.WRITES,
    "something that a run wrote",
    """
    run_id: the run
    part: 'whole'; 'member' for a file of a folder; 'child' for what an inner run wrote
    position: its place among those of the run, from 0
    name: what the run calls it
    identity: the artifact: a path, a URI or the name of a variable
    digest: the digest of its content; null if it could not be digested
    kind: 'data', 'model', 'file', 'ids' or 'value'
    written_at: when it was written
    reason: why it has no digest, or is not kept
    component: the component of the run
    is_in_place: whether the run changed what it had read
    """,
)
VERSIONS: Final = exported_view(
    shapes.VERSIONS,
    "a version of an artifact",
    """
    identity: the artifact: a path, a URI or the name of a variable
    digest: the digest of its content; null if it could not be digested
    kind: 'data', 'model', 'file', 'ids' or 'value'
    size_bytes: how large it is
    num_rows: how many rows it has, if it is a table
    columns: the names of its columns, as a JSON array
    dtypes: the types of its columns, as a JSON array
    is_trivial: whether it is too small for its content alone to tell where it came from
    """,
)
OUTPUT_IDS: Final = exported_view(
    shapes.OUTPUT_IDS,
    "an id of an output that a run wrote",
    """
    output_id: the id, as text
    run_id: the run
    name: the artifact of the ids
    digest: its digest
    written_at: when it was written
    """,
)
CHECKS: Final = exported_view(
    shapes.CHECKS,
    "a result of a check at the boundary of a run",
    """
    run_id: the run
    position: its place among those of the run, from 0
    check_name: the check
    test: which test of the check
    boundary: 'before' or 'after' the run
    status: 'passed', 'failed', 'error' or 'skipped'
    severity: 'warn' or 'block'
    message: what was found
    value: what was measured, as JSON
    seconds: how long it took
    component: the component of the run
    started_at: when the run started
    """,
    renamed={"check": "check_name", "when": "boundary"},
)
NOTES: Final = exported_view(
    shapes.NOTES,
    "a note on a run",
    """
    note_id: its id
    run_id: the run
    noted_at: when it was written
    text: what it says
    """,
)
INTERVALS: Final = exported_view(
    shapes.INTERVALS,
    "runs that sampling left out, counted by component, process and interval",
    """
    component: the component
    process_id: the process
    started_at: when the interval began
    seconds: how long it is
    num_runs: how many runs there were
    num_failed: how many of them failed
    total_seconds: how long they took in all
    min_seconds: how long the shortest took
    max_seconds: how long the longest took
    durations: a histogram of how long they took, as JSON
    errors: how many failed by which exception, as a JSON object
    """,
)
CHECK_INTERVALS: Final = exported_view(
    shapes.CHECK_INTERVALS,
    "results of a check in runs that sampling left out, counted",
    """
    component: the component
    process_id: the process
    started_at: when the interval began
    check_name: the check
    test: which test of the check
    num_passed: how many passed
    num_failed: how many failed
    num_errors: how many could not be told
    num_skipped: how many were skipped
    """,
    renamed={"check": "check_name"},
)
PROCESSES: Final = exported_view(
    shapes.PROCESSES,
    "a process that logged",
    """
    process_id: its id
    host: the machine
    python: the version of Python
    user: who ran it
    pid: its number there
    started_at: when it started
    environment_digest: its packages, of `environments`
    is_gone: whether it has ended
    """,
)
ENVIRONMENTS: Final = exported_view(
    shapes.ENVIRONMENTS,
    "a set of installed packages",
    """
    python: the version of Python
    packages: names and versions, as a JSON object
    environment_digest: its digest
    """,
)
CODE: Final = exported_view(
    shapes.CODE,
    "a source text of components",
    """
    text: the source
    code_digest: its digest, which `runs` name
    """,
)
HEALTH: Final = exported_view(
    shapes.HEALTH,
    "how a process fared with logging",
    """
    process_id: the process
    told_at: when it said so
    num_runs: how many runs it logged
    overhead_seconds: what that took of its time
    dropped: facts that were dropped, counted by reason, as JSON
    faults: faults of mltrace that were swallowed, counted by place, as JSON
    not_kept: values that were not kept, counted by reason, as JSON
    profiling_seconds: what profiles took of its time
    profiles: profiles that were made, counted by kind, as JSON
    not_profiled: data without a profile, counted by reason, as JSON
    """,
    renamed={"at": "told_at"},
)
SKIPPED_LINES: Final = exported_view(
    shapes.SKIPPED,
    "lines of a process that could not be read, counted by reason",
    """
    process_id: the process
    reason: 'damaged', 'unknown', 'unfit' or 'unfinished'
    num_lines: how many
    """,
)


DEPENDENCIES: Final = derived_view(
    ("dependencies", "a run that another run depends on, by what it read of it"),
    """
    SELECT run_id, component, produced_by AS upstream_run_id, name, identity, digest, kind, read_at
    FROM reads WHERE produced_by IS NOT NULL
    """,
    """
    run_id: the run that read
    component: its component
    upstream_run_id: the run that wrote what it read
    name: what the run that read calls it
    identity: the artifact
    digest: the digest of its content
    kind: 'data', 'model', 'file', 'ids' or 'value'
    read_at: TIMESTAMP WITH TIME ZONE | when it was read
    """,
    passed={
        "run_id": "run_id",
        "upstream_run_id": "produced_by",
        "identity": "identity",
        "digest": "digest",
    },
    reads="run_id component produced_by name identity digest kind read_at",
)
ARTIFACTS: Final = derived_view(
    ("artifacts", "a version of an artifact, with who wrote it and how often it was read"),
    """
    WITH written AS (
        SELECT identity, digest, kind, min(written_at) AS first_written_at,
            max(written_at) AS last_written_at, arg_max(run_id, written_at) AS produced_by,
            arg_max(component, written_at) AS component, count(*) AS num_writes
        FROM writes GROUP BY identity, digest, kind
    ), read AS (
        SELECT identity, digest, kind, max(read_at) AS last_read_at, count(*) AS num_reads
        FROM reads GROUP BY identity, digest, kind
    )
    SELECT v.identity AS name, v.digest, v.kind, v.size_bytes, v.num_rows, v.columns, v.dtypes,
        w.produced_by, w.component, w.first_written_at, w.last_written_at, r.last_read_at,
        coalesce(w.num_writes, 0) AS num_writes, coalesce(r.num_reads, 0) AS num_reads
    FROM versions v
    LEFT JOIN written w ON w.identity = v.identity AND w.kind = v.kind
        AND coalesce(w.digest, '') = coalesce(v.digest, '')
    LEFT JOIN read r ON r.identity = v.identity AND r.kind = v.kind
        AND coalesce(r.digest, '') = coalesce(v.digest, '')
    """,
    """
    name: the artifact: a path, a URI or the name of a variable
    digest: the digest of its content; null if it could not be digested
    kind: 'data', 'model', 'file', 'ids' or 'value'
    size_bytes: BIGINT | how large it is
    num_rows: BIGINT | how many rows it has, if it is a table
    columns: the names of its columns, as a JSON array
    dtypes: the types of its columns, as a JSON array
    produced_by: the run that wrote it last
    component: the component of that run
    first_written_at: TIMESTAMP WITH TIME ZONE | when it was written first
    last_written_at: TIMESTAMP WITH TIME ZONE | when it was written last
    last_read_at: TIMESTAMP WITH TIME ZONE | when it was read last
    num_writes: BIGINT | how often it was written
    num_reads: BIGINT | how often it was read
    """,
    passed={"name": "identity", "digest": "digest"},
    versions="identity digest kind size_bytes num_rows columns dtypes",
    writes="identity digest kind written_at run_id component",
    reads="identity digest kind read_at",
)

VIEWS: Final = (
    *(COMPONENTS, COMPONENT_TAGS, RUNS, ARTIFACTS, VERSIONS, READS, WRITES, DEPENDENCIES),
    *(OUTPUT_IDS, CHECKS, NOTES, CODE, ENVIRONMENTS, PROCESSES, INTERVALS, CHECK_INTERVALS),
    *(HEALTH, SKIPPED_LINES),
)
