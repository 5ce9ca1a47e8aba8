"""Finds limits of age that fit nothing known: mostly a slip in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, union

from mltrace.errors import nearest
from mltrace.patterns import fits
from mltrace.store.database import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection


def find_idle_limits(
    connection: Connection, table: str, *, components: Iterable[str], patterns: Iterable[str]
) -> tuple[str, ...]:
    """Say of the limits in a table of the settings which fit no component or artifact.

    Notes
    -----
    Cost: nothing without such limits; with limits by artifact, each name of an artifact is looked
    at, and each name that a run called one by only if a pattern fits none of these.
    """
    return (
        *_idle_components(connection, table, list(components)),
        *_idle_artifacts(connection, table, list(patterns)),
    )


def _idle_components(connection: Connection, table: str, names: Sequence[str]) -> Iterator[str]:
    if not names:
        return
    known = set(connection.execute(select(schema.component.c.name)).scalars())
    for name in names:
        if name not in known:
            meant = "".join(f"; did you mean {one!r}?" for one in nearest(name, known, limit=1))
            yield f"[{table}.components] {name!r} is no component that is known{meant}"


def _idle_artifacts(connection: Connection, table: str, patterns: Sequence[str]) -> Iterator[str]:
    called = union(*(select(link.c.name).distinct() for link in (schema.read, schema.write)))
    for names in (select(schema.artifact.c.identity), called):
        if patterns:
            known = [name for name in connection.execute(names).scalars() if name]
            patterns = [one for one in patterns if not any(fits(name, one) for name in known)]
    for pattern in patterns:
        yield f"[{table}.artifacts] {pattern!r} fits no artifact that is known"
