"""Whatever befalls us, the command of `mltrace exec` runs and its exit status stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from tests.faults.conftest import Disk

EXEC = f"{sys.executable} -m mltrace exec"


def _run(line: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, PYTHONPATH=str(Path(str(mt.__file__)).parents[1]))
    return subprocess.run(
        ["sh", "-c", line],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )


def _says_one_line(done: subprocess.CompletedProcess[str]) -> bool:
    lines = done.stderr.splitlines()
    return len(lines) == 1 and lines[0].startswith("mltrace: ")


def test_full_disk_costs_one_line(disk: Disk) -> None:
    disk.fill()
    done = _run(f"{EXEC} -- sh -c 'echo out; exit 3'")
    assert (done.returncode, done.stdout) == (3, "out\n")
    assert _says_one_line(done)
    assert "No space left" in done.stderr


def test_disk_that_fills_up_meanwhile_costs_one_line(disk: Disk, tmp_path: Path) -> None:
    ballast = disk.path / "ballast"
    filling = f"head -c 9m /dev/zero >{ballast} 2>/dev/null; for n in 1 2 3 4 5 6 7 8 9; do"
    filling += f" head -c 500 /dev/zero >>{ballast} 2>/dev/null; done; echo out; exit 3"
    done = _run(f"{EXEC} --write {tmp_path}/nothing* -- sh -c '{filling}' 2>{tmp_path}/said")
    assert (done.returncode, done.stdout) == (3, "out\n")
    said = (tmp_path / "said").read_text().splitlines()
    assert len([line for line in said if "nothing*" not in line]) <= 1
    disk.free()
    assert [run.component for run in mt.recent()] == ["sh"]


def test_store_that_may_not_be_written_costs_one_line(disk: Disk) -> None:
    disk.remount("ro")
    done = _run(f"{EXEC} -- sh -c 'echo out; exit 3'")
    disk.remount("rw")
    assert (done.returncode, done.stdout) == (3, "out\n")
    assert _says_one_line(done)
    assert "Read-only" in done.stderr


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("option", ["--tag=x", "--auto"])
@pytest.mark.usefixtures("store")
def test_closed_streams_stay_closed(closed: str, option: str, tmp_path: Path) -> None:
    listing = "import os, sys; os.fstat(0); os.fstat(1); os.fstat(2)"
    bare = _run(f"{sys.executable} -c '{listing}' {closed}")
    done = _run(f"{EXEC} {option} -- {sys.executable} -c '{listing}' {closed}")
    assert done.returncode == bare.returncode
    assert mt.recent()[0].metrics["exit_status"] == bare.returncode


@pytest.mark.parametrize("limit", ["-v 700000", "-n 12", "-u 1", "-f 0"])
@pytest.mark.parametrize("option", ["--tag=x", "--auto"])
@pytest.mark.usefixtures("store")
def test_tight_limits_of_the_system_are_no_obstacle(limit: str, option: str) -> None:
    done = _run(f"ulimit {limit}; {EXEC} {option} -- sh -c 'echo out; exit 3'")
    assert (done.returncode, done.stdout) == (3, "out\n")


@pytest.mark.usefixtures("store")
def test_signal_that_was_ignored_stays_ignored() -> None:
    source = "import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)"
    done = _run(f"trap '' HUP; {EXEC} -- {sys.executable} -c '{source}'")
    assert done.stdout == "True\n"


@pytest.mark.usefixtures("store")
def test_parent_that_ignores_its_children_is_no_obstacle() -> None:
    source = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
    source += "os.execv(sys.argv[1], sys.argv[1:])"
    done = _run(f"{sys.executable} -c '{source}' {EXEC} -- sh -c 'echo out; exit 3'")
    assert (done.returncode, done.stdout) == (3, "out\n")


@pytest.mark.usefixtures("store")
def test_broken_pipe_kills_the_command_as_ever() -> None:
    done = _run(f"{EXEC} -- yes | head -n 1")
    assert (done.stdout, done.stderr) == ("y\n", "")
    (run,) = mt.recent()
    assert run.error is not None
    assert run.error.message == "killed by SIGPIPE"
