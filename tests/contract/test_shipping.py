"""What is logged reaches a store on a server by itself, and nobody who logs notices."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.private_postgresql import PASSWORD, PASSWORD_QUOTED

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.private_postgresql import PrivatePostgresql

DEADLINE_SECONDS = 60
LOG = """
    import sys
    import mltrace as mt

    @mt.component
    def double(number):
        return 2 * number

    assert double(3) == 6
"""
LOG_AND_STAY = f"{LOG}\n    print('logged', flush=True)\n    sys.stdin.readline()\n"


@pytest.fixture
def uri(postgresql_uri: str, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("MLTRACE_URI", postgresql_uri)
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir.parent / "spools"))
    yield postgresql_uri
    for number in _shipping(workdir):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@pytest.fixture
def num_runs(postgresql: PrivatePostgresql, uri: str) -> Callable[[], int]:
    """Count the runs in the database, without reading what waits for it."""
    schema = uri.rpartition("=")[2]

    def _num_runs() -> int:
        ((found,),) = postgresql.execute(f"SELECT to_regclass('{schema}.run')::text")
        if found is None:
            return 0
        ((number,),) = postgresql.execute(f"SELECT count(*) FROM {schema}.run")
        return int(number)

    return _num_runs


def _until(is_so: Callable[[], Any]) -> Any:
    """Ask again and again until the answer is yes."""
    until = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < until:
        if found := is_so():
            return found
    raise AssertionError("it did not come about")


def _open_files(process: int) -> set[str]:
    found = set()
    for path in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(path))
    return found


def _shipping(workdir: Path) -> list[int]:
    """List the processes that ship from the spools of this test."""
    mine = f"MLTRACE_SPOOL={workdir.parent / 'spools'}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            is_mine = entry.name.isdecimal() and mine in (entry / "environ").read_bytes()
            if is_mine and b"workspace.shipping" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def _room(workdir: Path) -> Path:
    (room,) = (workdir.parent / "spools").iterdir()
    return room


def test_exit_of_a_process_sends_what_it_logged(
    script: Callable[..., str], num_runs: Callable[[], int]
) -> None:
    script(LOG, MLTRACE_SHIP="1")
    assert _until(num_runs) == 1


def test_exit_can_wait_until_all_is_sent(
    script: Callable[..., str], num_runs: Callable[[], int]
) -> None:
    script(LOG, MLTRACE_SHIP="wait")
    assert num_runs() == 1


def test_process_that_stays_sends_what_it_logged(
    start: Callable[..., subprocess.Popen[str]], num_runs: Callable[[], int]
) -> None:
    stays = start(LOG_AND_STAY, MLTRACE_SHIP="0.05s")
    assert _until(num_runs) == 1
    children = Path(f"/proc/{stays.pid}/task/{stays.pid}/children")
    _until(lambda: not children.read_text())  # nothing is left behind for the process to reap
    stays.communicate("\n", timeout=DEADLINE_SECONDS)
    assert stays.returncode == 0


@pytest.mark.parametrize("off", [{"MLTRACE_SHIP": "0"}, {"MLTRACE_DISABLED": "1"}])
def test_nothing_is_sent_when_it_is_switched_off(
    script: Callable[..., str], uri: str, workdir: Path, off: dict[str, str]
) -> None:
    script(LOG, **{"MLTRACE_SHIP": "wait", **off})
    assert not list((workdir.parent).glob("spools/*/ship.*"))


@pytest.mark.sqlite_only("what is logged for a server is shipped")
def test_local_store_starts_no_process(store: Path, script: Callable[..., str]) -> None:
    said = script(f"{LOG}\n    import threading; print(threading.enumerate())", MLTRACE_SHIP="wait")
    assert "mltrace-companion" not in said
    assert not list(store.rglob("ship.*"))


def test_next_shipment_waits_beside_the_pipeline_and_says_no_password(
    script: Callable[..., str], num_runs: Callable[[], int], workdir: Path
) -> None:
    script(LOG, MLTRACE_SHIP="wait")
    # That it returns shows that the process which stays behind holds none of its pipes.
    script(LOG, MLTRACE_SHIP="1")
    (waiting,) = _shipping(workdir)
    command = Path(f"/proc/{waiting}/cmdline").read_bytes().decode()
    assert PASSWORD not in command
    assert PASSWORD_QUOTED not in command
    kept_open = {"/dev/null", str(_room(workdir) / "ship.waiting")}
    _until(lambda: _open_files(waiting) == kept_open)  # at first, Python opens its own to start
    assert os.getsid(waiting) != os.getsid(0)
    script(LOG, MLTRACE_SHIP="1")
    assert _shipping(workdir) == [waiting]  # it will find what was logged now as well
    assert num_runs() == 1
    assert len(mt.recent()) == 3  # a reader does not wait for it


def test_workers_of_a_pool_send_what_they_logged(
    script: Callable[..., str], num_runs: Callable[[], int]
) -> None:
    pool = """
        import multiprocessing
        import mltrace as mt

        @mt.component
        def double(number):
            return 2 * number

        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                assert pool.map(double, range(8)) == list(range(0, 16, 2))
                pool.close()
                pool.join()
    """
    script(pool, MLTRACE_SHIP="wait")
    assert num_runs() == 8


def test_program_that_cannot_start_python_is_told_once(
    script: Callable[..., str], uri: str
) -> None:
    source = f"""
{LOG}
    import logging, json
    from mltrace.capture.guard import faults

    class Said(logging.Handler):
        def emit(self, record):
            print(record.getMessage())

    logging.getLogger("mltrace").addHandler(Said())
    sys.frozen = True
    from mltrace.capture.recorder import current_recorder
    current_recorder().send()
    print(json.dumps(faults()))
    """
    *said, counted = script(source, MLTRACE_SHIP="1").splitlines()
    assert "mltrace sync" in "".join(said)
    assert any("companions" in place for place in json.loads(counted))


def test_unreachable_database_is_noted_and_holds_nobody_up(
    script: Callable[..., str], workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir.parent / "spools"))
    away = f"postgresql://ann:{PASSWORD_QUOTED}@127.0.0.1:1/team"
    script(LOG, MLTRACE_SHIP="wait", MLTRACE_URI=away)
    failed = (_room(workdir) / "ship.failed").read_text()
    assert "postgresql://ann@127.0.0.1:1/team cannot be reached" in failed
    assert PASSWORD not in failed
    assert PASSWORD_QUOTED not in failed
