"""Reads that nobody logged: what a run inside a run wrote, and the run around it handed on.

A pipeline function returns what its steps made; a command writes the file that a component inside
of it wrote, in whatever process. The outer run then depends on the inner one, though it never read
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, union

from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import insert, next_id
from mltrace.store.database.schema import CHILD, WHOLE, read, run, version, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

_outer, _inner = run.alias("outer_run"), run.alias("inner_run")
_handed, _made = write.alias("handed"), write.alias("made")
_content, _same = version.alias("content"), version.alias("same")

_OUTER: Final = union(
    select(_outer.c.id)
    .join(_inner, _inner.c.parent_uid == _outer.c.uid)
    .where(_outer.c.id.in_(CHOSEN)),
    select(_outer.c.id)
    .join(_inner, _inner.c.parent_uid == _outer.c.uid)
    .where(_inner.c.id.in_(CHOSEN)),
)
_was_read: Final = (
    select(read.c.id)
    .join(version, version.c.id == read.c.version_id)
    .where(
        read.c.run_id == _handed.c.run_id,
        read.c.part != CHILD,
        version.c.digest == _content.c.digest,
    )
    .correlate(_handed, _content)
    .exists()
)
_HANDED_ON: Final = (
    select(_handed.c.id, _handed.c.run_id, _handed.c.at, _made.c.version_id)
    .add_columns(_made.c.artifact_id, _made.c.name)
    .select_from(_handed)
    .join(_content, _content.c.id == _handed.c.version_id)
    .join(_outer, _outer.c.id == _handed.c.run_id)
    .join(_inner, _inner.c.parent_uid == _outer.c.uid)
    .join(_made, (_made.c.run_id == _inner.c.id) & (_made.c.part == WHOLE))
    .join(_same, (_same.c.id == _made.c.version_id) & (_same.c.digest == _content.c.digest))
    .where(
        _handed.c.run_id.in_(CHOSEN),
        _content.c.digest != "",
        _content.c.is_trivial.is_(False),
        _made.c.at <= _handed.c.at,
        ~_was_read,
    )
    .order_by(
        _handed.c.run_id,
        _handed.c.part,
        _handed.c.position,
        _made.c.at,
        _inner.c.uid,
        _made.c.position,
    )
)


def derive_child_reads(connection: Connection, runs: Iterable[int]) -> Sequence[int]:
    """Make the reads of what inner runs wrote, anew for the given runs and those around them.

    Returns
    -------
    sequence of int
        The runs whose reads were made anew.

    Notes
    -----
    Of several inner runs that wrote the same content, the last one counts. Cost: for runs without
    inner ones, one query that finds none.
    """
    outer = connection.execute(_OUTER, choose(runs)).scalars().all()
    if not outer:
        return outer
    first = next_id(connection, read)  # asked first: the ids of rows that go are not used again
    connection.execute(
        delete(read).where(read.c.part == CHILD, read.c.run_id.in_(CHOSEN)), choose(outer)
    )
    last = {row.id: row for row in connection.execute(_HANDED_ON, choose(outer))}
    insert(connection, read, _rows(first, list(last.values())))
    return outer


def _rows(first: int, handed: Sequence[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    position: dict[int, int] = {}
    for offset, row in enumerate(handed):
        position[row.run_id] = position.get(row.run_id, -1) + 1
        rows.append(
            {
                "id": first + offset,
                "run_id": row.run_id,
                "part": CHILD,
                "position": position[row.run_id],
                "version_id": row.version_id,
                "artifact_id": row.artifact_id,
                "name": row.name,
                "at": row.at,
            }
        )
    return rows
