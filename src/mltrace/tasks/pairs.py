"""Predictions with their labels, aligned by row, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self, get_args

import numpy

from mltrace.classes import class_text
from mltrace.errors import ArgumentError
from mltrace.records.tasks import TaskKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

KINDS: Final[tuple[TaskKind, ...]] = get_args(TaskKind)
_WITH_CLASSES: Final = ("binary", "multiclass", "multilabel")


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Predictions of one task with their labels; what cannot be measured was excluded before.

    Attributes
    ----------
    kind : {'binary', 'multiclass', 'multilabel', 'regression', 'ranking'}
    truth, predicted : array, shape (num_pairs,) or (num_pairs, width)
        binary, multiclass: whole numbers, places in `classes`. regression: float64. multilabel:
        bool, a column for each class. ranking, a row for each query, padded with zeros on the
        right: `predicted` has the gains of items in the order in which they were ranked, `truth`
        those of all labelled items of the query in any order; gains are at least 0.
    scores : array of float64 or None, shape (num_pairs,) or (num_pairs, num_classes)
        binary: of the positive class. multiclass: a column for each class. Within [0, 1]; a row
        whose score is NaN has none, and metrics of scores leave it out.
    classes : tuple of str
        Canonical texts, distinct.
    positive : str or None
        Of a binary task, the text of the positive class.
    class_values : tuple
        What users named the classes, in the order of `classes`; given to custom metrics.

    Examples
    --------
    >>> pairs = Pairs.of("binary", [1, 0, 1], [1, 1, 1], scores=[0.9, 0.6, 0.7], positive=1)
    >>> pairs.classes, pairs.truth.tolist(), len(pairs)
    (('0', '1'), [1, 0, 1], 3)
    """

    kind: TaskKind
    truth: NDArray[Any]
    predicted: NDArray[Any]
    scores: NDArray[numpy.float64] | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None
    class_values: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        lengths = {"truth": len(self.truth), "predicted": len(self.predicted)}
        if self.scores is not None:
            lengths["scores"] = len(self.scores)
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise ArgumentError(f"Pairs of unequal lengths: {told}; they are aligned by row.")

    def __len__(self) -> int:
        return len(self.truth)

    @classmethod
    def of(
        cls,
        kind: TaskKind,
        truth: Sequence[Any] | NDArray[Any],
        predicted: Sequence[Any] | NDArray[Any],
        *,
        scores: ArrayLike | None = None,
        classes: Sequence[Any] | None = None,
        positive: Any = None,
    ) -> Self:
        """Encode labels and predictions as users give them.

        Parameters
        ----------
        kind : str
        truth, predicted : sequence
            Labels; numbers of a regression; for multilabel a collection of labels for each row; for
            ranking gains, a list for each query.
        scores : array-like, optional
        classes : sequence, default those that occur, sorted by their text
            In the order of the columns of the scores.
        positive : optional
            The positive class; default the last one of `classes`.
        """
        given = None if scores is None else numpy.asarray(scores, dtype=numpy.float64)
        if kind == "regression":
            numbers = [numpy.asarray(one, dtype=numpy.float64) for one in (truth, predicted)]
            return cls(kind, numbers[0], numbers[1])
        if kind == "ranking":
            return cls(kind, padded(truth), padded(predicted))
        values = _distinct(kind, truth, predicted) if classes is None else tuple(classes)
        codes = {value: code for code, value in enumerate(values)}
        texts = tuple(map(_text, values))
        if kind == "multilabel":
            sets = [_indicators(rows, codes) for rows in (truth, predicted)]
            return cls(kind, sets[0], sets[1], given, texts, None, values)
        coded = [
            numpy.array([codes[one] for one in _plain(rows)], int) for rows in (truth, predicted)
        ]
        chosen = None
        if kind == "binary":
            last = values[-1] if values else None
            chosen = None if last is None else _text(last if positive is None else positive)
        return cls(kind, coded[0], coded[1], given, texts, chosen, values)

    @property
    def positive_code(self) -> int:
        """The place of the positive class; -1 where no row has it."""
        return self.classes.index(self.positive) if self.positive in self.classes else -1

    @property
    def is_positive(self) -> NDArray[numpy.bool_]:
        """Which labels are the positive class, of a binary task."""
        found: NDArray[numpy.bool_] = self.truth == self.positive_code
        return found

    def take(self, rows: NDArray[Any] | slice) -> Pairs:
        """Select rows by their places, by a mask or by a slice."""
        scores = None if self.scores is None else self.scores[rows]
        return replace(self, truth=self.truth[rows], predicted=self.predicted[rows], scores=scores)


def padded(rows: Iterable[Sequence[float]]) -> NDArray[numpy.float64]:
    """Bring lists of unequal lengths into one array, with zeros on the right.

    Examples
    --------
    >>> padded([[3, 1], [2]]).tolist()
    [[3.0, 1.0], [2.0, 0.0]]
    """
    lists = [numpy.asarray(row, dtype=numpy.float64) for row in rows]
    table = numpy.zeros((len(lists), max(map(len, lists), default=0)))
    for place, row in enumerate(lists):
        table[place, : len(row)] = row
    return table


def _plain(rows: Sequence[Any] | NDArray[Any]) -> Sequence[Any]:
    listed: Sequence[Any] = rows.tolist() if isinstance(rows, numpy.ndarray) else rows
    return listed


def _text(value: object) -> str:
    text = class_text(value)
    if text is None:
        raise ArgumentError(f"{value!r} is no class; leave out rows without a label.")
    return text


def _distinct(kind: str, *columns: Sequence[Any] | NDArray[Any]) -> tuple[Any, ...]:
    found: set[Any] = set()
    for rows in columns:
        found.update(*_plain(rows)) if kind == "multilabel" else found.update(_plain(rows))
    return tuple(sorted(found, key=_text))


def _indicators(rows: Iterable[Collection[Any]], codes: dict[Any, int]) -> NDArray[numpy.bool_]:
    rows = list(rows)
    table = numpy.zeros((len(rows), len(codes)), dtype=bool)
    for place, labels in enumerate(rows):
        table[place, [codes[label] for label in labels]] = True
    return table
