"""The same run record, written by mltrace and by what else could write it, for benchmarks.

The record W: name, times, one input and one output by name and digest, a commit, 30 lines of
source, five parameters and three metrics. Each system is told it as its documents say, in the
leanest way. A system that is not installed is left out.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import sqlite3
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PARAMS: Final[dict[str, Any]] = {
    "month": 3,
    "rate": 0.05,
    "solver": "lbfgs",
    "shuffle": True,
    "seed": 42,
}
METRICS: Final = {"f1": 0.71, "accuracy": 0.83, "rows": 26_115.0}
COMMIT: Final = "8f2a9d4e6b1c3f5a7d9e0b2c4a6f8d1e3b5c7a90"
INPUT, OUTPUT = "s3://lake/clean.parquet", "s3://lake/model.joblib"


class Writer(NamedTuple):
    """A system that is ready to log: `log` is told the number of the run."""

    log: Callable[[int], object]
    close: Callable[[], object]


class System(NamedTuple):
    """How to log with a system, and how to count what is found afterwards.

    Attributes
    ----------
    module : str
        What must be installed.
    num_runs : int
        How many runs are logged in a pass.
    """

    module: str
    open: Callable[[Path], Writer]
    count: Callable[[Path], int]
    num_runs: int


def train(month: int, rate: float, solver: str, shuffle: bool, seed: int) -> dict[str, float]:
    """Stand for a step of a pipeline; its source is part of the record.

    The lines of this text make it as long as a usual one: a step of a pipeline reads a table, makes
    features of it, parts it, trains a model and measures it. What it does is no part of what is
    measured, and so it does nothing. The systems that keep source text are given it as it is; those
    that do not know what source is are given it as an attribute of the run.

    Parameters
    ----------
    month : int
        Which month to train on.
    rate : float
        The learning rate.
    solver : str
        How to find the weights.
    shuffle : bool
        Whether to shuffle the rows.
    seed : int
        Where chance starts.

    Returns
    -------
    dict of str to float
        What was measured.
    """
    return METRICS if month and rate and solver and shuffle and seed else {}


_SOURCE: Final = inspect.getsource(train)


def open_floor(folder: Path) -> Writer:
    """Encode a record with msgspec and append it with one `os.write`: the least that is safe."""
    import msgspec

    encode = msgspec.json.Encoder().encode
    descriptor = _append_to(folder)

    def log(number: int) -> None:
        at = time.time_ns()
        train(**PARAMS)
        record = {
            "run": _run_id(number),
            "component": "train",
            "at": at,
            "ended_at": time.time_ns(),
            "inputs": [{"name": INPUT, "digest": _digest(number)}],
            "outputs": [{"name": OUTPUT, "digest": _digest(number + 1)}],
            "commit": COMMIT,
            "source": _SOURCE,
            "params": PARAMS,
            "metrics": METRICS,
        }
        os.write(descriptor, encode(record) + b"\n")

    return Writer(log, lambda: os.close(descriptor))


def open_mltrace(folder: Path) -> Writer:
    """Log a run of a component; source, commit and packages are found by mltrace itself."""
    os.environ["MLTRACE_URI"] = str(folder)
    import mltrace as mt
    from mltrace.capture.recorder import flush

    @mt.component
    def logged(source: str, **params: Any) -> str:
        del source
        run = mt.current_run()
        for name, value in train(**params).items():
            run.metric(name, value)
        return OUTPUT

    def log(number: int) -> None:
        del number
        logged(INPUT, **PARAMS)

    return Writer(log, flush)


def open_openlineage(folder: Path) -> Writer:
    """Emit one event for the end of a run; most users emit one for its start as well."""
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import (
        InputDataset,
        Job,
        OutputDataset,
        Run,
        RunEvent,
        RunState,
    )
    from openlineage.client.facet_v2 import dataset_version_dataset, source_code_job, tags_run
    from openlineage.client.transport.file import FileConfig, FileTransport

    config = FileConfig(log_file_path=str(folder / f"events-{os.getpid()}"), append=True)
    client = OpenLineageClient(transport=FileTransport(config))

    def log(number: int) -> None:
        train(**PARAMS)
        told = {**PARAMS, **METRICS, "commit": COMMIT}
        version = dataset_version_dataset.DatasetVersionDatasetFacet
        fields = [tags_run.TagsRunFacetFields(key=key, value=str(told[key])) for key in told]
        code = source_code_job.SourceCodeJobFacet(language="python", sourceCode=_SOURCE)
        client.emit(
            RunEvent(
                eventType=RunState.COMPLETE,
                eventTime=datetime.now(UTC).isoformat(),
                run=Run(
                    runId=_run_id(number),
                    facets={"tags": tags_run.TagsRunFacet(tags=fields)},
                ),
                job=Job(namespace="lake", name="train", facets={"sourceCode": code}),
                inputs=[InputDataset("lake", INPUT, facets={"version": version(_digest(number))})],
                outputs=[
                    OutputDataset("lake", OUTPUT, facets={"version": version(_digest(number + 1))})
                ],
            )
        )

    return Writer(log, client.close)


def open_opentelemetry(folder: Path) -> Writer:
    """End a span; a thread of the batch processor writes the spans to a file."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    file = open(folder / f"spans-{os.getpid()}.jsonl", "a", encoding="utf-8")  # noqa: SIM115
    exporter = ConsoleSpanExporter(
        out=file, formatter=lambda span: span.to_json(indent=None) + "\n"
    )
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("benchmark")

    def log(number: int) -> None:
        with tracer.start_as_current_span("train") as span:
            train(**PARAMS)
            span.set_attributes(
                {
                    **PARAMS,
                    **METRICS,
                    "commit": COMMIT,
                    "source": _SOURCE,
                    "input": INPUT,
                    "input.digest": _digest(number),
                    "output": OUTPUT,
                    "output.digest": _digest(number + 1),
                }
            )

    return Writer(log, provider.shutdown)


