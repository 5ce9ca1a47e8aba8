"""An open store: what every verb reads through, and how it adds facts of its own.

Every verb first drains what is pending in the spool, so that a process sees its own writes at once
and those of others after their call returned.
"""

from __future__ import annotations

import getpass
import os
import sys
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mltrace.config import load_settings
from mltrace.errors import StoreCorruptError
from mltrace.lineage.predictions import Predictions, remember
from mltrace.lineage.retraction.reporting import Retractions
from mltrace.store.opening import Store
from mltrace.store.progress import no_progress
from mltrace.times import parse_moment

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from mltrace.capture.recorder import Recorder
    from mltrace.records import ArtifactRef, Flag, Run
    from mltrace.store.fact import Fact
    from mltrace.store.progress import Progress

    Moment = datetime | str | timedelta
    Output = str | int | uuid.UUID | os.PathLike[str] | ArtifactRef | Flag | Run


class OpenStore:
    """A store that is open for verbs.

    Parameters
    ----------
    uri : str or None, default None
        Which store; None for the one in force here: `MLTRACE_URI`, else the nearest `.mltrace/`.
    on_progress : callable, optional
        Is told of a long work what it is and how many steps of how many are done.

    Raises
    ------
    ConfigurationError
        If a setting cannot be.

    Notes
    -----
    A store is made by whoever writes. Asking one that is not there makes nothing; it is empty.
    """

    def __init__(
        self, uri: str | os.PathLike[str] | None = None, *, on_progress: Progress = no_progress
    ) -> None:
        self.settings = load_settings(None if uri is None else os.fspath(uri))
        self.store = Store(self.settings, on_progress)
        self._is_named = bool(uri or os.environ.get("MLTRACE_URI"))
        self._recorder: Recorder | None = None
        weakref.finalize(self, self.store.close)

    def close(self) -> None:
        """Close the store's catalog; it opens again when it is needed."""
        self.store.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._flush()
        with self.store.reading() as connection:
            remember(connection, Predictions(self.store.location.lake))
            # A set of labels that is damaged spoils no other answer, nor does a full disk.
            with suppress(OSError, StoreCorruptError):
                if self.store.is_writable:
                    known = Retractions(connection, self.store.blobs, self.settings)
                    known.publish(self.store.touched)
            yield connection

    @contextmanager
    def _retractions(self) -> Iterator[Retractions]:
        """Look at what is retracted, and publish for writers what that touches now."""
        self._flush()
        with self.store.reading() as connection:
            known = Retractions(connection, self.store.blobs, self.settings)
            yield known
            if self.store.is_writable:
                known.publish(self.store.touched, is_forced=True)

    def _flush(self) -> None:
        """Finish what the capture in this process still does in the background, if it was used."""
        recorder = sys.modules.get("mltrace.capture.recorder")
        if recorder is not None:
            recorder.flush()

    def _mark(self, facts: Iterable[Fact]) -> None:
        """Add facts about what was just read, which must reach the catalog to be seen."""
        self.store.catalog.check_writable()
        self._append(facts)

    def _append(self, facts: Iterable[Fact]) -> None:
        from mltrace.capture.recorder import Recorder

        if self._recorder is None:
            self._recorder = Recorder(self.settings)
        self._recorder.append(*facts)


def moment(at: Moment | None) -> int | None:
    """Read a time that may be left out, in nanoseconds."""
    return None if at is None else parse_moment(at)


def each(output: Output | Iterable[Output]) -> Iterable[Output]:
    """List the outputs that were given: one, or several in a list, tuple or set."""
    return output if isinstance(output, list | tuple | set | frozenset) else [output]  # type: ignore[list-item]


def who() -> str:
    """Name the user, if the system can."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
