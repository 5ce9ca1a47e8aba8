"""Finds limits of age that fit nothing known: mostly a slip in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, union

from mltrace.errors import nearest
from mltrace.patterns import fits
from mltrace.store import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from mltrace.config import StalePolicy


def find_idle_limits(connection: Connection, policy: StalePolicy) -> tuple[str, ...]:
    """Say of limits by component and artifact which fit nothing known.

    Notes
    -----
    Cost: nothing without such limits; with limits by artifact, each name of an artifact is looked
    at, and each name that a run called one by only if a pattern fits none of these.
    """
    return (*_idle_components(connection, policy), *_idle_artifacts(connection, policy))


def _idle_components(connection: Connection, policy: StalePolicy) -> Iterator[str]:
    if not policy.components:
        return
    known = set(connection.execute(select(schema.component.c.name)).scalars())
    for name, _ in policy.components:
        if name not in known:
            meant = "".join(f"; did you mean {one!r}?" for one in nearest(name, known, limit=1))
            yield f"[stale_after.components] {name!r} is no component that is known{meant}"


def _idle_artifacts(connection: Connection, policy: StalePolicy) -> Iterator[str]:
    patterns = [pattern for pattern, _ in policy.artifacts]
    called = union(*(select(link.c.name).distinct() for link in (schema.read, schema.write)))
    for names in (select(schema.artifact.c.identity), called):
        if patterns:
            known = [name for name in connection.execute(names).scalars() if name]
            patterns = [one for one in patterns if not any(fits(name, one) for name in known)]
    for pattern in patterns:
        yield f"[stale_after.artifacts] {pattern!r} fits no artifact that is known"
