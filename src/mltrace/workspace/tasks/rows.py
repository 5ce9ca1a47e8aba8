"""Rows of the lake as matching takes them: ids as hashes, texts as codes, times as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy
import pyarrow
import pyarrow.compute
from pyarrow import types

from mltrace.store.lake import layout
from mltrace.store.lake.id_hashes import hash_ids
from mltrace.store.lake.tables import spell
from mltrace.tasks.matching.codes import Codes
from mltrace.tasks.matching.pairing import Meaning
from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows
from mltrace.tasks.matching.state import MatchingState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.records.tasks import TaskStatus

FEEDBACK_COLUMNS: Final = (layout.ID, layout.VALUE, layout.KNOWN_AT)
_PREDICTION_COLUMNS: Final = (
    layout.ID,
    layout.VALUE,
    layout.SCORE,
    layout.AT,
    layout.KNOWN_AT,
    layout.LOGGED_AT,
    layout.MODEL,
)
_WITH_SCORES: Final = ("multiclass", "multilabel")


def new_state(task: TaskStatus, num_slices: int) -> MatchingState:
    """Make a state of a task, without rows."""
    told = task.settings
    meaning = Meaning(task.kind, told.get("positive", ""), tuple(told.get("classes", ())))
    return MatchingState(
        meaning,
        told.get("repeats") == "all",
        values=Codes(meaning.classes if task.kind in ("binary", "multiclass") else ()),
        slices=tuple(Codes() for _ in range(num_slices)),
    )


def no_rows(state: MatchingState) -> tuple[PredictionRows, FeedbackRows]:
    """Make no rows, of the shape that those of a state have."""
    are_numbers = state.meaning.kind == "regression"
    return PredictionRows.none(
        are_numbers=are_numbers, num_scores=num_scores(state), num_slices=len(state.slices)
    ), FeedbackRows.none(are_numbers=are_numbers)


def num_scores(state: MatchingState) -> int:
    """Tell how many scores each prediction has, if it has a list of them; else 0."""
    return len(state.meaning.classes) if state.meaning.kind in _WITH_SCORES else 0


def prediction_columns(state: MatchingState, slices: Sequence[str]) -> list[str]:
    """Tell which columns of predictions are needed."""
    scores = [layout.SCORES] if num_scores(state) else []
    return [*_PREDICTION_COLUMNS, *scores, *(f"{layout.FEATURE}{name}" for name in slices)]


def prediction_rows(
    table: pyarrow.Table, state: MatchingState, slices: Sequence[str]
) -> PredictionRows:
    """Make rows of a table of predictions; texts that are new get codes in the state."""
    num = table.num_rows
    at = _times(table, layout.AT, numpy.broadcast_to(numpy.int64(0), num))
    codes = [
        _codes(_column(table, f"{layout.FEATURE}{name}"), one, num)
        for name, one in zip(slices, state.slices, strict=True)
    ]
    logged_at = _times(table, layout.LOGGED_AT, at)
    known_at = at if (at <= logged_at).all() else numpy.minimum(at, logged_at)
    return PredictionRows(
        key=hash_ids(table.column(layout.ID)),
        value=_values(table, state),
        known_at=_times(table, layout.KNOWN_AT, known_at),
        at=at,
        logged_at=logged_at,
        score=_scores(table, num_scores(state)),
        model=_models(table, state.models),
        slices=numpy.stack(codes, axis=1) if codes else numpy.empty((num, 0), numpy.int32),
    )


def feedback_rows(table: pyarrow.Table, state: MatchingState) -> FeedbackRows:
    """Make rows of a table of feedback; texts that are new get codes in the state."""
    never = numpy.broadcast_to(numpy.int64(0), table.num_rows)
    return FeedbackRows(
        key=hash_ids(table.column(layout.ID)),
        value=_values(table, state),
        known_at=_times(table, layout.KNOWN_AT, never),
    )


def _column(table: pyarrow.Table, name: str) -> pyarrow.Array | None:
    if name not in table.column_names or types.is_null(table.schema.field(name).type):
        return None
    return table.column(name).combine_chunks()


def _times(table: pyarrow.Table, name: str, default: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
    """Give times in microseconds; where there is none, those that are given for that."""
    column = _column(table, name)
    if column is None or column.null_count == len(column):
        return default
    words = numpy.asarray(column.view(pyarrow.int64()).fill_null(0))
    if not column.null_count:
        return words
    return numpy.where(column.is_null().to_numpy(zero_copy_only=False), default, words)


def _values(table: pyarrow.Table, state: MatchingState) -> NDArray[Any]:
    column = _column(table, layout.VALUE)
    if state.meaning.kind != "regression":
        return _codes(column, state.values, table.num_rows)
    if column is None or not (types.is_floating(column.type) or types.is_integer(column.type)):
        return numpy.full(table.num_rows, numpy.nan)
    numbers: NDArray[numpy.float64] = column.cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
    return numbers


def _codes(column: pyarrow.Array | None, known: Codes, num: int) -> NDArray[Any]:
    if column is None:
        return numpy.broadcast_to(numpy.int8(-1), num)
    if not types.is_dictionary(column.type):
        column = column.dictionary_encode()
    texts = spell(column.dictionary)
    if len(texts) == 1 and not column.null_count:
        return numpy.broadcast_to(known.recode(numpy.zeros(1, numpy.int32), texts), num)
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return known.recode(codes, texts)


def _models(table: pyarrow.Table, known: Codes) -> NDArray[Any]:
    """Give codes of models; predictions without one are of the model without a name."""
    nameless = known.add([""])[0]
    column = _column(table, layout.MODEL)
    if column is None or column.null_count == len(column):
        return numpy.broadcast_to(nameless, table.num_rows)
    codes = _codes(column, known, table.num_rows)
    return numpy.where(codes < 0, nameless, codes) if column.null_count else codes


def _scores(table: pyarrow.Table, width: int) -> NDArray[numpy.float64]:
    """Give scores: NaN where there is none, infinite where one is NaN or their number is wrong."""
    column = _column(table, layout.SCORES if width else layout.SCORE)
    shape = (table.num_rows, width) if width else (table.num_rows,)
    if column is None or column.null_count == len(column):
        return numpy.broadcast_to(numpy.nan, shape)
    if width:
        return _score_lists(column, width)
    scores = column.to_numpy(zero_copy_only=False)
    is_none = column.is_null().to_numpy(zero_copy_only=False)
    return _marked(scores, numpy.isnan(scores) & ~is_none)


def _score_lists(column: pyarrow.Array, width: int) -> NDArray[numpy.float64]:
    is_none = column.is_null().to_numpy(zero_copy_only=False)
    lengths = pyarrow.compute.list_value_length(column).fill_null(0).to_numpy()
    fits = lengths == width
    scores = numpy.full((len(column), width), numpy.inf)
    scores[is_none] = numpy.nan
    held = column.filter(pyarrow.array(fits)).flatten().to_numpy(zero_copy_only=False)
    scores[fits] = held.reshape(-1, width)
    return _marked(scores, fits & numpy.isnan(scores).any(axis=1))


def _marked(
    scores: NDArray[numpy.float64], is_wrong: NDArray[numpy.bool_]
) -> NDArray[numpy.float64]:
    if not is_wrong.any():
        return scores
    scores = scores.copy()
    scores[is_wrong] = numpy.inf
    return scores
