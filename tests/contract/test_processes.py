"""Runs in processes that other runs started: parents and lineage go over the border."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

INNER = """
    from pathlib import Path
    import mltrace as mt

    @mt.component
    def clean(source: Path, target: Path) -> Path:
        target.write_text(source.read_text().upper())
        return target

    clean(Path("raw.txt"), Path("clean.txt"))
"""
UNKNOWN = "01938b5e-8c00-7abc-8000-000000000001"


@mt.component
def use(path: Path) -> mt.Artifact:
    return mt.Artifact("length", len(path.read_text()))


def test_a_run_knows_the_run_that_started_its_process(
    store: Path, workdir: Path, script: Callable[..., str]
) -> None:
    (workdir / "raw.txt").write_text("a")
    with mt.Component("job").start() as job:
        script(INNER, MLTRACE_PARENT=job.id)
    (inner,) = mt.history("clean")
    assert inner.parent_id == job.id


def test_an_outer_run_depends_on_what_another_process_wrote_for_it(
    store: Path, workdir: Path, script: Callable[..., str]
) -> None:
    (workdir / "raw.txt").write_text("a")
    with mt.Component("job").start() as job:
        script(INNER, MLTRACE_PARENT=job.id)
        job.write("clean.txt")
    use(Path("clean.txt"))
    assert [step.run.component for step in mt.trace("length").steps] == ["use", "job", "clean"]
    assert [ref.name for ref in mt.trace("length").sources] == ["raw.txt"]


def test_a_parent_that_is_not_known_here_does_no_harm(
    store: Path, workdir: Path, script: Callable[..., str]
) -> None:
    (workdir / "raw.txt").write_text("a")
    script(INNER, MLTRACE_PARENT=UNKNOWN)
    (inner,) = mt.history("clean")
    assert (inner.status, inner.parent_id) == ("succeeded", UNKNOWN)


@pytest.mark.parametrize("odd", ["", "me", f"{UNKNOWN}0", "../../etc/passwd"])
def test_a_parent_that_is_no_run_id_is_ignored(
    store: Path, workdir: Path, script: Callable[..., str], odd: str
) -> None:
    (workdir / "raw.txt").write_text("a")
    script(INNER, MLTRACE_PARENT=odd)
    assert mt.history("clean")[0].parent_id is None


def test_inside_a_process_its_own_outer_run_is_the_parent(
    store: Path, workdir: Path, script: Callable[..., str]
) -> None:
    outer_and_inner = """
        import mltrace as mt

        @mt.component
        def inner(): return mt.current_run().id

        with mt.Component("outer").start() as outer:
            inner()
    """
    script(outer_and_inner, MLTRACE_PARENT=UNKNOWN)
    outer, inner = mt.history("outer")[0], mt.history("inner")[0]
    assert (outer.parent_id, inner.parent_id) == (UNKNOWN, outer.id)


def test_workers_of_a_pool_hand_their_work_to_the_run_that_asked_for_it(
    store: Path, workdir: Path
) -> None:
    worker = """
import sys
from pathlib import Path
import mltrace as mt

@mt.component
def part(number: int) -> Path:
    path = Path(f"part-{number}.txt")
    path.write_text(f"part {number}")
    return path

part(int(sys.argv[1]))
"""
    (workdir / "worker.py").write_text(worker)
    source = str(Path(str(mt.__file__)).parents[1])
    with mt.Component("job").start() as job:
        env = {**os.environ, "MLTRACE_PARENT": str(job.id), "PYTHONPATH": source}
        started = [
            subprocess.Popen([sys.executable, "worker.py", str(number)], env=env)
            for number in range(3)
        ]
        assert [process.wait(60) for process in started] == [0, 0, 0]
        for number in range(3):
            job.write(f"part-{number}.txt")
    parts = {run.id for run in mt.history("part")}
    assert set(mt.run(str(job.id)).upstream) == parts
    assert len(parts) == 3
