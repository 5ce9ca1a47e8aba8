"""Labels of a task matched by Spark: the same lake, the same rules, the same rows.

Spark reads the segments, finds which predictions count and the label of each, and collects
statistics where the rows lie; only statistics come to this process, which merges them. The workers
import mltrace, so it is to be installed there, with pyarrow.

Ids are matched as texts here, not by their hashes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy
import pyarrow

from mltrace.classes import class_text
from mltrace.errors import ArgumentError, not_installed
from mltrace.importing import late
from mltrace.store.lake import layout
from mltrace.store.lake.reading import LakeReader
from mltrace.tasks.delays.counts import DelayCounts, count_predictions
from mltrace.tasks.matching.collecting import count_delays
from mltrace.tasks.matching.outcomes import NEVER, Outcomes
from mltrace.tasks.matching.series import MODEL, Grid, Series
from mltrace.tasks.statistics import merge
from mltrace.times import now_ns
from mltrace.workspace.tasks.rows import (
    feedback_rows,
    new_state,
    prediction_columns,
    prediction_rows,
)
from mltrace.workspace.tasks.series_files import (
    PlainSeries,
    delays_of,
    delays_plain,
    series_of,
    series_plain,
)
from mltrace.workspace.tasks.spark_rows import (
    LABEL,
    LABEL_KNOWN_AT,
    LakeFrames,
    last_labels,
    latest_predictions,
    micros,
    timed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from mltrace.records.tasks import TaskStatus
    from mltrace.store.opening import Store
    from mltrace.tasks.matching.codes import Codes
    from mltrace.tasks.matching.matching import Counting
    from mltrace.tasks.matching.pairing import Meaning
    from mltrace.tasks.matching.state import MatchingState

_DAY: Final = 86_400_000_000
_PART_SCHEMA: Final = "part binary"


class _Part(msgspec.Struct, frozen=True, array_like=True):
    """Statistics of some rows, with what their codes stand for."""

    series: PlainSeries
    delays: tuple[int, bytes, bytes, bytes, bytes]
    models: list[str]
    slices: list[list[str]]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Part).decode


def spark_session(engine: Any) -> Any:
    """Give the session that is meant: one that is given, else the one there is, else a local one.

    Raises
    ------
    ArgumentError
        If it is no session and not 'spark'.
    NotEvaluatedError
        If Spark is not installed.
    """
    if hasattr(engine, "createDataFrame"):
        return engine
    if engine != "spark":
        raise ArgumentError(
            f"engine={engine!r} is none; give 'local', 'spark' or a session of Spark."
        )
    if find_spec("pyspark") is None:
        raise not_installed("pyspark", "match labels by Spark", install="pyspark")
    with late():
        from pyspark.sql import SparkSession
    return SparkSession.builder.getOrCreate()


class SparkLabels:
    """What Spark tells of the labels of a task; see `Known`.

    Parameters
    ----------
    session : SparkSession
    store : Store
    connection : Connection
        Reads its catalog.
    task : TaskStatus
    slices : sequence of str
        The features that are told apart.

    Attributes
    ----------
    slices : tuple of Codes
    """

    def __init__(
        self,
        session: Any,
        store: Store,
        connection: Connection,
        task: TaskStatus,
        slices: Sequence[str],
    ) -> None:
        self._task, self._features = task, tuple(map(str, range(len(slices))))
        self._state = new_state(task, len(slices))
        self._now = now_ns() // 1_000
        reader = LakeFrames(session, LakeReader(connection, store.location.lake), task)
        made = reader.frame("predictions", prediction_columns(self._state, slices))
        named = prediction_columns(self._state, self._features)  # Spark takes some names for code
        self._predictions = timed(made.toDF(*named))
        self._feedback = reader.frame("feedback", layout.FEEDBACK)
        self._delays: dict[tuple[Counting, int], DelayCounts] = {}
        self._look()

    @property
    def meaning(self) -> Meaning:
        """What values mean."""
        return self._state.meaning

    @property
    def values(self) -> Codes:
        """What codes of values stand for."""
        return self._state.values

    @property
    def models(self) -> Codes:
        """What codes of models stand for."""
        return self._state.models

    @property
    def slices(self) -> tuple[Codes, ...]:
        """What the codes of each slice stand for."""
        return self._state.slices

    def counting(self, by: Sequence[int] = ()) -> Counting:
        """Tell which predictions of an id count."""
        return self._state.counting(by)

    def series(self, grid: Grid, keys: Sequence[str], *, as_of: int | None = None) -> Series:
        """Collect statistics where the rows lie, and merge them here."""
        counting = self.counting(grid.by)
        collect = partial(
            _collect, task=self._task, features=self._features, grid=grid, keys=tuple(keys)
        )
        parts = self._outcomes(counting, as_of).mapInArrow(collect, _PART_SCHEMA)
        merged = _Merging(self._state, grid, tuple(keys))
        for row in parts.toLocalIterator():
            merged.add(_decode(bytes(row.part)))
        self._delays[counting, self._known(as_of)] = merged.delays
        return merged.series

    def delays(self, *, as_of: int | None = None) -> DelayCounts:
        """Count how late labels came, of the predictions that count."""
        key = self.counting(), self._known(as_of)
        if key not in self._delays:
            self.series(Grid(_DAY), (), as_of=as_of)
        return self._delays[key]

    def outcomes_between(
        self, spans: NDArray[numpy.int64], counting: Counting, *, as_of: int | None = None
    ) -> Outcomes:
        """Bring the outcomes of predictions made in spans of time to this process."""
        wanted = " or ".join(f"(at >= {start} and at < {end})" for start, end in spans.tolist())
        found = self._outcomes(counting, as_of).where(wanted)
        return _outcomes(found.toArrow(), self._state, self._features)

    def _known(self, as_of: int | None) -> int:
        return self._now if as_of is None else as_of

    def span(self, as_of: int | None = None) -> tuple[int, int] | None:
        """Find when predictions were made, of those known then."""
        from pyspark.sql import functions

        first, last = functions.min(layout.AT), functions.max(layout.AT)
        row = self._made(as_of).agg(first.alias("first"), last.alias("last")).collect()[0]
        return None if row["first"] is None else (row["first"], row["last"])

    def _made(self, as_of: int | None) -> Any:
        return self._predictions.where(f"{layout.KNOWN_AT} <= {self._known(as_of)}")

    def _look(self) -> None:
        """Give codes to all that is told apart."""
        from pyspark.sql import functions

        features = [f"{layout.FEATURE}{name}" for name in self._features]
        row = self._predictions.agg(
            functions.collect_set(layout.MODEL).alias("models"),
            *(functions.collect_set(name).alias(f"slice{i}") for i, name in enumerate(features)),
        ).collect()[0]
        self.models.add(["", *sorted(row["models"])])
        for place, codes in enumerate(self.slices):
            codes.add(sorted(_text(value) for value in row[f"slice{place}"]))

    def _outcomes(self, counting: Counting, as_of: int | None) -> Any:
        """Join the predictions that count with their labels."""
        from pyspark.sql import functions

        known = self._known(as_of)
        made = latest_predictions(self._made(as_of), counting)
        labels = last_labels(self._feedback.where(micros(layout.KNOWN_AT) + f" <= {known}"))
        kind = "double" if self.meaning.kind == "regression" else "string"
        joined = made.join(labels, layout.ID, "left")
        return joined.withColumn(LABEL, functions.col(LABEL).cast(kind))


def _collect(
    batches: Iterator[pyarrow.RecordBatch],
    *,
    task: TaskStatus,
    features: Sequence[str],
    grid: Grid,
    keys: tuple[str, ...],
) -> Iterator[pyarrow.RecordBatch]:
    """Collect statistics of some rows; runs in a worker of Spark."""
    state = new_state(task, len(features))
    series, delays = Series(grid, keys), count_predictions(())
    for batch in batches:
        outcomes = _outcomes(pyarrow.Table.from_batches([batch]), state, features)
        series.add(outcomes, state.meaning, state.values.texts)
        delays = delays.merged(count_delays(outcomes))
    part = _Part(
        series_plain(series),
        delays_plain(delays),
        state.models.texts,
        [codes.texts for codes in state.slices],
    )
    yield pyarrow.RecordBatch.from_pydict({"part": pyarrow.array([_encode(part)])})


def _outcomes(table: pyarrow.Table, state: MatchingState, features: Sequence[str]) -> Outcomes:
    """Make outcomes of joined rows; texts that are new get codes in the state."""
    names = [layout.ID, LABEL, LABEL_KNOWN_AT]
    labels = table.select(names).rename_columns([layout.ID, layout.VALUE, layout.KNOWN_AT])
    rows = feedback_rows(labels, state)
    is_none = table.column(LABEL_KNOWN_AT).is_null().to_numpy(zero_copy_only=False)
    first_known_at = numpy.where(is_none, NEVER, rows.known_at)
    return Outcomes(prediction_rows(table, state, features), rows.value, first_known_at)


@dataclass(slots=True)
class _Merging:
    """Merges parts, whose codes stand for other texts."""

    state: MatchingState
    grid: Grid
    keys: tuple[str, ...]
    series: Series = field(init=False)
    delays: DelayCounts = field(default_factory=lambda: count_predictions(()))

    def __post_init__(self) -> None:
        self.series = Series(self.grid, self.keys)

    def add(self, part: _Part) -> None:
        """Add the statistics of a part."""
        found = series_of(part.series)
        codes = [
            self.state.models.add(part.models)
            if place == MODEL
            else self.state.slices[place].add(part.slices[place])
            for place in self.grid.by
        ]
        for cell, counts in found.counts.items():
            mine = (
                cell[0],
                *(_recoded(to, one) for to, one in zip(codes, cell[1:], strict=True)),
            )
            known = self.series.counts.get(mine)
            self.series.counts[mine] = counts if known is None else known + counts
            statistics = found.statistics.get(cell)
            if statistics is not None:
                before = self.series.statistics.get(mine)
                self.series.statistics[mine] = (
                    statistics
                    if before is None
                    else {key: merge([before[key], statistics[key]]) for key in self.keys}
                )
        self.delays = self.delays.merged(delays_of(part.delays))


def _recoded(to: NDArray[numpy.int32], code: int) -> int:
    return int(to[code]) if code >= 0 else code


def _text(value: Any) -> str:
    return value if isinstance(value, str) else class_text(value) or ""
