"""The step to the schema with tasks; it must not follow what the tables become later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Table, text

from mltrace.store.database import column_types as its

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ADD_KEYS: Final = text("ALTER TABLE component ADD COLUMN table_keys TEXT")
_ADD_KEYS_POSTGRESQL: Final = text(
    'ALTER TABLE component ADD COLUMN table_keys VARCHAR COLLATE "C"'
)


def from_5_to_6(connection: Connection) -> None:
    """Make room for tasks, the segments of their predictions and feedback, and keys of tables."""
    new = MetaData()
    Table(
        "task",
        new,
        Column("name", its.Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        *(Column(name, its.Text, nullable=False) for name in ("kind", "settings", "declared_by")),
        sqlite_with_rowid=False,
    )
    Table(
        "segment",
        new,
        *(
            Column(name, its.Key, primary_key=name == "uid", nullable=False)
            for name in ("uid", "task", "kind")
        ),
        *(Column(name, BigInteger, nullable=False) for name in ("num_rows", "num_bytes")),
        *(
            Column(name, BigInteger, nullable=False)
            for name in ("logged_at", "first_at", "last_at")
        ),
        Column("payload", LargeBinary),
        Column("file", its.Text),
        Column("replaced_by", its.Key),
        Column("replaced_at", BigInteger),
        Index("segment_by_task", "task", "kind", "replaced_by", "first_at"),
    )
    new.create_all(connection)
    is_postgresql = connection.dialect.name == "postgresql"
    connection.execute(_ADD_KEYS_POSTGRESQL if is_postgresql else _ADD_KEYS)
