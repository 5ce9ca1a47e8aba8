"""Brings a catalog to the schema of this mltrace, forward only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, select, update

from mltrace.errors import StoreVersionError
from mltrace.store.database.schema import SCHEMA_VERSION, metadata, run, store_info
from mltrace.store.database.schema_steps import (
    from_1_to_2,
    from_2_to_3,
    from_3_to_4,
    from_4_to_5,
)
from mltrace.store.database.task_steps import from_5_to_6
from mltrace.store.rows.applying import Applied
from mltrace.store.rows.child_rows import derive_child_reads
from mltrace.store.rows.deriving import derive_producers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

MIGRATIONS: Final[Mapping[int, Callable[[Connection], None]]] = {
    1: from_1_to_2,
    2: from_2_to_3,
    3: from_3_to_4,
    4: from_4_to_5,
    5: from_5_to_6,
}
"""For each schema version but the newest, the step that leads to the next one."""

RULES_VERSION: Final = 2
"""The schema version with which the rules of lineage last changed."""


def bring_up_to_date(
    connection: Connection,
    *,
    newest: int = SCHEMA_VERSION,
    steps: Mapping[int, Callable[[Connection], None]] = MIGRATIONS,
) -> None:
    """Create the tables of an empty catalog, or take an older one forward step by step.

    Must run inside a write transaction, so that a catalog is never between two versions.

    Raises
    ------
    StoreVersionError
        If a newer mltrace wrote the catalog.
    """
    if not inspect(connection).has_table(store_info.name):
        _create_tables(connection)
        connection.execute(store_info.insert().values(key="schema_version", value=str(newest)))
        return
    version = read_version(connection)
    check_version(version, newest=newest)
    for step in range(version, newest):
        steps[step](connection)
        connection.execute(
            update(store_info)
            .where(store_info.c.key == "schema_version")
            .values(value=str(step + 1))
        )
    if version < RULES_VERSION:
        _derive_anew(connection)


def _create_tables(connection: Connection) -> None:
    """Create all tables; those of something else that are in the way are an error."""
    database = connection.dialect.name
    for table in metadata.tables.values():
        if database == "sqlite" and table.info.get("is_clustered", False):
            table.dialect_kwargs["sqlite_with_rowid"] = False
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_kwargs[f"{database}_where"] = index.info["where"]
    metadata.create_all(connection, checkfirst=False)


def _derive_anew(connection: Connection) -> None:
    """Work all lineage out by the rules of today."""
    every_run = connection.execute(select(run.c.id)).scalars().all()
    derive_child_reads(connection, every_run)
    derive_producers(connection, Applied(first_read=0, first_write=0))


def check_version(version: int, *, newest: int = SCHEMA_VERSION) -> None:
    """Refuse a catalog of a version that is not known yet.

    Raises
    ------
    StoreVersionError
        If a newer mltrace wrote it.
    """
    if version > newest:
        raise StoreVersionError(
            f"A newer mltrace wrote the store (schema version {version}, this one knows up to "
            f"{newest}); upgrade this one: pip install --upgrade mltrace."
        )


def read_version(connection: Connection) -> int:
    """Read the schema version of a catalog."""
    query = select(store_info.c.value).where(store_info.c.key == "schema_version")
    return int(connection.execute(query).scalar_one())
