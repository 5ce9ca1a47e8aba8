"""The process that evaluates monitors after runs end.

`mltrace.capture.run_ends` starts it, beside the process that logs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING, Final

from mltrace.config import load_settings
from mltrace.errors import MltraceError
from mltrace.store.location import locate
from mltrace.times import parse_age
from mltrace.workspace.monitors.limits import DEFAULT_TIMEOUT, Limit
from mltrace.workspace.shipping import seconds_too_early

if TYPE_CHECKING:
    from pathlib import Path

_TURN: Final = "evaluate.turn"


def evaluate_at_run_end(waiting: int, *, is_waited_for: bool) -> int:
    """Evaluate the monitors that say so, after whoever does so now.

    Parameters
    ----------
    waiting : int
        The descriptor of the lock that only one process that waits for its turn holds.
    is_waited_for : bool
        Whether a process stays until this one is over.

    Returns
    -------
    int
        The exit code: 0 if it could, else 3; then a file beside the spool says why.
    """
    settings = load_settings()
    location = locate(settings.uri, settings.artifacts, spool=settings.spool)
    turn_file = location.spool.with_name(_TURN)
    if not is_waited_for:
        os.nice(10)
        time.sleep(seconds_too_early(turn_file))
    turn = os.open(turn_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(turn, fcntl.LOCK_EX)
    os.close(waiting)  # the runs that end from here on are for the next one
    os.utime(turn)
    return _evaluate(location.run_end_failed)


def _evaluate(failed: Path) -> int:
    from mltrace.workspace import Workspace

    try:
        workspace = Workspace()
        meant = [one for one in workspace.declared_monitors() if one.at_run_end]
        if meant:
            workspace.evaluate_monitors(*meant, limit=Limit(parse_age(DEFAULT_TIMEOUT)))
    except (MltraceError, OSError) as error:
        with contextlib.suppress(OSError):
            failed.write_text(f"{error}\n", encoding="utf-8")
        return 3
    failed.unlink(missing_ok=True)
    return 0
