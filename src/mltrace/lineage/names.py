"""Looks names up: artifacts by name or the end of their path, runs by a prefix of their id."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, union

from mltrace.errors import AmbiguousNameError
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text
from mltrace.values.identity import file_identity, looks_like_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

SHORTEST_PREFIX: Final = 4
HEX: Final = re.compile(r"[0-9a-f]+")
_MOST_CANDIDATES: Final = 2_000
_run, _artifact, _component = schema.run, schema.artifact, schema.component


def find_named(connection: Connection, name: str) -> int | None:
    """Find the artifact of a name, as spelled or as a file from here."""
    found = _artifact_id(connection, name)
    if found is None and looks_like_path(name):
        found = _artifact_id(connection, file_identity(name))
    return found


def find_by_ending(connection: Connection, suffix: str, text: str) -> int | None:
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
        raise ambiguous(text, "artifacts", sorted(found.values()))
    return next(iter(found), None)


def find_runs(connection: Connection, text: str) -> list[tuple[int, str]]:
    """Find the runs whose ids start so, the newest first, six at most."""
    digits = text.replace("-", "").lower()
    if not SHORTEST_PREFIX <= len(digits) <= 32 or not HEX.fullmatch(digits):
        return []
    lowest, highest = (bytes.fromhex(digits.ljust(32, fill)) for fill in "0f")
    query = select(_run.c.id, _run.c.uid).where(_run.c.uid.between(lowest, highest))
    rows = connection.execute(query.order_by(_run.c.uid.desc()).limit(6))
    return [(key, uid_text(uid)) for key, uid in rows]


def _artifact_id(connection: Connection, identity: str) -> int | None:
    found: int | None = connection.execute(
        select(_artifact.c.id).where(_artifact.c.identity == identity)
    ).scalar()
    return found


def _spelled(connection: Connection, name: str, artifact_ids: Sequence[int]) -> set[int]:
    query = union(
        *(
            select(link.c.artifact_id).where(
                link.c.artifact_id.in_(artifact_ids), link.c.name == name
            )
            for link in (schema.read, schema.write)
        )
    )
    return set(connection.execute(query).scalars())


def list_candidates(connection: Connection) -> list[str]:
    """List names that could have been meant: of the latest artifacts and of all components."""
    latest = select(_artifact.c.identity).order_by(_artifact.c.id.desc()).limit(_MOST_CANDIDATES)
    names = [
        identity.rpartition("/")[2] or identity for identity in connection.execute(latest).scalars()
    ]
    components = connection.execute(select(_component.c.name)).scalars()
    return list(dict.fromkeys([*names, *components]))


def ambiguous(text: str, kind: str, candidates: Sequence[str]) -> AmbiguousNameError:
    """Build the error for a text that fits several things."""
    shown = ", ".join(candidates[:5]) + (", …" if len(candidates) > 5 else "")
    return AmbiguousNameError(f"{text!r} fits several {kind}: {shown}. Say more of it.")
