"""When rows of a task were last removed for good, so that no cache keeps them.

The time stands in the catalog, where whoever reads rows sees it in the same state, and in a file of
each folder of what was matched. Who has read an earlier state may keep nothing in a folder of a
later one; a folder of an earlier one is emptied by whoever comes first, on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3
from sqlalchemy import delete, select

from mltrace.store.database.keys import insert
from mltrace.store.database.schema import store_info
from mltrace.times import now_ns

if TYPE_CHECKING:
    from sqlalchemy import Connection


def erased_at(connection: Connection, task: str) -> int:
    """Tell when rows of a task were last removed, in nanoseconds; 0 if they never were."""
    query = select(store_info.c.value).where(store_info.c.key == _key(task))
    return int(connection.execute(query).scalar() or 0)


def note_erased(connection: Connection, task: str) -> int:
    """Take note that rows of a task were removed; tell the time, which is later than the last."""
    at = max(now_ns(), erased_at(connection, task) + 1)
    connection.execute(delete(store_info).where(store_info.c.key == _key(task)))
    insert(connection, store_info, [{"key": _key(task), "value": str(at)}])
    return at


def _key(task: str) -> str:
    return f"erased:{blake3(task.encode()).hexdigest(16)}"
