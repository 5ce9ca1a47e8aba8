"""Children that are forked while other threads log: none hangs, and all runs are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORKS = """
    import os, signal, sys, threading
    from pathlib import Path
    import mltrace as mt

    Path("a.txt").write_text("a")

    @mt.component
    def parent(frame, path: Path):
        return frame

    @mt.component
    def child(frame, path: Path):
        return frame

    def log_again_and_again():
        import numpy
        while not is_over.is_set():
            parent(numpy.arange(1000), Path("a.txt"))

    is_over = threading.Event()
    threads = [threading.Thread(target=log_again_and_again) for _ in range(2)]
    for thread in threads:
        thread.start()
    codes = []
    for number in range(20):
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            child([number], Path("a.txt"))
            sys.stdout.flush()
            os._exit(0)
        codes.append(os.waitpid(pid, 0)[1])
    is_over.set()
    for thread in threads:
        thread.join()
    print(set(codes))
"""


def test_children_forked_while_threads_begin_to_log_do_not_hang(
    store: Path, script: Callable[..., str]
) -> None:
    assert script(FORKS).strip() == "{0}"
    runs = mt.recent(limit=None, component="child")
    assert len(runs) == 20
    assert {run.status for run in runs} == {"succeeded"}
