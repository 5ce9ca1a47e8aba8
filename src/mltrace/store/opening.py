"""Opens a store: its catalog, spool and kept values at one place."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from mltrace.errors import StoreError
from mltrace.store.database.catalog import open_catalog
from mltrace.store.database.shadow import MOST_BYTES, Shadow
from mltrace.store.drain import Drain, Drained
from mltrace.store.examining.report import numbered
from mltrace.store.examining.spool_files import count_pending
from mltrace.store.kept.blobs import Blobs
from mltrace.store.lake.tending import tend, tend_much
from mltrace.store.location import locate, make_folder
from mltrace.store.progress import no_progress
from mltrace.store.touched import TouchedVersions
from mltrace.store.turns import hold_turn, take_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.store.database.catalog import Catalog
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
        self._shadow = Shadow(self.location)

    def drain(self) -> Drained:
        """Move what is pending in the spool into the catalog.

        Raises
        ------
        StoreError
            If the store cannot be read or written.
        """
        if self.location.catalog is not None and not self.location.is_there:
            return Drained()
        try:
            drained = self._drain.run()
            if self.location.catalog is None and not self.catalog.is_read_only:
                self.location.ship_failed.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        return drained

    def check_drained(self) -> None:
        """Refuse a store in which facts stay pending, for it is read-only.

        Raises
        ------
        StoreError
            If it is so; the message says how many.
        """
        if not self.is_there or not self.catalog.is_read_only:
            return
        try:
            number = count_pending(self.catalog, self.location.spool)
        except OSError as error:
            raise self._unusable(error) from error
        if number:
            raise StoreError(
                f"The store at {self.location.name} is read-only; "
                f"{numbered(number, 'fact stays', 'facts stay')} pending. "
                "Sync as a user who may write it, or once its disk can be written."
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Drain what is pending, and open a read transaction that sees all that is logged.

        Where that cannot be drained into the catalog, a copy of it is read, and nothing is made.
        """
        with self.full_catalog(most_bytes=MOST_BYTES).read() as connection:
            yield connection

    def full_catalog(self, *, most_bytes: int | None = None) -> Catalog:
        """Give a catalog that has all that is logged: this one drained, else a copy.

        Parameters
        ----------
        most_bytes : int, optional
            The size up to which a catalog is copied; a larger one is given as it is.
        """
        try:
            if self.is_writable:
                self.drain()
            elif not self.is_there or self._shadow.is_needed(most_bytes):
                return self._shadow.catalog()
        except OSError as error:
            raise self._unusable(error) from error
        return self.catalog

    def tend_lake(self) -> None:
        """Compact predictions and feedback that are drained, where that is worth it.

        Raises
        ------
        StoreError
            If there is no room for it; all of them are as they were.
        """
        if not self.is_writable:
            return
        try:
            tend(self.catalog, self.location)
        except OSError as error:
            raise self._unusable(error) from error

    def tend_much(self, task: str | None = None) -> None:
        """Compact tasks, or the one that was asked about, where there is much to gain."""
        if self.is_writable:
            tend_much(self.catalog, self.location, task)

    @contextmanager
    def turn_to_deliver(self) -> Iterator[bool]:
        """Wait until nobody else tells of incidents; False if another process does so for us."""
        with ExitStack() as turns:
            is_ours = turns.enter_context(take_turn(self.location.delivering))
            if is_ours:
                turns.enter_context(self.catalog.alone("delivering"))
            yield is_ours

    @contextmanager
    def turn_to_evaluate(self, seconds: float) -> Iterator[bool]:
        """Wait until no other process here evaluates monitors; False if that takes too long.

        The folder of the store is made, so that those who evaluate before there is one wait, too.
        """
        with ExitStack() as turns:
            try:
                make_folder(self.location.spool.parent)
                is_ours = turns.enter_context(hold_turn(self.location.evaluating, seconds=seconds))
            except OSError as error:
                raise self._unusable(error) from error
            yield is_ours

    def _unusable(self, error: OSError) -> StoreError:
        return StoreError(f"The store at {self.location.name} cannot be used: {error}")

    @property
    def is_there(self) -> bool:
        """Whether there is a catalog, or something of it on this machine; asking makes neither."""
        return self.location.is_there or self.catalog.is_there

    @property
    def is_writable(self) -> bool:
        """Whether the store is there and what is pending can be drained."""
        return self.is_there and not self.catalog.is_read_only

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()
        self._shadow.close()
