"""The process that brings what waits for a store on a server into its catalog.

`mltrace.capture.shipping` starts it, beside the process that logs.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING, Final

from mltrace.config import load_settings
from mltrace.errors import MltraceError
from mltrace.store.location import locate

if TYPE_CHECKING:
    from pathlib import Path

MIN_SECONDS: Final = 10.0
"""The least time between two shipments from one spool, however many processes come and go."""
_TURN: Final = "ship.turn"


def ship(waiting: int, *, is_waited_for: bool) -> int:
    """Bring what waits into the catalog, after whoever does so now.

    Parameters
    ----------
    waiting : int
        The descriptor of the lock that only one process that waits for its turn holds.
    is_waited_for : bool
        Whether a process stays until this one is over.

    Returns
    -------
    int
        The exit code: 0 if all is in the catalog, else 3.
    """
    settings = load_settings()
    location = locate(settings.uri, settings.artifacts, spool=settings.spool)
    folder = location.spool.parent
    if not is_waited_for:
        os.nice(10)
        time.sleep(seconds_too_early(folder / _TURN))
    turn = os.open(folder / _TURN, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(turn, fcntl.LOCK_EX)
    os.close(waiting)  # what is logged from here on is for the next one
    os.utime(turn)
    return _sync(location.ship_failed)


def seconds_too_early(turn: Path) -> float:
    """Tell how long to wait, so that what has its turns by a file has not one after another."""
    try:
        seconds = time.time() - turn.stat().st_mtime
    except FileNotFoundError:
        return 0.0
    return min(max(0.0, MIN_SECONDS - seconds), MIN_SECONDS)


def _sync(failed: Path) -> int:
    from mltrace.workspace import Workspace

    try:
        Workspace().ship()
    except (MltraceError, OSError) as error:
        failed.write_text(f"{error}\n", encoding="utf-8")
        return 3
    return 0
