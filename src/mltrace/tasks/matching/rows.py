"""Rows of predictions and feedback as matching takes them: arrays, a value for each row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Keys = NDArray[numpy.uint64]
    Times = NDArray[numpy.int64]
    Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Arrays that have as many values as there are rows."""

    key: Keys
    value: Values
    known_at: Times

    def __len__(self) -> int:
        """Tell how many rows there are."""
        return len(self.key)

    def take(self, rows: NDArray[Any] | slice) -> Self:
        """Keep some of the rows: those at places, where a mask says so, or a slice of them."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def named(self) -> dict[str, NDArray[Any]]:
        """Tell the arrays by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def columns(self) -> Iterator[NDArray[Any]]:
        """Yield all arrays but the keys, with one value for each row; of wider ones each column."""
        for field in fields(self)[1:]:
            yield from numpy.atleast_2d(getattr(self, field.name).T)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Put rows after one another; there must be at least one part.

        Examples
        --------
        >>> part = FeedbackRows.of([7], [1], [0])
        >>> FeedbackRows.join([part, part]).key
        array([7, 7], dtype=uint64)
        """
        if len(parts) == 1:
            return parts[0]
        return cls(
            *(
                numpy.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            )
        )


@dataclass(frozen=True, slots=True)
class PredictionRows(Rows):
    """Predictions of one task.

    Attributes
    ----------
    key : array of uint64
        What their ids are known by.
    value : array of float64 or int32
        What was predicted: a number, or the code of a class. NaN and -1 are no value.
    known_at, at, logged_at : array of int64
        From when on they were known, when they were made and logged: microseconds since 1970.
    score : array of float64, shape (n,) or (n, num_classes)
        Of the positive class, or of each class; NaN where there is none, infinite where it is NaN.
    model : array of int32
        The code of the model.
    slices : array of int32, shape (n, num_slices)
        The codes of the values of the features that the task is sliced by.
    """

    at: Times
    logged_at: Times
    score: NDArray[numpy.float64]
    model: NDArray[numpy.int32]
    slices: NDArray[numpy.int32]

    @classmethod
    def none(cls, *, are_numbers: bool, num_scores: int = 0, num_slices: int = 0) -> Self:
        """Make no rows, of a task whose values are numbers or classes."""
        score = numpy.empty((0, num_scores) if num_scores else 0)
        values = numpy.empty(0, float if are_numbers else int)
        return cls.of([], values, [], score=score, slices=numpy.empty((0, num_slices), int))

    @classmethod
    def of(cls, key: Any, value: Any, at: Any, **others: Any) -> Self:
        """Make rows of what can be made arrays; `known_at` is `at` unless it is given.

        Examples
        --------
        >>> PredictionRows.of([7, 8], [1, 0], [10, 20]).known_at
        array([10, 20])
        """
        num = len(key)
        made = {"logged_at": numpy.zeros(num, int), "score": numpy.full(num, numpy.nan)}
        made |= {"model": numpy.zeros(num, int), "known_at": at}
        made |= {"slices": numpy.zeros((num, 0), int), **others}
        return cls(
            key=numpy.asarray(key, numpy.uint64),
            value=as_values(value),
            known_at=numpy.asarray(made["known_at"], numpy.int64),
            at=numpy.asarray(at, numpy.int64),
            logged_at=numpy.asarray(made["logged_at"], numpy.int64),
            score=numpy.asarray(made["score"], numpy.float64),
            model=numpy.asarray(made["model"], numpy.int32),
            slices=numpy.asarray(made["slices"], numpy.int32),
        )


@dataclass(frozen=True, slots=True)
class FeedbackRows(Rows):
    """Labels of one task: `key`, `value` and `known_at` as those of predictions."""

    @classmethod
    def none(cls, *, are_numbers: bool) -> Self:
        """Make no rows, of a task whose values are numbers or classes."""
        return cls.of([], numpy.empty(0, float if are_numbers else int), [])

    @classmethod
    def of(cls, key: Any, value: Any, known_at: Any) -> Self:
        """Make rows of what can be made arrays."""
        return cls(
            numpy.asarray(key, numpy.uint64),
            as_values(value),
            numpy.asarray(known_at, numpy.int64),
        )


def as_values(values: Any) -> Values:
    """Make an array of numbers, or of the codes of classes if they are whole numbers."""
    array = numpy.asarray(values)
    return array.astype(numpy.float64 if array.dtype.kind == "f" else numpy.int32, copy=False)
