"""Runs of rows in files that are mapped into memory."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.store.lake.cache_files import read_arrays, write_arrays
from mltrace.tasks.matching.rows import FeedbackRows, PredictionRows
from mltrace.tasks.matching.runs import Run
from mltrace.tasks.matching.sorting import SortedKeys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_SUFFIX: Final = ".arrays"


def write_run(folder: Path, run: Run) -> str:
    """Write a run; return the name of its file."""
    sorts = {"p": run.prediction_keys, "f": run.feedback_keys}
    arrays = _row_arrays(run.predictions, run.feedback)
    for side, made in sorts.items():
        arrays |= {f"{side}-keys.keys": made.keys, f"{side}-keys.rows": made.rows}
    return _write_arrays(folder, arrays)


def read_run(path: Path) -> Run:
    """Map a run into memory.

    Raises
    ------
    StoreCorruptError
        If it is damaged or missing.
    """
    sides = _sides(path)
    predictions, feedback = _rows_of(sides)
    return Run(predictions, feedback, *(SortedKeys(**sides[f"{side}-keys"]) for side in "pf"))


def write_later(folder: Path, rows: tuple[PredictionRows, FeedbackRows]) -> str:
    """Write rows that are not known yet; return the name of their file."""
    return _write_arrays(folder, _row_arrays(*rows))


def read_later(path: Path) -> tuple[PredictionRows, FeedbackRows]:
    """Read rows that are not known yet.

    Raises
    ------
    StoreCorruptError
        If they are damaged or missing.
    """
    return _rows_of(_sides(path))


def _write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    name = f"{uuid.uuid4().hex}{_SUFFIX}"
    write_arrays(folder / name, arrays)
    return name


def _row_arrays(predictions: PredictionRows, feedback: FeedbackRows) -> dict[str, NDArray[Any]]:
    arrays = {}
    for side, rows in (("p", predictions), ("f", feedback)):
        for name, column in rows.named().items():
            arrays[f"{side}.{name}"] = _narrow(column)
    if numpy.array_equal(predictions.at, predictions.known_at):
        del arrays["p.known_at"]
    return arrays


def _sides(path: Path) -> dict[str, dict[str, NDArray[Any]]]:
    sides: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in read_arrays(path).items():
        side, _, column = name.partition(".")
        sides.setdefault(side, {})[column] = array
    return sides


def _rows_of(
    sides: Mapping[str, Mapping[str, NDArray[Any]]],
) -> tuple[PredictionRows, FeedbackRows]:
    predictions = {"known_at": sides["p"]["at"], **sides["p"]}
    return PredictionRows(**predictions), FeedbackRows(**sides["f"])


def _narrow(codes: NDArray[Any]) -> NDArray[Any]:
    """Keep codes in one byte where they fit."""
    if codes.dtype != numpy.int32 or codes.size == 0 or int(codes.max()) > numpy.iinfo("i1").max:
        return codes
    return codes.astype(numpy.int8)
