"""A catalog in a SQLite file: what is said when it cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mltrace.errors import StoreError
from mltrace.store.database import sqlite
from mltrace.store.database.sqlite import SqliteCatalog

if TYPE_CHECKING:
    from pathlib import Path


def test_locked_catalog_says_who_may_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite._open, "__defaults__", (0,))  # rather than to wait for the lock
    path = tmp_path / "catalog.db"
    with closing(SqliteCatalog(path)) as catalog:
        catalog.prepare()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            is_said = pytest.raises(StoreError, match=r"a backup or a database browser; try again")
            with is_said, catalog.write():
                pass
