"""The vocabulary: what every query returns, as frozen records.

Records print well, turn into plain dictionaries (`to_dict`) and into frames (`to_arrow`,
`to_pandas`, `to_polars`). Times are aware UTC datetimes; sizes are bytes; durations seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec

from mltrace import rendering

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

RunStatus = Literal["running", "succeeded", "failed", "aborted"]
ArtifactKind = Literal["data", "model", "file", "ids", "value"]
CheckStatus = Literal["passed", "failed", "error", "skipped"]
CheckWhen = Literal["before", "after"]
Severity = Literal["warn", "block"]


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The base of all records; they form no cycles, so the garbage collector skips them."""

    def to_dict(self) -> dict[str, Any]:
        """Turn the record into plain JSON-ready values; times become ISO 8601 text."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    def rows(self) -> list[dict[str, Any]]:
        """List the rows that the record makes as a frame, by default one row of its own fields."""
        return [{name: _cell(getattr(self, name)) for name in self.__struct_fields__}]

    def to_arrow(self) -> pyarrow.Table:
        """Turn the record into an Arrow table."""
        return _to_arrow(self.rows())

    def to_pandas(self) -> pandas.DataFrame:
        """Turn the record into a pandas data frame."""
        return _to_pandas(self.rows())

    def to_polars(self) -> polars.DataFrame:
        """Turn the record into a polars data frame."""
        return _to_polars(self.rows())

    def __str__(self) -> str:
        return rendering.record_text(self)

    def _repr_pretty_(self, printer: Any, _is_cycle: bool) -> None:  # noqa: FBT001
        printer.text(str(self))


R = TypeVar("R", bound=Record)


class RecordList(list[R], Generic[R]):
    """A list of records of one kind, newest first unless the verb says otherwise.

    Parameters
    ----------
    records : iterable of Record
        The records.
    of : type
        Their type, which an empty list has as well.
    drawn_as : str, default the name of the type
        What they are as text: the answer to another question may be drawn in another way.
    """

    def __init__(
        self, records: Iterable[R] = (), *, of: type[Record] = Record, drawn_as: str = ""
    ) -> None:
        super().__init__(records)
        self.of = of
        self.drawn_as = drawn_as or of.__name__

    def to_dict(self) -> list[dict[str, Any]]:
        """Turn the records into plain JSON-ready values."""
        return [record.to_dict() for record in self]

    def rows(self) -> list[dict[str, Any]]:
        """List the rows that the records make as a frame."""
        return [row for record in self for row in record.rows()]

    def to_arrow(self) -> pyarrow.Table:
        """Turn the records into an Arrow table."""
        return _to_arrow(self.rows(), self.of.__struct_fields__)

    def to_pandas(self) -> pandas.DataFrame:
        """Turn the records into a pandas data frame."""
        return _to_pandas(self.rows(), self.of.__struct_fields__)

    def to_polars(self) -> polars.DataFrame:
        """Turn the records into a polars data frame."""
        return _to_polars(self.rows(), self.of.__struct_fields__)

    def __str__(self) -> str:
        return rendering.records_text(self, self.drawn_as)

    # What a prompt or a notebook shows of an answer is the table, not the fields of each record.
    __repr__ = __str__

    def _repr_pretty_(self, printer: Any, _is_cycle: bool) -> None:  # noqa: FBT001
        printer.text(str(self))


class ArtifactRef(Record, frozen=True, kw_only=True):
    """One version of an artifact, as a run read or wrote it.

    `name` is as the user gave it; `identity` is what it is matched by: the absolute path of a
    local file, else the URI or variable name. `digest` is None where the content could not be
    digested, and `reason` then says why.
    """

    name: str
    digest: str | None = None
    kind: ArtifactKind = "data"
    size_bytes: int | None = None
    num_rows: int | None = None
    columns: tuple[str, ...] | None = None
    dtypes: tuple[str, ...] | None = None
    produced_by: str | None = None
    flagged: bool = False
    identity: str = ""
    at: datetime | None = None
    reason: str | None = None


class CheckResult(Record, frozen=True, kw_only=True):
    """What one test of one check said at one run boundary."""

    check: str
    test: str
    when: CheckWhen
    status: CheckStatus
    severity: Severity = "warn"
    message: str = ""
    value: Any = None
    seconds: float = 0.0


class RunError(Record, frozen=True, kw_only=True):
    """The exception that ended a run."""

    type: str
    message: str
    traceback: str = ""


class Run(Record, frozen=True, kw_only=True):
    """One execution of a component."""

    id: str
    component: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    params: Mapping[str, Any] = {}
    metrics: Mapping[str, float] = {}
    inputs: tuple[ArtifactRef, ...] = ()
    outputs: tuple[ArtifactRef, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    error: RunError | None = None
    git_commit: str | None = None
    git_dirty: bool | None = None
    git_diff_digest: str | None = None
    code: str | None = None
    code_digest: str | None = None
    parent_id: str | None = None
    host: str | None = None
    pid: int | None = None
    python_version: str | None = None
    environment: str | None = None
    notes: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()


class Component(Record, frozen=True, kw_only=True):
    """A named pipeline step and how often it ran."""

    name: str
    owner: str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    num_runs: int = 0
    last_run_at: datetime | None = None


class Tag(Record, frozen=True, kw_only=True):
    """A tag and the components that bear it."""

    name: str
    components: tuple[str, ...] = ()


class TraceStep(Record, frozen=True, kw_only=True):
    """One run of a trace, with its least distance from the target and what it read and wrote."""

    run: Run
    depth: int
    reads: tuple[ArtifactRef, ...] = ()
    writes: tuple[ArtifactRef, ...] = ()


class Trace(Record, frozen=True, kw_only=True):
    """Everything that made an output: each run once, nearest first.

    `sources` are the artifacts at the edge that no run wrote.
    """

    target: str
    steps: tuple[TraceStep, ...] = ()
    sources: tuple[ArtifactRef, ...] = ()

    def render(self, *, width: int = 80) -> str:
        """Draw the trace as a plain text tree; a shared ancestor is drawn once, then marked."""
        return rendering.lineage_text(self, width=width, is_upstream=True)

    def rows(self) -> list[dict[str, Any]]:
        """List one row per step."""
        return _step_rows(self.steps)

    def __str__(self) -> str:
        return self.render()


class Impact(Record, frozen=True, kw_only=True):
    """Everything made from an artifact or run: each run once, nearest first.

    `sinks` are the artifacts at the edge that no run read.
    """

    target: str
    steps: tuple[TraceStep, ...] = ()
    sinks: tuple[ArtifactRef, ...] = ()

    def render(self, *, width: int = 80) -> str:
        """Draw the impact as a plain text tree; a shared descendant is drawn once, then marked."""
        return rendering.lineage_text(self, width=width, is_upstream=False)

    def rows(self) -> list[dict[str, Any]]:
        """List one row per step."""
        return _step_rows(self.steps)

    def __str__(self) -> str:
        return self.render()


class Flag(Record, frozen=True, kw_only=True):
    """An output that somebody marked as bad."""

    output: str
    name: str
    digest: str | None = None
    kind: ArtifactKind = "data"
    produced_by: str | None = None
    flagged: bool = True
    reason: str = ""
    flagged_at: datetime
    flagged_by: str | None = None


class Suspect(Record, frozen=True, kw_only=True):
    """A run that may have caused the flagged outputs.

    `score` is Ochiai's: 1 if all flagged outputs and no others depend on the run. `num_flagged`
    and `num_unflagged` count the outputs that do; `coverage` is the share of the flagged ones.
    Suspects with an equal `rank` are a tie; `evidence` says what sets the run apart from the other
    runs of its component.
    """

    run: Run
    score: float
    num_flagged: int
    num_unflagged: int
    coverage: float
    rank: int = 1
    attribute: str | None = None
    evidence: tuple[str, ...] = ()


class Review(Record, frozen=True, kw_only=True):
    """The flagged outputs and the runs behind them, the most suspect first."""

    flagged: tuple[Flag, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    num_unflagged: int = 0

    def rows(self) -> list[dict[str, Any]]:
        """List one row per suspect."""
        return [
            {
                "rank": suspect.rank,
                "run_id": suspect.run.id,
                "component": suspect.run.component,
                "score": suspect.score,
                "num_flagged": suspect.num_flagged,
                "num_unflagged": suspect.num_unflagged,
                "coverage": suspect.coverage,
                "evidence": list(suspect.evidence),
            }
            for suspect in self.suspects
        ]


def _step_rows(steps: tuple[TraceStep, ...]) -> list[dict[str, Any]]:
    return [
        {
            "depth": step.depth,
            "run_id": step.run.id,
            "component": step.run.component,
            "status": step.run.status,
            "started_at": step.run.started_at,
            "duration_seconds": step.run.duration_seconds,
            "reads": [ref.name for ref in step.reads],
            "writes": [ref.name for ref in step.writes],
            "stale": list(step.run.stale),
        }
        for step in steps
    ]


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return msgspec.json.encode(value).decode()
    if isinstance(value, tuple | Record):
        return msgspec.to_builtins(value)
    return value


def _to_arrow(rows: list[dict[str, Any]], fields: tuple[str, ...] = ()) -> pyarrow.Table:
    import pyarrow

    if not rows:
        return pyarrow.table({name: pyarrow.nulls(0) for name in fields})
    return pyarrow.Table.from_pylist(rows)


def _to_pandas(rows: list[dict[str, Any]], fields: tuple[str, ...] = ()) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame.from_records(rows, columns=None if rows else list(fields))


def _to_polars(rows: list[dict[str, Any]], fields: tuple[str, ...] = ()) -> polars.DataFrame:
    import polars

    if not rows:
        return polars.DataFrame({name: [] for name in fields})
    return polars.DataFrame(rows, infer_schema_length=None)
