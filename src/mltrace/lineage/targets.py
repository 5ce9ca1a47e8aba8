"""Works out what a user means: a name, a version, an output id, a run or a component."""

from __future__ import annotations

import os
import posixpath
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import func, select, union

from mltrace.errors import AmbiguousNameError, ArgumentError, unknown
from mltrace.records import ArtifactRef, Flag, Run
from mltrace.store import schema
from mltrace.store.keys import uid_text
from mltrace.values.identity import file_identity, looks_like_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

SHORTEST_PREFIX: Final = 4
_MOST_CANDIDATES: Final = 2_000
_HEX: Final = re.compile(r"[0-9a-f]+")
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
    """

    label: str
    kind: Literal["artifact", "id", "run"]
    run_id: int | None
    version_id: int | None = None


def resolve(connection: Connection, what: object) -> Target:
    """Find the run or output that `what` means.

    Texts are tried in this order: the name of an artifact, as spelled or as a file from here (its
    latest version), `name@digest-prefix`, an output id, a run id or its prefix, a digest or its
    prefix, the end of a path, and last the name of a component (its latest run).

    Raises
    ------
    UnknownNameError
        If nothing fits; the message lists the nearest matches.
    AmbiguousNameError
        If several things fit equally well.
    ArgumentError
        If `what` is none of the types that can name an output or run.
    """
    if isinstance(what, Run):
        return _run_target(connection, resolve_run(connection, what))
    if isinstance(what, ArtifactRef):
        return _resolve_ref(connection, what)
    if isinstance(what, Flag):
        what = what.output
    if isinstance(what, os.PathLike):
        return _resolve_path(connection, os.fsdecode(what))
    if isinstance(what, bool) or not isinstance(what, str | int | uuid.UUID):
        raise ArgumentError(
            f"A {type(what).__name__} names no output or run; give a name, name@digest, an output "
            "id, a run id, or a Run, ArtifactRef or Path."
        )
    text = str(what)
    found = (
        _by_name(connection, text)
        or _by_output(connection, text)
        or _by_run(connection, text)
        or _by_digest(connection, text)
        or _by_suffix(connection, text)
        or _by_component(connection, text)
    )
    if found is None:
        raise unknown("output or run", text, _candidates(connection), hint="See `mltrace recent`.")
    return found


def resolve_run(connection: Connection, what: object) -> int:
    """Find the row id of a run by its record, its id or a unique prefix of that.

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
    found = _runs_of_prefix(connection, str(what))
    if not found:
        latest = select(_run.c.uid).order_by(_run.c.started_at.desc()).limit(200)
        known = [uid_text(uid) for uid in connection.execute(latest).scalars()]
        hint = "Give an id, or its first 4 or more characters; see `mltrace recent`."
        raise unknown("run", str(what), known, hint=hint)
    return _only_run(str(what), found)


def resolve_version(connection: Connection, what: object) -> int:
    """Find the row id of an artifact version by its name, `name@digest-prefix` or digest.

    Raises
    ------
    UnknownNameError
        If there is none, or `what` names something that is no artifact.
    """
    target = resolve(connection, what)
    if target.kind != "artifact" or target.version_id is None:
        raise unknown("artifact", str(what), _candidates(connection))
    return target.version_id


def maker_of(connection: Connection, version_id: int) -> int | None:
    """Find the run that made a version: its latest writer, else what its last read came from."""
    for link, column in ((_write, _write.c.run_id), (_read, _read.c.producer_id)):
        query = select(column).where(link.c.version_id == version_id, column.is_not(None))
        found: int | None = connection.execute(
            query.order_by(link.c.at.desc(), link.c.id.desc()).limit(1)
        ).scalar()
        if found is not None:
            return found
    return None


def _resolve_ref(connection: Connection, ref: ArtifactRef) -> Target:
    identity = ref.identity or ref.name
    query = (
        select(_version.c.id, _version.c.digest)
        .join(_artifact, _artifact.c.id == _version.c.artifact_id)
        .where(_artifact.c.identity == identity, _version.c.digest == (ref.digest or ""))
    )
    found = connection.execute(query).first()
    if found is None:
        raise unknown("artifact", ref.name, _candidates(connection))
    return _artifact_target(connection, ref.name, found.id)


def _resolve_path(connection: Connection, path: str) -> Target:
    artifact_id = _named(connection, path)
    found = None if artifact_id is None else _latest_target(connection, path, artifact_id)
    found = found or _by_suffix(connection, path)
    if found is None:
        raise unknown("artifact", path, _candidates(connection))
    return found


def _by_name(connection: Connection, text: str) -> Target | None:
    artifact_id = _named(connection, text)
    if artifact_id is not None:
        return _latest_target(connection, text, artifact_id)
    name, at, prefix = text.rpartition("@")
    if not at or not _HEX.fullmatch(prefix.lower()):
        return None
    artifact_id = _named(connection, name)
    if artifact_id is None:
        artifact_id = _unique_suffix(connection, name, text)
    if artifact_id is None:
        return None
    return _one_version(connection, text, prefix.lower(), artifact_id=artifact_id)


def _named(connection: Connection, name: str) -> int | None:
    found = _artifact_id(connection, name)
    if found is None and looks_like_path(name):
        found = _artifact_id(connection, file_identity(name))
    return found


