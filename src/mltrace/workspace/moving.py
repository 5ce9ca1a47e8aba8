"""Verbs that move stores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from mltrace.errors import ArgumentError
from mltrace.records import Synced
from mltrace.store.moving import merge_stores
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    import os

    from mltrace.records import Exported, Merged
    from mltrace.store.drain import Drained
    from mltrace.store.opening import Store


class MovingVerbs(OpenStore):
    """What goes from one store to another."""

    def sync(self, *, to: str | os.PathLike[str] | None = None) -> Synced:
        """Move what is pending into the catalog, and ship it; see `mltrace.sync`."""
        drained = self._drained(is_all_due=to is None)
        self.store.tend_lake()
        return Synced(
            num_facts=drained.num_facts,
            num_skipped=sum(drained.skipped.values()),
            skipped={reason.value: number for reason, number in drained.skipped.items()},
            shipped=None if to is None else self._opened(to)._bring(self.store),
        )

    def ship(self) -> None:
        """Move what is pending into the catalog, as processes do for those that log.

        Many of them do so at once, so that they compact only what is much.
        """
        self._drained(is_all_due=True)
        self.store.tend_much()

    def _drained(self, *, is_all_due: bool) -> Drained:
        self._flush()
        drained = self.store.drain()
        if is_all_due:
            self.store.check_drained()
        with self._retractions():
            pass  # what is published for writers is brought up to date as well
        return drained

    def merge(self, source: str | os.PathLike[str]) -> Merged:
        """Bring all of another store into this one; see `mltrace.merge`."""
        return self._bring(self._opened(source).store)

    def _opened(self, uri: str | os.PathLike[str]) -> Self:
        return type(self)(uri, on_progress=self.store.on_progress)

    def _bring(self, source: Store) -> Merged:
        self._flush()
        merged = merge_stores(source, self.store)
        with self._retractions():
            pass  # as above
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
