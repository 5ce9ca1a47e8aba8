"""How fast facts are appended and drained, and the bytes that a run takes up.

    python -m benchmarks.drain

The runs are logged as a pipeline would: five parameters, three metrics, a file in and a file out.
The bytes of kept values are told apart, since they depend on the values.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks import generated

import mltrace as mt
from mltrace.capture.recorder import flush
from mltrace.store.spool import SpoolWriter

NUM_LOGGED = 10_000
NUM_APPENDED = 50_000
PARAMS = {"month": 3, "rate": 0.05, "solver": "lbfgs", "shuffle": True, "seed": 42}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        _logged(Path(folder, "logged"))
        _appended(Path(folder, "appended"))
        os.chdir("/")


def _logged(store: Path) -> None:
    os.environ["MLTRACE_URI"] = str(store)
    Path("raw.bin").write_bytes(os.urandom(1024))
    component = mt.Component("copy")
    began, all_began = time.thread_time(), time.process_time()
    for number in range(NUM_LOGGED):
        with component.start(source="raw.bin", **PARAMS) as run:
            Path(f"out-{number}.bin").write_bytes(number.to_bytes(8, "little"))
            run.write(f"out-{number}.bin")
            run.metric("f1", 0.71)
            run.metric("accuracy", 0.83)
            run.metric("rows", 26_115)
    caller = (time.thread_time() - began) / NUM_LOGGED * 1e6
    flush()
    everyone = (time.process_time() - all_began) / NUM_LOGGED * 1e6
    print(
        f"logged {NUM_LOGGED:,} runs of six facts, the block writes a file: {caller:.0f} µs each,"
    )
    print(f"  and {everyone - caller:.0f} µs in the background, which keeps that file's content")
    kept = _bytes(store / "blobs")
    spooled = _bytes(store / "spool") / NUM_LOGGED
    _drain(store, NUM_LOGGED)
    catalog = _bytes(store) - _bytes(store / "blobs") - _bytes(store / "spool")
    print(f"  bytes per run: {spooled:.0f} in the spool until drained, ", end="")
    print(f"{catalog / NUM_LOGGED:.0f} in the catalog; {kept / NUM_LOGGED:.0f} of kept values")


def _appended(store: Path) -> None:
    """Append the two facts of each run of a generated chain, without the capture."""
    process, *facts = generated.chain(NUM_APPENDED).facts
    writer = SpoolWriter(store / "spool", lambda: ("p", [process]))
    began = time.thread_time()
    for fact in facts:
        writer.append(fact)
    rate = NUM_APPENDED / (time.thread_time() - began)
    writer.close()
    print(f"appended {NUM_APPENDED:,} runs of two facts: {rate:,.0f} runs/s of CPU")
    _drain(store, NUM_APPENDED)


def _drain(store: Path, num_runs: int) -> None:
    again = store.with_name("again")
    shutil.copytree(store, again)
    began = time.process_time()
    mt.Workspace(store).sync()
    seconds = time.process_time() - began
    print(f"  drained: {num_runs / seconds:,.0f} runs/s of CPU; ", end="")
    other = mt.Workspace(again)
    other.recent(1)
    began = time.process_time()
    other.sync()
    print(f"a sync with nothing to drain: {(time.process_time() - began) * 1e3:.2f} ms")
    shutil.rmtree(again)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
