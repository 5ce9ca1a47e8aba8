"""What a catalog on PostgreSQL costs beside one in a SQLite file.

    python -m benchmarks.postgresql

The same spools are drained into both, and the same questions are asked. The server is a private one
on this machine, so no network is measured; its CPU time is told apart from that of the reader.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from benchmarks import generated
from tests.private_postgresql import PrivatePostgresql

import mltrace as mt
from mltrace.store.location import locate

if TYPE_CHECKING:
    from collections.abc import Callable

NUM_RUNS = 30_000
NUM_IDS = 100_000
NUM_HOSTS = 4
ROUNDS = 7


def main() -> None:
    server = PrivatePostgresql()
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name in ("SQLite", "PostgreSQL"):
                _measure(name, folder, server)
        finally:
            server.remove()


def _measure(name: str, folder: str, server: PrivatePostgresql) -> None:
    os.environ["MLTRACE_SPOOL"] = f"{folder}/spools"

    def uri(store: str) -> str:
        return f"{server.uri}?schema={store}" if name == "PostgreSQL" else f"{folder}/{store}"

    workspace = _drain(name, uri("chain"), _chain(NUM_RUNS), (NUM_RUNS, "runs"), server)
    _ask(name, workspace)
    _drain(name, uri("ids"), _with_ids(), (NUM_IDS, "output ids"), server)
    _drain_at_once(name, uri("hosts"), folder)


def _chain(length: int, *, of: int = 0) -> generated.Log:
    log = generated.Log()
    log.num_runs = of * 1_000_000  # ids of its own
    for number in range(length):
        log.run(f"step{number % 7}", f"v{of}-{number - 1}" if number else "", f"v{of}-{number}")
    return log


def _with_ids() -> generated.Log:
    log = generated.Log()
    for number in range(NUM_IDS // 1_000):
        log.run("predict", f"model{number}", num_ids=1_000)
    return log


def _drain(
    name: str, uri: str, log: generated.Log, what: tuple[int, str], server: PrivatePostgresql
) -> mt.Workspace:
    workspace = mt.Workspace(uri)
    workspace.recent(1)
    log.spool(locate(uri, spool=os.environ["MLTRACE_SPOOL"]).spool.parent)
    clock, reader, database = time.monotonic(), time.process_time(), server.cpu_seconds()
    workspace.sync()
    clock, reader = time.monotonic() - clock, time.process_time() - reader
    database = server.cpu_seconds() - database
    number, things = what
    print(f"{name}: {number / clock:,.0f} {things}/s by the clock; CPU for {number:,}: ", end="")
    print(f"{reader:.2f} s of the reader, {database:.2f} s of the server")
    return workspace


def _ask(name: str, workspace: mt.Workspace) -> None:
    questions: dict[str, Callable[[], Any]] = {
        "recent": workspace.recent,
        "trace of 100 runs": lambda: workspace.trace("v0-99"),
        "components": workspace.components,
        "a sync with nothing to drain": workspace.sync,
    }
    for question, ask in questions.items():
        seconds = []
        for _ in range(ROUNDS):
            began = time.monotonic()
            ask()
            seconds.append(time.monotonic() - began)
        print(f"{name}: {question}: {min(seconds) * 1e3:.1f} ms by the clock, best of {ROUNDS}")


def _drain_at_once(name: str, uri: str, folder: str) -> None:
    """Let processes drain a spool each, as hosts do; into SQLite there is one spool for all."""
    spools = [f"{folder}/{name}{host}" for host in range(NUM_HOSTS)]
    for host, spool in enumerate(spools):
        log = _chain(NUM_RUNS // NUM_HOSTS, of=host)
        log.spool(locate(uri, spool=spool).spool.parent, process=f"h{host}")
    began = time.monotonic()
    readers = [
        subprocess.Popen(
            [sys.executable, "-m", "mltrace", "sync", "--store", uri],
            env={**os.environ, "MLTRACE_SPOOL": spool},
            stdout=subprocess.DEVNULL,
        )
        for spool in spools
    ]
    codes = [reader.wait() for reader in readers]
    rate = NUM_RUNS / (time.monotonic() - began)
    num_runs = len(mt.Workspace(uri).recent(limit=None))
    if any(codes) or num_runs != NUM_RUNS:
        raise SystemExit(f"{name}: {num_runs:,} of {NUM_RUNS:,} runs; exit codes {codes}")
    print(f"{name}: {NUM_HOSTS} readers at once: {rate:,.0f} runs/s by the clock, none lost")


if __name__ == "__main__":
    main()
