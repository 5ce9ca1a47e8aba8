"""Removes at once what files still hold of rows that are gone, and tells what must wait.

These are files of segments that were replaced, which else stay for an hour, and files that no
segment has. Of the latter, Parquet is made by whoever has the turn to compact, so that in a store
of one machine what is there during that turn was left by somebody who was killed. A batch may be
about to be told of in the spool: it goes once it is an hour old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow
import pyarrow.parquet
from sqlalchemy import select

from mltrace.errors import StoreCorruptError
from mltrace.store.database import schema
from mltrace.store.kept.placing import locked
from mltrace.store.lake import layout
from mltrace.store.lake.batch import Batch, decode_batch
from mltrace.store.lake.finding import WantedIds
from mltrace.store.lake.parquet import PARQUET
from mltrace.store.lake.reading import OpenParquet
from mltrace.store.lake.sweeping import PARTS, is_old, remove_file, sweep_listed
from mltrace.store.lake.writing import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from mltrace.store.database.catalog import Catalog

_segment = schema.segment


def remove_replaced(catalog: Catalog, folder: Path, task: str) -> None:
    """Remove the files of all replaced segments of a task, whoever may be reading them."""
    sweep_listed(catalog, folder, (_segment.c.task == task) & _segment.c.replaced_by.is_not(None))


def remove_unlisted(catalog: Catalog, folder: Path, task: str, ids: Collection[str]) -> list[Path]:
    """Remove files that no segment has and that may hold rows of ids of a task.

    It is for whoever has the turn to compact.

    Returns
    -------
    list of Path
        Those that must stay for now, for somebody may be about to list them.
    """
    left = []
    for path in _unlisted(catalog, folder):
        if not _may_hold(path, task, ids):
            continue
        with locked(folder, exclusive=True):
            if is_old(path) or (path.parent.name == SEGMENTS and not catalog.is_shared):
                remove_file(path)
            elif path.exists():
                left.append(path)
    return left


def _unlisted(catalog: Catalog, folder: Path) -> list[Path]:
    there = [(part, path) for part in PARTS for path in (folder / part).glob("*")]
    with catalog.read() as connection:
        files = select(_segment.c.file).where(_segment.c.file.is_not(None))
        listed = set(connection.execute(files).scalars())
    return [path for part, path in there if f"{part}/{path.name}" not in listed]


def _may_hold(path: Path, task: str, ids: Collection[str]) -> bool:
    """Tell whether a file has rows of ids, or cannot be read, as one that is half written."""
    wanted = WantedIds(ids)
    try:
        if not path.name.endswith(PARQUET) or path.name.startswith("."):
            batch = decode_batch(path.read_bytes())
            return batch.task == task and _has_rows(wanted, batch, task)
        with pyarrow.OSFile(str(path)) as source:
            content = OpenParquet(pyarrow.parquet.ParquetFile(source), source)
            tasks = content.file.read(columns=[layout.TASK]).column(layout.TASK).unique()
            return task in tasks.to_pylist() and _has_rows(wanted, content, task)
    except FileNotFoundError:
        return False
    except (StoreCorruptError, pyarrow.ArrowException, OSError):
        return True


def _has_rows(wanted: WantedIds, content: Batch | OpenParquet, task: str) -> bool:
    return any(rows.num_rows for rows in wanted.rows(content, [layout.ID], task))
