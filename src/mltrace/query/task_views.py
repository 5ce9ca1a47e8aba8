"""Views of tasks: what was predicted, which labels came, and how good it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mltrace.errors import ArgumentError, StoreCorruptError
from mltrace.query.view import (
    Asked,
    View,
    derived_view,
    quoted,
    table_of,
    typed_columns,
)
from mltrace.store.database.schema import task
from mltrace.store.lake import layout
from mltrace.store.mirroring.mirror import Pieces
from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    import pyarrow

    from mltrace.store.lake.reading import LakeReader
    from mltrace.store.lake.segments import Segment
    from mltrace.store.task_facts import RowKind


_NO_FEATURES: Final = 'CAST(NULL AS STRUCT("none" VARCHAR))'
_FEW_IDS: Final = 100
_FEW_ROWS: Final = 5_000
"""Up to how many ids and rows of them are found by what segments tell of ids."""


class TaskRows:
    """The tasks as they were declared the last time."""

    def read(self, asked: Asked) -> Pieces:
        """List them."""
        rows = [
            {
                "name": row.name,
                "kind": row.kind,
                "settings": row.settings,
                "declared_at": to_datetime(row.at),
                "declared_by": row.declared_by,
            }
            for row in asked.connection.execute(select(task))
        ]
        return Pieces((), table_of(TASKS, rows))


class MetricRows:
    """The usual metrics of each task, of each day of its predictions."""

    def read(self, asked: Asked) -> Pieces:
        """Measure the tasks, or those that are asked for."""
        names = asked.connection.execute(select(task.c.name)).scalars().all()
        wanted = asked.equals.get("task", names)
        rows = [row for name in names if name in wanted for row in asked.measure(name)]
        return Pieces((), table_of(METRICS, rows))


class LakeRows:
    """Rows of the lake: Parquet is read by DuckDB, batches that wait for it are read here."""

    def __init__(self, kind: RowKind, made_of: dict[str, str]) -> None:
        self._kind = kind
        self._made_of = made_of

    def read(self, asked: Asked) -> Pieces:
        """Name the files, and read the other rows; of few ids the rows alone."""
        from mltrace.store.lake.reading import LakeReader
        from mltrace.store.lake.segments import live_segments

        wanted = asked.equals.get("task")
        segments = [
            one
            for one in live_segments(asked.connection, kind=self._kind)
            if wanted is None or one.task in wanted
        ]
        reader = LakeReader(asked.connection, asked.lake)
        ids = asked.equals.get("id", ())
        rows = self._of_few(asked, reader, segments, ids) if 0 < len(ids) <= _FEW_IDS else None
        files: list[Path] = []
        if rows is None:
            paths = {one.uid: _parquet_of(one, asked.lake) for one in segments}
            rows = self._beside(asked, reader, [one for one in segments if not paths[one.uid]])
            files = [path for path in paths.values() if path is not None]
        if reader.left_out:
            lost = reader.left_out[0]
            raise StoreCorruptError(
                f"{lost.num_rows:,} {self._kind} of the task {lost.segment.task!r} are "
                f"{lost.reason} ({lost.message}); `mltrace doctor` tells of all. Other tasks can "
                "be asked: WHERE task = …"
            )
        made_of = self._columns(asked, rows, files)
        num_rows = sum(one.num_rows for one in segments) if files else rows.num_rows
        return Pieces(tuple(map(str, files)), rows, made_of, num_rows)

    def _of_few(
        self, asked: Asked, reader: LakeReader, segments: list[Segment], ids: Collection[str]
    ) -> pyarrow.Table | None:
        """Find the rows of some ids; None if there are many."""
        from mltrace.store.lake.finding import found_tables
        from mltrace.store.lake.tables import join_tables

        made_of = [made for name, made in self._made_of.items() if asked.takes(name)]
        needed = [name for name in self._known if any(quoted(name) in made for made in made_of)]
        columns = None if asked.takes("features") else [layout.ID, *needed]
        found, num_rows = [self._no_rows()], 0
        for table in found_tables(reader, segments, ids, columns=columns):
            found.append(table)
            num_rows += table.num_rows
            if num_rows > _FEW_ROWS:
                return None
        return join_tables(found)

    def _beside(self, asked: Asked, reader: LakeReader, segments: list[Segment]) -> pyarrow.Table:
        """Read the rows that are not in files that DuckDB reads."""
        from mltrace.store.lake.tables import join_tables

        if sum(one.num_rows for one in segments) > asked.most_rows:
            raise ArgumentError(
                f"{self._kind} has more than {asked.most_rows:,} rows that are not compacted; "
                "compact them: mltrace sync."
            )
        parts = (part for one in segments for part in _rows(reader, one))
        return join_tables([self._no_rows(), *parts])

    @property
    def _known(self) -> tuple[str, ...]:
        return layout.PREDICTIONS if self._kind == "predictions" else layout.FEEDBACK

    def _no_rows(self) -> pyarrow.Table:
        from mltrace.store.lake.tables import no_rows

        return no_rows((*self._known, layout.TASK))

    def _columns(self, asked: Asked, rows: pyarrow.Table, files: list[Path]) -> dict[str, str]:
        """Tell of what the columns of the view are made."""
        made_of = {name: made for name, made in self._made_of.items() if asked.takes(name)}
        if asked.takes("features") and self._kind == "predictions":
            made_of["features"] = _features({*rows.column_names, *_names_in(files)})
        return made_of or {"id": "id"}


def _parquet_of(segment: Segment, lake: Path) -> Path | None:
    """Tell the file that DuckDB can read; None if there is none."""
    from mltrace.store.lake.parquet import PARQUET

    if segment.file is None or not segment.file.endswith(PARQUET):
        return None
    path = lake / segment.file
    return path if path.exists() else None


def _rows(reader: Any, segment: Segment) -> Iterator[Any]:
    import pyarrow

    for table in reader.tables(segment):
        task_column = pyarrow.repeat(pyarrow.scalar(segment.task), table.num_rows)
        yield table.append_column(layout.TASK, task_column.dictionary_encode())


def _names_in(files: list[Path]) -> set[str]:
    """Name the columns that are in files."""
    from pyarrow import parquet

    return {name for file in files for name in parquet.read_schema(file).names}


def _features(names: set[str]) -> str:
    features = sorted(name for name in names if name.startswith(layout.FEATURE))
    packed = ", ".join(
        f"{quoted(name.removeprefix(layout.FEATURE))} := {quoted(name)}" for name in features
    )
    return f"struct_pack({packed})" if packed else _NO_FEATURES


TASKS: Final = View(
    "tasks",
    "a prediction problem",
    typed_columns(
        """
        name: its name
        kind: 'binary', 'multiclass', 'multilabel', 'regression' or 'ranking'
        settings: how it is declared, as a JSON object
        declared_at: TIMESTAMP WITH TIME ZONE | when it was declared the last time
        declared_by: by whom
        """
    ),
    TaskRows(),
    {},
)
PREDICTIONS: Final = View(
    "predictions",
    "a prediction that was logged, also one that was logged again",
    typed_columns(
        """
        task: the task
        id: what it is of
        value: what was predicted, as text; `number` has numbers
        number: DOUBLE | the same as a number, if it is one
        score: DOUBLE | how likely the positive class is, of a binary task
        scores: DOUBLE[] | a score for each class, or item
        predicted_at: TIMESTAMP WITH TIME ZONE | when it was made
        known_at: TIMESTAMP WITH TIME ZONE | from when on it was known
        logged_at: TIMESTAMP WITH TIME ZONE | when it was logged
        model: the model that made it
        run_id: the run inside of which it was made
        features: STRUCT | a field for each feature of any task: features.carrier
        """
    ),
    LakeRows(
        "predictions",
        {
            "task": 'CAST("task" AS VARCHAR)',
            "id": '"id"',
            "value": 'CAST("value" AS VARCHAR)',
            "number": 'TRY_CAST("value" AS DOUBLE)',
            "score": '"score"',
            "scores": '"scores"',
            "predicted_at": '"at"',
            "known_at": 'coalesce("known_at", "at")',
            "logged_at": '"logged_at"',
            "model": 'CAST("model" AS VARCHAR)',
            "run_id": 'CAST("run" AS VARCHAR)',
        },
    ),
    {},
)
FEEDBACK: Final = View(
    "feedback",
    "a label that was logged, also one that was logged again",
    typed_columns(
        """
        task: the task
        id: what it is of
        value: the label, as text; `number` has numbers
        number: DOUBLE | the same as a number, if it is one
        known_at: TIMESTAMP WITH TIME ZONE | from when on it was known
        logged_at: TIMESTAMP WITH TIME ZONE | when it was logged
        """
    ),
    LakeRows(
        "feedback",
        {
            "task": 'CAST("task" AS VARCHAR)',
            "id": '"id"',
            "value": 'CAST("value" AS VARCHAR)',
            "number": 'TRY_CAST("value" AS DOUBLE)',
            "known_at": '"known_at"',
            "logged_at": '"logged_at"',
        },
    ),
    {},
)
LABELLED: Final = derived_view(
    ("labelled", "a prediction with its label: of each id the latest, and the label known last"),
    """
    WITH predicted AS (
        FROM predictions WHERE {of_slice} QUALIFY row_number() OVER (
            PARTITION BY task, id
            ORDER BY predicted_at DESC, known_at DESC, logged_at DESC, number DESC, value DESC
        ) = 1
    ), told AS (
        FROM feedback WHERE {of_slice} QUALIFY row_number() OVER (
            PARTITION BY task, id ORDER BY known_at DESC, number DESC, value DESC
        ) = 1
    )
    SELECT task, id, p.value AS prediction, l.value AS label, p.value = l.value AS is_same,
        p.number - l.number AS error, p.score, p.predicted_at, l.known_at AS label_known_at,
        p.model, p.run_id
    FROM predicted p JOIN told l USING (task, id)
    """,
    """
    task: the task
    id: what it is of
    prediction: what was predicted, as text
    label: the label, as text
    is_same: BOOLEAN | whether they are the same
    error: DOUBLE | the prediction less the label, of numbers
    score: DOUBLE | how likely the positive class is, of a binary task
    predicted_at: TIMESTAMP WITH TIME ZONE | when it was predicted
    label_known_at: TIMESTAMP WITH TIME ZONE | from when on the label was known
    model: the model that predicted
    run_id: the run inside of which it was predicted
    """,
    passed={"task": "task", "id": "id"},
    predictions="task id value number score predicted_at known_at logged_at model run_id",
    feedback="task id value number known_at",
)
METRICS: Final = View(
    "metrics",
    "a usual metric of a task, of the predictions of a day",
    typed_columns(
        """
        task: the task
        metric: the metric
        window_start: TIMESTAMP WITH TIME ZONE | when the day begins
        window_end: TIMESTAMP WITH TIME ZONE | when it ends
        value: DOUBLE | its value; null where it is not defined
        ci_low: DOUBLE | the lower end of its interval
        ci_high: DOUBLE | the upper end
        confidence: DOUBLE | how sure the interval is
        num_predictions: BIGINT | the predictions that count
        num_labels: BIGINT | how many of them have a label
        label_coverage: DOUBLE | the share that has one
        is_provisional: BOOLEAN | whether labels are still to come
        known_at: TIMESTAMP WITH TIME ZONE | the moment whose knowledge it tells
        message: why it has no value
        """
    ),
    MetricRows(),
    {},
)

VIEWS: Final = (TASKS, PREDICTIONS, FEEDBACK, LABELLED, METRICS)
