"""What a logged run costs its caller, beside a bare JSON line and beside MLflow.

The run reads a file of 1 kB and writes one, has five parameters and small values. MLflow logs less:
five parameters and three metrics, no file. It is left out where it is not installed; to have it,
make an environment that is thrown away afterwards:

    python -m venv /tmp/bench
    /tmp/bench/bin/pip install -e . -r benchmarks/requirements.txt
    /tmp/bench/bin/python -m benchmarks.logging_cost
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.timing import Case, measure

import mltrace as mt
from mltrace.values.files import describe_path

if TYPE_CHECKING:
    from collections.abc import Callable

PARAMS: dict[str, Any] = {
    "month": 3,
    "rate": 0.05,
    "solver": "lbfgs",
    "shuffle": True,
    "seed": 42,
}
METRICS = {"f1": 0.71, "accuracy": 0.83, "rows": 26_115.0}
SOURCE = "source.bin"
KEEP_LIMIT_BYTES = 64 * 1024 * 1024
NUM_MLFLOW_CALLS = 10


def copy(
    source: str,
    target: str,
    *,
    month: int,  # noqa: ARG001
    rate: float,  # noqa: ARG001
    solver: str,  # noqa: ARG001
    shuffle: bool,  # noqa: ARG001
    seed: int,  # noqa: ARG001
) -> None:
    """Do what a pipeline step does to its files."""
    descriptor = os.open(source, os.O_RDONLY)
    content = os.read(descriptor, 4096)
    os.close(descriptor)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(descriptor, content)
    os.close(descriptor)


def count(*, month: int, rate: float, solver: str, shuffle: bool, seed: int) -> int:
    return month + int(rate) + len(solver) + shuffle + seed


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["MLTRACE_URI"] = f"{folder}/.mltrace"
        Path(SOURCE).write_bytes(os.urandom(1024))
        time.sleep(2.1)  # a file written less than 2 s ago is never taken from the digest cache
        cases = [*_file_cases(), *_small_cases()]
        if importlib.util.find_spec("mlflow") is not None:
            cases.append(Case("MLflow run, no file", _mlflow_run(), NUM_MLFLOW_CALLS))
        timings = measure(cases, between=_clear)
        os.chdir("/")
    print("CPU of the calling thread per call, microseconds      best   median")
    for name, timing in timings.items():
        print(f"  {name:<46} {timing.best * 1e6:9.1f} {timing.median * 1e6:8.1f}")
    _compare({name: timing.best * 1e6 for name, timing in timings.items()})


def _file_cases() -> list[Case]:
    """Make the cases with files; each call writes a new one, or else always the same."""
    logged = mt.component(copy)

    def bare(number: int, target: str = "") -> None:
        copy(SOURCE, target or f"target-{number}", **PARAMS)

    def digested(number: int, target: str = "") -> None:
        target = target or f"target-{number}"
        describe_path(SOURCE, KEEP_LIMIT_BYTES)
        if target == "target":
            describe_path(target, KEEP_LIMIT_BYTES)  # what the argument named before the run
        copy(SOURCE, target, **PARAMS)
        describe_path(target, KEEP_LIMIT_BYTES)

    return [
        Case("bare function, new file", bare),
        Case("with both files digested", digested),
        Case("mltrace run", lambda number: logged(SOURCE, f"target-{number}", **PARAMS)),
        Case("bare function, file overwritten", lambda _: bare(0, "target")),
        Case("with all files digested", lambda _: digested(0, "target")),
        Case("mltrace run, file overwritten", lambda _: logged(SOURCE, "target", **PARAMS)),
    ]


def _small_cases() -> list[Case]:
    logged = mt.component(count)
    left_out = mt.component(sample=0.0)(count)
    descriptor = os.open("lines.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(_number: int) -> None:
        fact = {"component": "count", "at": time.time_ns(), "params": PARAMS, "metrics": METRICS}
        count(**PARAMS)
        os.write(descriptor, json.dumps(fact).encode() + b"\n")

    return [
        Case("bare function, no file", lambda _: count(**PARAMS)),
        Case("with a JSON line appended", append),
        Case("mltrace run, no file", lambda _: logged(**PARAMS)),
        Case("mltrace run, left out by sampling", lambda _: left_out(**PARAMS)),
    ]


def _mlflow_run() -> Callable[[int], None]:
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{os.getcwd()}/mlflow.db")
    mlflow.set_experiment("benchmark")

    def run(_number: int) -> None:
        with mlflow.start_run():
            mlflow.log_params(PARAMS)
            mlflow.log_metrics(METRICS)

    return run


def _clear() -> None:
    for path in Path().glob("target-*"):
        path.unlink()


def _compare(best: dict[str, float]) -> None:
    new = best["mltrace run"] - best["with both files digested"]
    again = best["mltrace run, file overwritten"] - best["with all files digested"]
    files = best["mltrace run"] - best["bare function, new file"]
    small = best["mltrace run, no file"] - best["bare function, no file"]
    line = best["with a JSON line appended"] - best["bare function, no file"]
    print(f"a file in, a new file out: {new:.0f} µs on top of digesting, {files:.0f} µs with it")
    print(f"a file in, a file overwritten: {again:.0f} µs on top of digesting")
    out = best["mltrace run, left out by sampling"] - best["bare function, no file"]
    print(f"left out by sampling, counted: {out:.1f} µs")
    print(f"no file: {small:.0f} µs; one JSON line written by hand: {line:.0f} µs")
    if "MLflow run, no file" not in best:
        print("MLflow is not installed here, so not measured; the top of this script says how.")
        return
    mlflow = best["MLflow run, no file"]
    print(f"MLflow, no file: {mlflow:,.0f} µs, {mlflow / small:,.0f} times as much;")
    print(f"  {mlflow / files:,.0f} times an mltrace run that digests both its files")


if __name__ == "__main__":
    main()
