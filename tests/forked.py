"""Children that are forked of the process that runs tests; each ends, whatever happens in it."""

from __future__ import annotations

import os
import signal
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 60


def fork(function: Callable[[], object]) -> int:
    """Call a function in a forked child, and nothing else; return the number of the child.

    One that hangs is killed by the system after a minute, wherever it is.
    """
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    status = 1
    try:
        function()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def end_of(child: int) -> int:
    """Wait for a child; return 0, 1 if its function raised, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_forked(function: Callable[[], object]) -> int:
    """Call a function in a forked child and wait for that; return what `end_of` tells."""
    return end_of(fork(function))
