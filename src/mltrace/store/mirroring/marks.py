"""Marks of blocks of rows: a copy of a block is as good as its mark is the same.

A block is `ROWS` row ids of runs, with what hangs on these runs, or of versions. It is marked when
somebody is about to copy it; whoever changes a row of a marked block gives it another mark, in the
same transaction. Marks are random, so that a catalog that was put back from a copy and went another
way since has none of the marks that it never had. Blocks that nobody copied cost nothing.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import func, select, update

from mltrace.store.database.keys import insert_ignoring
from mltrace.store.database.schema import run, store_info, version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

Marked = Literal["run", "version"]
ROWS: Final = 4096
"""Row ids of a block."""
_TABLES: Final = {"run": run, "version": version}


def num_full_blocks(connection: Connection, of: Marked) -> int:
    """Count the blocks in which no row can be added any more."""
    last = connection.execute(select(func.max(_TABLES[of].c.id))).scalar() or 0
    return int(last + 1) // ROWS


def read_marks(connection: Connection, of: Marked) -> dict[int, str]:
    """Read the marks of the blocks that have one, by number."""
    first = _key(of, 0)[: -len("00000000")]
    query = select(store_info.c.key, store_info.c.value).where(
        store_info.c.key >= first, store_info.c.key < f"{first}~"
    )
    return {int(row.key.removeprefix(first)): row.value for row in connection.execute(query)}


def mark_blocks(connection: Connection, of: Marked, numbers: Iterable[int]) -> None:
    """Mark blocks that have no mark yet."""
    rows = [{"key": _key(of, number), "value": secrets.token_hex(8)} for number in numbers]
    insert_ignoring(connection, store_info, rows)


def note_changed_runs(connection: Connection, runs: Iterable[int]) -> None:
    """Give other marks to the marked blocks of runs of which rows change.

    Notes
    -----
    Cost: one statement, and none where all are of the block that is filled now.
    """
    blocks = {number // ROWS for number in runs}
    if not blocks - {num_full_blocks(connection, "run")}:
        return
    keys = [_key("run", number) for number in blocks]
    changed = update(store_info).where(store_info.c.key.in_(keys))
    connection.execute(changed.values(value=secrets.token_hex(8)))


def _key(of: Marked, number: int) -> str:
    return f"block:{of}:{number:08d}"
