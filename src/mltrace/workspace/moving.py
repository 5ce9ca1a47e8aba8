"""Verbs that move stores."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mltrace.config import load_settings
from mltrace.errors import ArgumentError
from mltrace.store.moving import merge_stores
from mltrace.store.opening import Store
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from mltrace.records import Exported, Merged


class MovingVerbs(OpenStore):
    """What goes from one store to another."""

    def merge(self, source: str | os.PathLike[str]) -> Merged:
        """Bring all of another store into this one; see `mltrace.merge`."""
        self._flush()
        other = Store(load_settings(os.fspath(source)), self.store.on_progress)
        try:
            merged = merge_stores(other, self.store)
        finally:
            other.close()
        with self._retractions():
            pass  # what is published for writers is brought up to date as well
        return merged

    def export(self, folder: str | os.PathLike[str], *, format: str = "parquet") -> Exported:  # noqa: A002 (the word that everybody expects)
        """Write all that the catalog holds as files that other tools read; see `mltrace.export`."""
        if format != "parquet":
            raise ArgumentError(f"No format {format!r}; known is 'parquet'.")
        from mltrace.store.exporting.parquet import export_parquet

        with self._reading() as connection:
            return export_parquet(
                connection,
                Path(folder),
                store=self.store.location.name,
                on_progress=self.store.on_progress,
            )
