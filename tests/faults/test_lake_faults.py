"""The lake: who is killed, races or finds no room loses no row and doubles none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy
import pytest

import mltrace as mt
from mltrace.store.lake.reading import LakeReader
from mltrace.store.lake.segments import live_segments
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import Disk

COMPACT = """
import contextlib, sys
from mltrace.store.lake import planning, reading, rewriting
from mltrace.store.lake.compacting import Compactor
from mltrace.store.lake.sweeping import sweep_orphans, sweep_replaced
from mltrace.store.opening import Store
from mltrace.config import load_settings

planning.MIN_ROWS = rewriting.MIN_ROWS = 700

def compact_once():
    with contextlib.closing(Store(load_settings())) as store:
        store.drain()
        Compactor(store.catalog, store.location).run()
        for sweep in (sweep_replaced, sweep_orphans):
            sweep(store.catalog, store.location.lake)
"""
KILLED_COMPACTORS = (
    COMPACT
    + """
import os, random, signal, time
import mltrace as mt

draw = random.Random(7)
killed = 0
task = mt.Task("late", kind="regression")
for turn in range(int(sys.argv[1])):
    for batch in range(3):
        ids = [f"{turn}-{batch}-{number}" for number in range(100)]
        task.log_predictions(ids, [float(turn)] * 100)
    task.log_predictions(f"{turn}-single", 0.5)
    pid = os.fork()
    if pid == 0:
        compact_once()
        os._exit(0)
    time.sleep(draw.uniform(0, 0.15))
    os.kill(pid, signal.SIGKILL)
    killed += os.waitpid(pid, 0)[1] != 0
print(killed)
"""
)
COMPACTORS = (
    COMPACT
    + """
import select

while not select.select([sys.stdin], [], [], 0.001)[0]:
    compact_once()
compact_once()
"""
)


def ids_of(kind: str = "predictions") -> Counter[str]:
    """Count the rows of each id."""
    store = default_workspace().store
    with store.reading() as connection:
        reader = LakeReader(connection, store.location.lake)
        ids = reader.read("late", kind, columns=["id"]).column("id")  # type: ignore[arg-type]
        assert not reader.left_out
    return Counter(ids.to_pylist())


def test_killed_compactors_lose_and_double_nothing(store: Path, script: Callable[..., str]) -> None:
    assert int(script(KILLED_COMPACTORS, "40")) > 5
    prefixes = [f"{turn}-{batch}" for turn in range(40) for batch in range(3)]
    expected = {f"{prefix}-{number}" for prefix in prefixes for number in range(100)}
    expected |= {f"{turn}-single" for turn in range(40)}
    found = ids_of()
    assert found.keys() == expected
    assert max(found.values()) == 1
    mt.sync()
    assert ids_of() == found


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_compactors_that_race_lose_and_double_nothing(
    database: str,
    store: Path,
    start: Callable[..., subprocess.Popen[str]],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if database == "postgresql":
        monkeypatch.setenv("MLTRACE_URI", request.getfixturevalue("postgresql_uri"))
        monkeypatch.setenv("MLTRACE_SPOOL", str(store))
        monkeypatch.setenv("MLTRACE_ARTIFACTS", str(store / "shared"))
    mt.Task("late", kind="regression").log_predictions(["first"], [0.0])
    mt.sync()
    racing = [start(COMPACTORS) for _ in range(3)]
    task = mt.Task("late", kind="regression")
    for turn in range(40):
        task.log_predictions([f"{turn}-{number}" for number in range(100)], [1.0] * 100)
        task.log_predictions(f"{turn}-single", 0.5)
    for process in racing:
        _, said = process.communicate("\n", timeout=120)
        assert process.returncode == 0, said
    found = ids_of()
    assert len(found) == 40 * 101 + 1
    assert max(found.values()) == 1
    if database == "postgresql":
        default_workspace().close()


def test_full_disk_keeps_all_that_was_logged_until_there_is_room(disk: Disk) -> None:
    task = mt.Task("late", kind="regression")
    for turn in range(4):
        ids = [f"{turn}-{number}" for number in range(5_000)]
        task.log_predictions(ids, numpy.random.default_rng(turn).random(5_000))
    with default_workspace().store.reading() as connection:
        before = len(live_segments(connection))
    disk.fill()
    task.log_predictions([f"lost-{number}" for number in range(5_000)], numpy.zeros(5_000))
    with pytest.raises(mt.StoreError, match="No space left"):
        default_workspace().store.tend_lake()
    assert len(ids_of()) == 20_000
    disk.free()
    with default_workspace().store.reading() as connection:
        assert len(live_segments(connection)) == before
    task.log_predictions(["late"], [1.0])
    mt.sync()
    found = ids_of()
    assert (len(found), max(found.values())) == (20_001, 1)
    with default_workspace().store.reading() as connection:
        assert [one.is_compacted for one in live_segments(connection)] == [True]


def test_store_on_a_read_only_disk_answers_with_what_is_pending(
    disk: Disk, script: Callable[..., str]
) -> None:
    script(
        """
        import mltrace as mt

        task = mt.Task("late", kind="regression")
        task.log_predictions([f"0-{number}" for number in range(5_000)], [0.0] * 5_000)
        mt.sync()
        task.log_predictions([f"1-{number}" for number in range(5_000)], [0.0] * 5_000)
        """
    )
    disk.remount("ro")
    try:
        assert len(ids_of()) == 10_000
    finally:
        disk.remount("rw")