def _by_output(connection: Connection, text: str) -> Target | None:
    table = schema.output_id
    query = select(table.c.run_id, table.c.version_id).where(table.c.output == text)
    found = connection.execute(query.order_by(table.c.at.desc(), table.c.run_id.desc())).first()
    return found and Target(text, "id", found.run_id, found.version_id)


def _by_run(connection: Connection, text: str) -> Target | None:
    found = _runs_of_prefix(connection, text)
    return _run_target(connection, _only_run(text, found)) if found else None


def _by_digest(connection: Connection, text: str) -> Target | None:
    prefix = text.lower()
    if len(prefix) < SHORTEST_PREFIX or not _HEX.fullmatch(prefix):
        return None
    return _one_version(connection, text, prefix)


def _by_suffix(connection: Connection, text: str) -> Target | None:
    artifact_id = _unique_suffix(connection, text, text)
    return None if artifact_id is None else _latest_target(connection, text, artifact_id)


def _by_component(connection: Connection, text: str) -> Target | None:
    query = (
        select(_run.c.id)
        .join(_component, _component.c.id == _run.c.component_id)
        .where(_component.c.name == text)
        .order_by(_run.c.started_at.desc(), _run.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else _run_target(connection, found)


def _artifact_id(connection: Connection, identity: str) -> int | None:
    found: int | None = connection.execute(
        select(_artifact.c.id).where(_artifact.c.identity == identity)
    ).scalar()
    return found


def _unique_suffix(connection: Connection, suffix: str, text: str) -> int | None:
    """Find the one artifact whose path ends so; several are told apart by how they were spelled."""
    ending = posixpath.join("/", posixpath.normpath(suffix)) if suffix else "/"
    if suffix.startswith("/") or ending in {"/", "/.", "/.."} or ending.startswith("/../"):
        return None
    query = select(_artifact.c.id, _artifact.c.identity).where(
        _artifact.c.identity.endswith(ending, autoescape=True)
    )
    # SQLite's LIKE ignores case.
    found = {row.id: row.identity for row in connection.execute(query)}
    found = {key: identity for key, identity in found.items() if identity.endswith(ending)}
    if len(found) > 1:
        spelled = _spelled(connection, suffix, list(found))
        found = {key: found[key] for key in spelled} if len(spelled) == 1 else found
    if len(found) > 1:
        raise _ambiguous(text, "artifacts", sorted(found.values()))
    return next(iter(found), None)


def _spelled(connection: Connection, name: str, artifact_ids: Sequence[int]) -> set[int]:
    query = union(
        *(
            select(link.c.artifact_id).where(
                link.c.artifact_id.in_(artifact_ids), link.c.name == name
            )
            for link in (_read, _write)
        )
    )
    return set(connection.execute(query).scalars())


def _latest_target(connection: Connection, label: str, artifact_id: int) -> Target | None:
    """Take the version that was written last, or if none ever was, the one read last."""
    for link in (_write, _read):
        query = select(link.c.version_id).where(link.c.artifact_id == artifact_id)
        found = connection.execute(
            query.order_by(link.c.at.desc(), link.c.id.desc()).limit(1)
        ).scalar()
        if found is not None:
            return _artifact_target(connection, label, found)
    return None


def _artifact_target(connection: Connection, label: str, version_id: int) -> Target:
    return Target(label, "artifact", maker_of(connection, version_id), version_id)


def _run_target(connection: Connection, run_id: int) -> Target:
    query = select(_run.c.uid, _component.c.name).outerjoin(
        _component, _component.c.id == _run.c.component_id
    )
    uid, component = connection.execute(query.where(_run.c.id == run_id)).one()
    return Target(f"{component} {uid_text(uid)}", "run", run_id)


def _one_version(
    connection: Connection, text: str, prefix: str, *, artifact_id: int | None = None
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
        raise _ambiguous(text, "versions", [f"{row.identity}@{row.digest[:12]}" for row in found])
    return _artifact_target(connection, text, found[0].id) if found else None


def _runs_of_prefix(connection: Connection, text: str) -> list[tuple[int, str]]:
    digits = text.replace("-", "").lower()
    if not SHORTEST_PREFIX <= len(digits) <= 32 or not _HEX.fullmatch(digits):
        return []
    lowest, highest = (bytes.fromhex(digits.ljust(32, fill)) for fill in "0f")
    query = select(_run.c.id, _run.c.uid).where(_run.c.uid.between(lowest, highest))
    rows = connection.execute(query.order_by(_run.c.uid.desc()).limit(6))
    return [(key, uid_text(uid)) for key, uid in rows]


def _only_run(text: str, found: Sequence[tuple[int, str]]) -> int:
    if len(found) > 1:
        raise _ambiguous(text, "runs", [uid for _, uid in found])
    return found[0][0]


def _ambiguous(text: str, kind: str, candidates: Sequence[str]) -> AmbiguousNameError:
    shown = ", ".join(candidates[:5]) + (", …" if len(candidates) > 5 else "")
    return AmbiguousNameError(f"{text!r} fits several {kind}: {shown}. Say more of it.")


def _candidates(connection: Connection) -> list[str]:
    """List names that could have been meant: of the latest artifacts and of all components."""
    latest = select(_artifact.c.identity).order_by(_artifact.c.id.desc()).limit(_MOST_CANDIDATES)
    names = [
        identity.rpartition("/")[2] or identity for identity in connection.execute(latest).scalars()
    ]
    components = connection.execute(select(_component.c.name)).scalars()
    return list(dict.fromkeys([*names, *components]))
