"""Children that are forked while other threads log: none hangs, and all runs are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.logged_rows import read_rows

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORKS = """
    import os, signal, sys, threading
    from pathlib import Path
    import numpy
    import mltrace as mt

    Path("a.txt").write_text("a")

    @mt.component
    def parent(frame, path: Path):
        return frame

    @mt.component
    def child(frame, path: Path):
        return frame

    def log_again_and_again():
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


BEGINNING = """
    import os, signal, threading
    import pandas
    import mltrace as mt

    frame = pandas.DataFrame({"price": [1.5, None], "shop": ["a", "b"]})

    @mt.component
    def clean(frame):
        return frame

    thread = threading.Thread(target=clean, args=(frame,))
    thread.start()
    codes = []
    while thread.is_alive() or not codes:
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            clean(frame)
            os._exit(0)
        codes.append(os.waitpid(pid, 0)[1])
    thread.join()
    print(set(codes))
"""


def test_children_forked_while_a_thread_logs_its_first_frame_do_not_hang(
    store: Path, script: Callable[..., str]
) -> None:
    for _ in range(2):
        assert script(BEGINNING).strip() == "{0}"
    assert {run.status for run in mt.recent(limit=None)} == {"succeeded"}


NO_IMPORTS = """
    import sys, threading
    seen = set()

    def see(event, arguments):
        if event == "import" and threading.current_thread().name == "mltrace":
            seen.add(arguments[0])

    sys.addaudithook(see)

    from pathlib import Path
    import numpy, pandas, polars, pyarrow, scipy.sparse
    from sklearn.linear_model import LinearRegression
    import mltrace as mt
    from mltrace.capture.recorder import flush

    Path("a.txt").write_text("a" * 10_000)
    Path("folder").mkdir()
    Path("folder/b.txt").write_text("b" * 10_000)

    @mt.component
    def use(value):
        return mt.Artifact("out", value)

    for value in (
        Path("a.txt"),
        Path("folder"),
        [1.5] * 2_000,
        numpy.arange(50_000.0),
        pandas.DataFrame({"a": range(1_000), "b": ["x"] * 1_000}),
        polars.DataFrame({"a": range(1_000), "b": ["x"] * 1_000}),
        pyarrow.table({"a": list(range(1_000))}),
        scipy.sparse.eye(1_000).tocsr(),
        LinearRegression().fit([[1.0], [2.0]], [1, 2]),
        mt.Ids(range(100)),
    ):
        use(value)
    flush()
    print(seen)
"""


def test_the_thread_in_the_background_imports_nothing(
    store: Path, script: Callable[..., str]
) -> None:
    assert script(NO_IMPORTS).strip() == "set()"


def test_children_forked_while_threads_begin_to_log_do_not_hang(
    store: Path, script: Callable[..., str]
) -> None:
    assert script(FORKS).strip() == "{0}"
    runs = mt.recent(limit=None, component="child")
    assert len(runs) == 20
    assert {run.status for run in runs} == {"succeeded"}


FIRST_PREDICTIONS = """
    import os, signal, threading
    import mltrace as mt

    task = mt.Task("late", kind="binary")

    def log(number):
        row = 0
        while not is_over.is_set():
            task.log_predictions(f"{number}-{row}", 1, 0.5)
            row += 1
            task.log_predictions([f"{number}-{row}-{one}" for one in range(100)], [1] * 100)

    is_over = threading.Event()
    threads = [threading.Thread(target=log, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    codes = []
    for number in range(10):
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            task.log_predictions(f"child-{number}", 1)
            os._exit(0)
        codes.append(os.waitpid(pid, 0)[1])
    is_over.set()
    for thread in threads:
        thread.join()
    print(set(codes))
"""


def test_children_forked_while_threads_log_their_first_predictions_do_not_hang(
    store: Path, script: Callable[..., str]
) -> None:
    said = script(FIRST_PREDICTIONS, USER=None, LOGNAME=None)
    assert said.strip() == "{0}"
    ids = {row["id"] for row in read_rows()}
    assert {f"child-{number}" for number in range(10)} <= ids