def open_mlflow(folder: Path) -> Writer:
    """Log a run with the fluent API into SQLite, all of a kind in one call."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("benchmark")

    def log(number: int) -> None:
        with mlflow.start_run():
            mlflow.log_params(PARAMS)
            mlflow.log_metrics(train(**PARAMS))
            mlflow.set_tags(
                {
                    "commit": COMMIT,
                    "source": _SOURCE,
                    "input": f"{INPUT}@{_digest(number)}",
                    "output": f"{OUTPUT}@{_digest(number + 1)}",
                }
            )

    return Writer(log, lambda: None)


def _append_to(folder: Path) -> int:
    path = folder / f"records-{os.getpid()}.jsonl"
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def _run_id(number: int) -> str:
    return str(uuid.UUID(int=os.getpid() << 64 | number % 2**64))


def _digest(number: int) -> str:
    return f"{number % 2**64:032x}"


def _count_lines(folder: Path) -> int:
    return sum(1 for path in _files(folder) for line in path.open("rb") if _is_whole(line))


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _count_mlflow(folder: Path) -> int:
    """Count the runs that have all that was logged."""
    with sqlite3.connect(folder / "mlflow.db") as connection:
        query = "SELECT count(*) FROM runs WHERE status = 'FINISHED'"
        (found,) = connection.execute(query).fetchone()
    return int(found)


def _count_mltrace(folder: Path) -> int:
    import mltrace as mt

    return len(mt.Workspace(folder).recent(None, status="succeeded"))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def num_bytes(folder: Path) -> int:
    """Count the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in _files(folder))


SYSTEMS: Final = {
    "floor": System("msgspec", open_floor, _count_lines, 2_000),
    "mltrace": System("mltrace", open_mltrace, _count_mltrace, 2_000),
    "OpenTelemetry": System("opentelemetry.sdk", open_opentelemetry, _count_lines, 2_000),
    "OpenLineage": System("openlineage.client", open_openlineage, _count_lines, 300),
    "MLflow": System("mlflow", open_mlflow, _count_mlflow, 15),
}


def installed() -> dict[str, System]:
    """List the systems that are installed here."""
    return {name: system for name, system in SYSTEMS.items() if _is_installed(system.module)}


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of the package above it
        return False
