"""Works out what a user means: a name, a version, an output id, a run or a component."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, select

from mltrace.errors import ArgumentError, UnknownNameError, unknown
from mltrace.escaping import encodable
from mltrace.lineage.names import (
    HEX,
    SHORTEST_PREFIX,
    ambiguous,
    find_by_ending,
    find_named,
    find_runs,
    list_candidates,
)
from mltrace.lineage.predictions import can_look_up, predictions_of
from mltrace.records import ArtifactRef, Flag, Run
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

_run, _artifact, _version = schema.run, schema.artifact, schema.version
_read, _write, _component = schema.read, schema.write, schema.component


@dataclass(frozen=True, slots=True)
class Target:
    """What a query starts from.

    Attributes
    ----------
    label : str
        How to name it to the user.
    kind : {"artifact", "id", "run"}
        A version of an artifact, a single output id, or a run.
    run_id : int or None
        The run itself, or the run that made the artifact; None if no run did.
    version_id : int or None
        The version of the artifact, or of the `ids` artifact that holds the output id.
    is_latest : bool
        Whether an artifact was named and no version of it, so that its latest one is meant.
    """

    label: str
    kind: Literal["artifact", "id", "run"]
    run_id: int | None
    version_id: int | None = None
    is_latest: bool = False


def resolve(connection: Connection, what: object, *, at: int | None = None) -> Target:
    """Find the run or output that `what` means, now or at a time in nanoseconds.

    Texts are tried in this order: the name of an artifact, as spelled or as a file from here (its
    latest version), `name@digest-prefix`, an output id, a run id, the id of a prediction, unless a
    component has that name, a prefix of a run id, a digest or its prefix, the end of a path, and
    last the name of a component (its latest run). With `at`, what
    counts as latest is what was then.

    Raises
    ------
    UnknownNameError
        If nothing fits, with the nearest matches; or if what fits was not there yet.
    AmbiguousNameError
        If several things fit equally well.
    ArgumentError
        If `what` is none of the types that can name an output or run.
    """
    if isinstance(what, Run):
        return _run_target(connection, resolve_run(connection, what), at)
    if isinstance(what, ArtifactRef):
        return _resolve_ref(connection, what, at)
    if isinstance(what, Flag):
        what = what.output
    if isinstance(what, os.PathLike):
        return _resolve_path(connection, encodable(os.fsdecode(what)), at)
    if isinstance(what, bool) or not isinstance(what, str | int | uuid.UUID):
        raise ArgumentError(
            f"A {type(what).__name__} names no output or run; give a name, name@digest, an output "
            "id, a run id, or a Run, ArtifactRef or Path."
        )
    text = encodable(str(what))
    found = (
        _by_name(connection, text, at)
        or _by_output(connection, text, at)
        or _by_prediction(connection, text, at)
        or _by_run(connection, text, at)
        or _by_digest(connection, text, at)
        or _by_suffix(connection, text, at)
        or _by_component(connection, text, at)
    )
    if found is None:
        raise _unknown_target(connection, str(what))
    return found


def resolve_run(connection: Connection, what: object) -> int:
    """Find the row id of a run by its record, its id, a unique prefix of that, or an id it made.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    AmbiguousNameError
        If several ids start so.
    ArgumentError
        If `what` is neither a run nor text.
    """
    if isinstance(what, Run):
        what = what.id
    if not isinstance(what, str | uuid.UUID):
        raise ArgumentError(
            f"A {type(what).__name__} names no run; give a Run or its id, or a prefix of it."
        )
    found = find_runs(connection, str(what))
    if not found and (maker := _maker_of_id(connection, encodable(str(what)))) is not None:
        return maker
    if not found:
        latest = select(_run.c.uid).order_by(_run.c.started_at.desc()).limit(200)
        known = [uid_text(uid) for uid in connection.execute(latest).scalars()]
        hint = "Give an id, or its first 4 or more characters; see `mltrace recent`."
        if _by_component(connection, str(what), None) is not None:
            hint = f"{what!r} is a component; its runs: `mltrace history {what}`."
        raise unknown("run", str(what), known, hint=hint)
    return _only_run(str(what), found)


def resolve_artifact(connection: Connection, what: object, *, at: int | None = None) -> Target:
    """Find an artifact by its name (its latest version), `name@digest-prefix` or digest.

    Raises
    ------
    UnknownNameError
        If there is none, or `what` names something that is no artifact.
    """
    target = resolve(connection, what, at=at)
    if target.kind != "artifact":
        noun = "a run" if target.kind == "run" else "an output id"
        raise UnknownNameError(
            f"{str(what)!r} names {noun}, not an artifact; `mltrace inspect` and `mltrace recent` "
            "say which artifacts runs read and wrote."
        )
    return target


def resolve_version(connection: Connection, what: object, *, at: int | None = None) -> int:
    """Find the row id of an artifact version, as `resolve_artifact` does."""
    return resolve_artifact(connection, what, at=at).version_id or 0


def maker_of(connection: Connection, version_id: int, at: int | None = None) -> int | None:
    """Find the run that made a version: its latest writer, else what its last read came from."""
    for link, column in ((_write, _write.c.run_id), (_read, _read.c.producer_id)):
        query = select(column).where(link.c.version_id == version_id, column.is_not(None))
        query = _until(query, link.c.at, at)
        found: int | None = connection.execute(
            query.order_by(link.c.at.desc(), link.c.id.desc()).limit(1)
        ).scalar()
        if found is not None:
            return found
    return None


def _until(query: Select[Any], column: Any, at: int | None) -> Select[Any]:
    return query if at is None else query.where(column <= at)


def _resolve_ref(connection: Connection, ref: ArtifactRef, at: int | None) -> Target:
    identity = ref.identity or ref.name
    query = (
        select(_version.c.id, _version.c.digest)
        .join(_artifact, _artifact.c.id == _version.c.artifact_id)
        .where(_artifact.c.identity == identity, _version.c.digest == (ref.digest or ""))
    )
    found = connection.execute(query).first()
    if found is None:
        raise unknown("artifact", ref.name, list_candidates(connection))
    return _artifact_target(connection, ref.name, found.id, at)


def _resolve_path(connection: Connection, path: str, at: int | None) -> Target:
    artifact_id = find_named(connection, path)
    found = None
    if artifact_id is not None:
        found = _latest_target(connection, path, artifact_id, at=at)
    found = found or _by_suffix(connection, path, at)
    if found is None:
        raise unknown("artifact", path, list_candidates(connection))
    return found


def _by_name(connection: Connection, text: str, at: int | None) -> Target | None:
    artifact_id = find_named(connection, text)
    if artifact_id is not None:
        return _latest_target(connection, text, artifact_id, at=at)
    name, mark, prefix = text.rpartition("@")
    if not mark or not HEX.fullmatch(prefix.lower()):
        return None
    artifact_id = find_named(connection, name)
    if artifact_id is None:
        artifact_id = find_by_ending(connection, name, text)
    if artifact_id is None:
        return None
    return _one_version(connection, text, prefix.lower(), artifact_id=artifact_id, at=at)


def _by_output(connection: Connection, text: str, at: int | None) -> Target | None:
    table = schema.output_id
    query = select(table.c.run_id, table.c.version_id, table.c.at).where(table.c.output == text)
    found = connection.execute(query.order_by(table.c.at, table.c.run_id)).all()
    before = [row for row in found if at is None or row.at <= at]
    if found and not before:
        raise _not_yet(text, found[0].at, at)
    return Target(text, "id", before[-1].run_id, before[-1].version_id) if before else None


def _maker_of_id(connection: Connection, text: str) -> int | None:
    target = _by_output(connection, text, None) or _by_prediction(connection, text, None)
    return None if target is None else target.run_id


def _by_prediction(connection: Connection, text: str, at: int | None) -> Target | None:
    """Find the latest prediction of an id, unless something more usual has that very name."""
    predictions = predictions_of(connection)
    if predictions is None or _is_run(connection, text) or _is_component(connection, text):
        return None
    found = predictions.find(connection, [text])[text]
    before = [one for one in found if at is None or one.at <= at]
    if found and not before:
        raise _not_yet(text, found[0].at, at)
    return Target(text, "id", before[-1].run_id, before[-1].version_id) if before else None


def _is_run(connection: Connection, text: str) -> bool:
    return text in {uid for _, uid in find_runs(connection, text)}


def _is_component(connection: Connection, text: str) -> bool:
    query = select(_component.c.id).where(_component.c.name == text)
    return connection.execute(query).first() is not None


def _by_run(connection: Connection, text: str, at: int | None) -> Target | None:
    found = find_runs(connection, text)
    return _run_target(connection, _only_run(text, found), at) if found else None


def _by_digest(connection: Connection, text: str, at: int | None) -> Target | None:
    prefix = text.lower()
    if len(prefix) < SHORTEST_PREFIX or not HEX.fullmatch(prefix):
        return None
    return _one_version(connection, text, prefix, at=at)


def _by_suffix(connection: Connection, text: str, at: int | None) -> Target | None:
    artifact_id = find_by_ending(connection, text, text)
    return None if artifact_id is None else _latest_target(connection, text, artifact_id, at=at)


def _by_component(connection: Connection, text: str, at: int | None) -> Target | None:
    query = (
        select(_run.c.id)
        .join(_component, _component.c.id == _run.c.component_id)
        .where(_component.c.name == text)
        .order_by(_run.c.started_at.desc(), _run.c.id.desc())
        .limit(1)
    )
    found = connection.execute(_until(query, _run.c.started_at, at)).scalar()
    return None if found is None else _run_target(connection, found, at)


def _latest_target(
    connection: Connection, label: str, artifact_id: int, *, at: int | None
) -> Target | None:
    """Take the version that was written last, or if none ever was, the one read last."""
    known_since = []
    for link in (_write, _read):
        query = select(link.c.version_id).where(link.c.artifact_id == artifact_id)
        latest = _until(query, link.c.at, at).order_by(link.c.at.desc(), link.c.id.desc()).limit(1)
        found = connection.execute(latest).scalar()
        if found is not None:
            maker = maker_of(connection, found, at)
            return Target(label, "artifact", maker, found, is_latest=True)
        begun = select(func.min(link.c.at)).where(link.c.artifact_id == artifact_id)
        known_since += [first for first in connection.execute(begun).scalars() if first is not None]
    if known_since:
        raise _not_yet(label, min(known_since), at)
    return None


def _artifact_target(connection: Connection, label: str, version_id: int, at: int | None) -> Target:
    return Target(label, "artifact", maker_of(connection, version_id, at), version_id)


def _run_target(connection: Connection, run_id: int, at: int | None) -> Target:
    query = select(_run.c.uid, _component.c.name, _run.c.started_at).outerjoin(
        _component, _component.c.id == _run.c.component_id
    )
    uid, component, started_at = connection.execute(query.where(_run.c.id == run_id)).one()
    if at is not None and started_at > at:
        raise _not_yet(uid_text(uid), started_at, at)
    return Target(f"{component} {uid_text(uid)}", "run", run_id)


def _one_version(
    connection: Connection,
    text: str,
    prefix: str,
    *,
    at: int | None,
    artifact_id: int | None = None,
) -> Target | None:
    """Find the one content with that digest prefix; under several names, the written one."""
    written_at = (
        select(func.max(_write.c.at)).where(_write.c.version_id == _version.c.id).scalar_subquery()
    )
    # Digests are lower-case hex, so all that start with the prefix sort before prefix + "g".
    query = (
        select(_version.c.id, _version.c.digest, _artifact.c.identity)
        .join(_artifact, _artifact.c.id == _version.c.artifact_id)
        .where(_version.c.digest >= prefix, _version.c.digest < f"{prefix}g")
        .order_by(func.coalesce(written_at, 0).desc(), _version.c.id.desc())
        .limit(20)
    )
    if artifact_id is not None:
        query = query.where(_version.c.artifact_id == artifact_id)
    found = connection.execute(query).all()
    if len({row.digest for row in found}) > 1:
        raise ambiguous(text, "versions", [f"{row.identity}@{row.digest[:12]}" for row in found])
    return _artifact_target(connection, text, found[0].id, at) if found else None


def _only_run(text: str, found: Sequence[tuple[int, str]]) -> int:
    if len(found) > 1:
        raise ambiguous(text, "runs", [uid for _, uid in found])
    return found[0][0]


def _unknown_target(connection: Connection, text: str) -> UnknownNameError:
    name, _, version = text.rpartition("@")
    if name and find_named(connection, name) is not None:
        return UnknownNameError(
            f"{name!r} has no version {version!r}; its versions: `mltrace versions {name}`."
        )
    candidates = list_candidates(connection)
    hint = "See `mltrace recent`."
    if not can_look_up(connection):
        hint = 'Ids of predictions are looked up with pyarrow: pip install "mltrace[frames]".'
    return unknown("output or run", text, candidates, hint=hint)


def _not_yet(text: str, first: int, at: int | None) -> UnknownNameError:
    asked = to_datetime(at or 0)
    return UnknownNameError(
        f"{text!r} was not there at {asked:%Y-%m-%d %H:%M:%S} UTC; it is known since "
        f"{to_datetime(first):%Y-%m-%d %H:%M:%S} UTC."
    )
