"""Opens a store: its catalog, spool and kept values at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.errors import StoreError
from mltrace.store.blobs import Blobs
from mltrace.store.catalog import open_catalog
from mltrace.store.drain import Drain, Drained
from mltrace.store.location import locate
from mltrace.store.progress import no_progress
from mltrace.store.touched import TouchedVersions

if TYPE_CHECKING:
    from mltrace.config import Settings
    from mltrace.store.progress import Progress


class Store:
    """A store, as readers open it. Writers need only its spool and never come here.

    Parameters
    ----------
    settings : Settings
        Which store, and where its kept values are.
    on_progress : Progress
        Is told how far a long work on it is.
    """

    def __init__(self, settings: Settings, on_progress: Progress = no_progress) -> None:
        self.settings = settings
        self.on_progress = on_progress
        self.location = locate(settings.uri, settings.artifacts, spool=settings.spool)
        self.catalog = open_catalog(self.location)
        self.blobs = Blobs(self.location.blobs)
        self.touched = TouchedVersions(self.location.touched)
        self._drain = Drain(self.catalog, self.location.spool, on_progress)

    def drain(self) -> Drained:
        """Move what is pending in the spool into the catalog.

        Raises
        ------
        StoreError
            If the store cannot be read or written.
        """
        try:
            return self._drain.run()
        except OSError as error:
            raise StoreError(
                f"The store at {self.location.name} cannot be used: {error}"
            ) from error

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()
