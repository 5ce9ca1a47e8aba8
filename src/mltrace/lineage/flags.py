"""Marks outputs as bad, takes marks back and lists them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mltrace.errors import ArgumentError, unknown
from mltrace.lineage.refs import load_refs
from mltrace.lineage.targets import resolve
from mltrace.records import ArtifactRef, Flag, RecordList
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text
from mltrace.store.facts import FlagFact
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_flag, _version, _artifact, _write = schema.flag, schema.version, schema.artifact, schema.write
_output, _run = schema.output_id, schema.run

Subject = tuple[str, str, str]
"""What a flag is on: its kind, output id or identity, and digest."""

_FLAGS: Final = select(_flag).where(_flag.c.is_flagged).order_by(_flag.c.at.desc(), _flag.c.subject)
_FLAGGED_VERSIONS: Final = (
    select(_flag.c.subject, _flag.c.digest, _version.c.id)
    .join(_artifact, _artifact.c.identity == _flag.c.subject)
    .join(
        _version,
        (_version.c.artifact_id == _artifact.c.id) & (_version.c.digest == _flag.c.digest),
    )
    .where(_flag.c.kind == "version", _flag.c.is_flagged)
)
_FLAGGED_IDS: Final = (
    select(_output.c.output, _output.c.version_id, _output.c.run_id, _run.c.uid)
    .join(_flag, _flag.c.subject == _output.c.output)
    .join(_run, _run.c.id == _output.c.run_id)
    .where(_flag.c.kind == "id", _flag.c.is_flagged)
    .order_by(_output.c.at, _output.c.run_id)
)
_WRITTEN: Final = (
    select(_artifact.c.identity, _version.c.digest)
    .select_from(_write)
    .join(_version, _version.c.id == _write.c.version_id)
    .join(_artifact, _artifact.c.id == _write.c.artifact_id)
    .where(_write.c.part == schema.WHOLE)  # not each file of a folder
    .order_by(_write.c.position)
)
_VERSIONS: Final = (
    select(_artifact.c.identity, _version.c.digest)
    .join(_artifact, _artifact.c.id == _version.c.artifact_id)
    .where(_version.c.id.in_(CHOSEN))
)


def list_flags(connection: Connection) -> RecordList[Flag]:
    """List what is flagged, newest first.

    Notes
    -----
    An output id belongs to the run that made it last. Cost: a fixed number of queries.
    """
    versions = {
        (subject, digest): version_id
        for subject, digest, version_id in connection.execute(_FLAGGED_VERSIONS)
    }
    ids = {row.output: row for row in connection.execute(_FLAGGED_IDS)}
    held = {row.version_id for row in ids.values()}
    refs = load_refs(connection, {*versions.values(), *held})
    flags = []
    for row in connection.execute(_FLAGS):
        if row.kind == "id":
            found = ids.get(row.subject)
            ref = refs.get(found.version_id) if found is not None else None
            flags.append(_id_flag(row, ref, uid_text(found.uid) if found is not None else None))
        else:
            version_id = versions.get((row.subject, row.digest), 0)
            flags.append(_version_flag(row, refs.get(version_id)))
    return RecordList(flags, of=Flag)


def find_subjects(connection: Connection, what: object) -> list[Subject]:
    """Find what a flag on `what` is on: an output id, a version, or all that a run wrote.

    Raises
    ------
    UnknownNameError
        If there is no such output or run.
    ArgumentError
        If the run wrote nothing.
    """
    target = resolve(connection, what)
    if target.kind == "id":
        return [("id", target.label, "")]
    if target.kind == "run":
        rows = connection.execute(_WRITTEN.where(_write.c.run_id == target.run_id)).all()
        if not rows:
            raise ArgumentError(f"The run {target.label} wrote nothing that could be flagged.")
    else:
        rows = connection.execute(_VERSIONS, choose([target.version_id or 0])).all()
    return list(dict.fromkeys(("version", identity, digest) for identity, digest in rows))


def find_flagged_subjects(connection: Connection, what: object) -> list[Subject]:
    """Find the subjects among those of `what` that are flagged.

    A bare name means its latest version, or if that is not flagged, all its flagged versions.

    Raises
    ------
    UnknownNameError
        If none is; the message lists the nearest flagged outputs.
    """
    subjects = find_subjects(connection, what)
    flagged = all_subjects(connection)
    found = [subject for subject in flagged if subject in subjects]
    if not found and isinstance(what, str | os.PathLike) and "@" not in str(what):
        names = {(kind, name) for kind, name, _ in subjects if kind == "version"}
        found = [subject for subject in flagged if subject[:2] in names]
    if not found:
        outputs = [flag.output for flag in list_flags(connection)]
        label = resolve(connection, what).label
        raise unknown("flagged output", label, outputs, hint="See `mltrace flagged`.")
    return found


def all_subjects(connection: Connection) -> list[Subject]:
    """List everything that is flagged."""
    return [(row.kind, row.subject, row.digest) for row in connection.execute(_FLAGS)]


def flag_facts(
    connection: Connection,
    subjects: Iterable[Subject],
    *,
    is_flagged: bool,
    reason: str = "",
    by: str = "",
) -> list[FlagFact]:
    """Make the facts that flag subjects or take their flags back, each later than the last one."""
    known = {
        (row.kind, row.subject, row.digest): row.at for row in connection.execute(select(_flag))
    }
    now = now_ns()
    return [
        FlagFact(
            kind=subject[0],
            subject=subject[1],
            digest=subject[2],
            at=max(now, known.get(subject, 0) + 1),
            is_flagged=is_flagged,
            reason=reason,
            by=by,
        )
        for subject in subjects
    ]


def flags_of(connection: Connection, subjects: Iterable[Subject]) -> RecordList[Flag]:
    """List the flags on the given subjects, newest first."""
    outputs = set(subjects)
    flags = list_flags(connection)
    kept = [
        flag
        for flag, subject in zip(flags, all_subjects(connection), strict=True)
        if subject in outputs
    ]
    return RecordList(kept, of=Flag)


def _id_flag(row: Any, ref: ArtifactRef | None, maker: str | None) -> Flag:
    return Flag(
        output=row.subject,
        name=ref.name if ref else row.subject,
        digest=ref.digest if ref else None,
        kind="ids",
        produced_by=maker,
        reason=row.reason,
        flagged_at=to_datetime(row.at),
        flagged_by=row.flagged_by or None,
    )


def _version_flag(row: Any, ref: ArtifactRef | None) -> Flag:
    name = ref.name if ref else row.subject
    return Flag(
        output=f"{name}@{row.digest[:12]}" if row.digest else name,
        name=name,
        digest=row.digest or None,
        kind=ref.kind if ref else "data",
        produced_by=ref.produced_by if ref else None,
        reason=row.reason,
        flagged_at=to_datetime(row.at),
        flagged_by=row.flagged_by or None,
    )
