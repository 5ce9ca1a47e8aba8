"""A database server that is stopped, killed or cuts its connections: nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.private_postgresql import PrivatePostgresql

    Start = Callable[..., subprocess.Popen[str]]

SECONDS = 120
WRITE = """
    import sys
    import mltrace as mt

    @mt.component
    def step(name, number, path):
        with open(path, "w") as file:
            file.write(str(number))
        return number

    first, last, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for number in range(first, last):
        assert step(name, number, f"{name}-{number % 50}.txt") == number
"""


@pytest.fixture
def uri(postgresql_uri: str, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLTRACE_URI", postgresql_uri)
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir.parent / "spools"))
    return postgresql_uri


@pytest.fixture
def workspace(uri: str) -> Iterator[mt.Workspace]:
    opened = mt.Workspace()
    yield opened
    opened.close()


def _numbers(workspace: mt.Workspace) -> list[Any]:
    """List what the runs that are known were given, in order; each must be there once."""
    runs = workspace.recent(limit=None)
    assert {run.status for run in runs} <= {"succeeded"}
    return sorted((run.params["name"], run.params["number"]) for run in runs)


def _sync(spawn: Start, **env: str) -> subprocess.Popen[str]:
    return spawn([sys.executable, "-m", "mltrace", "sync"], **env)


def test_pipeline_goes_on_while_the_server_is_stopped_and_sync_catches_up(
    postgresql: PrivatePostgresql, workspace: mt.Workspace, script: Callable[..., str]
) -> None:
    script(WRITE, "0", "5", "a")
    assert len(_numbers(workspace)) == 5
    postgresql.stop()
    try:
        script(WRITE, "5", "30", "a", MLTRACE_SHIP="1")
        for ask in (workspace.recent, workspace.sync, workspace.stale):
            with pytest.raises(mt.StoreError, match=r"cannot be reached.*waits on this machine"):
                ask()
    finally:
        postgresql.start()
    assert workspace.sync().num_facts > 0
    assert _numbers(workspace) == [("a", number) for number in range(30)]
    assert workspace.sync().num_facts == 0


def test_process_that_stays_sends_what_waited_once_the_server_is_back(
    postgresql: PrivatePostgresql, workspace: mt.Workspace, start: Start, uri: str
) -> None:
    workspace.sync()  # makes the tables
    room = workspace.store.location.spool.parent
    postgresql.stop()
    try:
        stays = start(f"{WRITE}\n    sys.stdin.readline()", "0", "3", "a", MLTRACE_SHIP="0.2s")
        _until((room / "ship.failed").exists)
    finally:
        postgresql.start()
    count = f"SELECT count(*) FROM {uri.rpartition('=')[2]}.run"
    _until(lambda: postgresql.execute(count) == [(3,)])
    _until(lambda: not (room / "ship.failed").exists())
    stays.communicate("\n", timeout=SECONDS)


def _until(is_so: Callable[[], object]) -> None:
    """Ask again and again until the answer is yes."""
    until = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < until, "it did not come about"


def test_connection_that_the_server_closed_in_between_is_not_noticed(
    postgresql: PrivatePostgresql, workspace: mt.Workspace, script: Callable[..., str]
) -> None:
    script(WRITE, "0", "1", "a")
    assert len(_numbers(workspace)) == 1
    postgresql.stop()
    postgresql.start()
    script(WRITE, "1", "2", "a")
    assert len(_numbers(workspace)) == 2


def test_killed_server_has_each_fact_once_when_it_is_back(
    postgresql: PrivatePostgresql,
    workspace: mt.Workspace,
    script: Callable[..., str],
    spawn: Start,
) -> None:
    draw = random.Random(7)
    num_runs = 0
    for _ in range(4):
        script(WRITE, str(num_runs), str(num_runs + 400), "a")
        num_runs += 400
        sync = _sync(spawn)
        # Until its transaction is at a random place, which is where the server dies.
        _until_statement(postgresql, sync, draw.randrange(1, 40))
        postgresql.kill()
        sync.communicate(timeout=SECONDS)
        postgresql.start()
    workspace.sync()
    assert _numbers(workspace) == [("a", number) for number in range(num_runs)]
    assert not list(Path(os.environ["MLTRACE_SPOOL"]).glob("*/spool/*.jsonl"))


def _until_statement(
    postgresql: PrivatePostgresql, sync: subprocess.Popen[str], number: int
) -> None:
    """Wait until a sync has begun so many different statements, or is over."""
    seen: set[object] = set()
    while sync.poll() is None and len(seen) < number:
        rows = postgresql.execute(
            "SELECT query_start FROM pg_stat_activity WHERE application_name = 'mltrace'"
        )
        seen.update(rows)


def test_drain_whose_connection_is_cut_is_an_error_and_is_done_again(
    postgresql: PrivatePostgresql,
    workspace: mt.Workspace,
    uri: str,
    script: Callable[..., str],
    spawn: Start,
) -> None:
    workspace.sync()  # makes the tables
    script(WRITE, "0", "800", "a")
    with postgresql.connect() as blocker:
        # Whoever counts the runs of a component waits here, in the middle of its transaction.
        schema = uri.rpartition("=")[2].encode()
        blocker.execute(b"LOCK TABLE " + schema + b".component IN SHARE MODE")
        sync = _sync(spawn)
        _until(
            lambda: postgresql.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'mltrace' AND wait_event_type = 'Lock' "
                "AND query LIKE '%component%'"
            )
        )
        _, said = sync.communicate(timeout=SECONDS)
    assert sync.returncode == 3, said
    assert "Traceback" not in said
    workspace.sync()
    assert _numbers(workspace) == [("a", number) for number in range(800)]


def test_hosts_that_drain_at_once_lose_and_double_nothing(
    postgresql: PrivatePostgresql,
    workspace: mt.Workspace,
    start: Start,
    spawn: Start,
    workdir: Path,
) -> None:
    """Spools of several hosts are folders of their own here."""
    hosts = [str(workdir.parent / f"host{number}") for number in range(4)]
    writers = [
        start(WRITE, "0", "150", f"{Path(host).name}{writer}", MLTRACE_SPOOL=host)
        for host in hosts
        for writer in range(2)
    ]
    while any(writer.poll() is None for writer in writers):
        readers = [_sync(spawn, MLTRACE_SPOOL=host) for host in hosts]
        for reader in readers:
            _, said = reader.communicate(timeout=SECONDS)
            assert reader.returncode == 0, said
    for writer in writers:
        _, said = writer.communicate(timeout=SECONDS)
        assert writer.returncode == 0, said
    last = [_sync(spawn, MLTRACE_SPOOL=host) for host in hosts for _ in range(2)]
    for reader in last:
        _, said = reader.communicate(timeout=SECONDS)
        assert reader.returncode == 0, said
    names = sorted(f"{Path(host).name}{writer}" for host in hosts for writer in range(2))
    assert _numbers(workspace) == [(name, number) for name in names for number in range(150)]
    schema = os.environ["MLTRACE_URI"].rpartition("=")[2]
    ((num_offsets,),) = postgresql.execute(f"SELECT count(*) FROM {schema}.spool_file")
    assert num_offsets == 0


def test_processes_that_open_a_new_store_at_once_make_it_once(
    workspace: mt.Workspace, spawn: Start
) -> None:
    readers = [_sync(spawn) for _ in range(6)]
    for reader in readers:
        _, said = reader.communicate(timeout=SECONDS)
        assert reader.returncode == 0, said
    assert list(workspace.recent()) == []


def test_reader_that_hangs_in_the_middle_is_cut_off(
    postgresql: PrivatePostgresql,
    workspace: mt.Workspace,
    script: Callable[..., str],
    spawn: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stopped process holds the lock; the server ends its transaction, and others go on."""
    script(WRITE, "0", "800", "a")
    hang = """
        import sys
        from mltrace.store.database import postgresql
        postgresql._OF_WRITERS["idle_in_transaction_session_timeout"] = "300ms"
        from mltrace.workspace import Workspace
        with Workspace().store.catalog.write():
            print("holding", flush=True)
            sys.stdin.readline()
    """
    path = Path("hang.py")
    path.write_text("\n".join(line[8:] for line in hang.splitlines()))
    holder = spawn([sys.executable, str(path)])
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holding\n"
    holder.send_signal(signal.SIGSTOP)
    workspace.sync()
    assert len(_numbers(workspace)) == 800
    holder.send_signal(signal.SIGCONT)
