"""Verbs that move stores."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mltrace.config import load_settings
from mltrace.store.moving import merge_stores
from mltrace.store.opening import Store
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from mltrace.records import Merged


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
