"""What is asked of a task: which metrics, over which windows, of which slices, known when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from mltrace.classes import class_text
from mltrace.errors import ArgumentError, UnknownNameError, unknown
from mltrace.tasks.metrics import parse_metric
from mltrace.tasks.windows import parse_length, to_microseconds
from mltrace.times import now_ns, parse_moment

if TYPE_CHECKING:
    from datetime import timedelta

    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.metrics import Metric
    from mltrace.workspace.opened import Moment

Wanted = str | Callable[..., Any]
"""A metric: its name, or a function of labels and predictions."""
MODEL: Final = "model"
"""What predictions are told apart by beside features."""
DEFAULTS: Final[Mapping[TaskKind, tuple[str, ...]]] = {
    "binary": ("accuracy", "precision", "recall", "f1", "roc_auc"),
    "multiclass": ("accuracy", "balanced_accuracy", "f1"),
    "multilabel": ("accuracy", "f1"),
    "regression": ("mae", "rmse", "r2"),
    "ranking": ("ndcg@10", "map@10"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question about metrics; times and lengths are microseconds.

    Attributes
    ----------
    metrics : tuple
        By name or as functions, in the order in which they were asked for.
    length, step : int or None
        Of windows; None: one window of all there is.
    by : tuple of str
        What is told apart: features, or the model.
    where : mapping of str to str or None
        Which values of features, or of the model, count, as text.
    since, until : int or None
    as_of : int or None
        What was known then; None: now, and so is a moment that is still to come.
    confidence : float
    exact : bool or None
        Whether what is sketched is computed from pairs; None: where there are not too many.
    """

    metrics: tuple[Wanted, ...]
    length: int | None
    step: int | None
    by: tuple[str, ...]
    where: Mapping[str, str | None]
    since: int | None
    until: int | None
    as_of: int | None
    confidence: float
    exact: bool | None

    @property
    def told_apart(self) -> tuple[str, ...]:
        """Features, and the model, that rows are told apart or chosen by."""
        return tuple(dict.fromkeys((*self.by, *self.where)))

    @property
    def features(self) -> tuple[str, ...]:
        """The features among them."""
        return tuple(name for name in self.told_apart if name != MODEL)

    def named(self, kind: TaskKind) -> dict[str, Metric]:
        """Find the metrics that have a name.

        Raises
        ------
        UnknownNameError, ArgumentError
            If there is none of that name, or it is not for that kind of task.
        """
        return {one: parse_metric(one, kind) for one in self.metrics if isinstance(one, str)}


def read_question(
    kind: TaskKind,
    metrics: Wanted | Iterable[Wanted] | None,
    *,
    window: str | timedelta | None = None,
    every: str | timedelta | None = None,
    by: str | Iterable[str] | None = None,
    where: Mapping[str, Any] | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    as_of: Moment | None = None,
    confidence: float = 0.95,
    exact: bool | None = None,
) -> Question:
    """Read what a user asks.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Examples
    --------
    >>> question = read_question("binary", "f1", window="7d", every="1d", by="carrier")
    >>> question.metrics, question.length // question.step, question.by
    (('f1',), 7, ('carrier',))
    """
    if window is None and every is not None:
        raise ArgumentError(f"every={every!r} says how windows follow; give window= as well.")
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise ArgumentError(f"confidence={confidence!r} is not between 0 and 1; such as 0.95.")
    return Question(
        metrics=_listed(kind, metrics),
        length=None if window is None else parse_length("window", window),
        step=None if every is None else parse_length("every", every),
        by=_names("by", by),
        where=_chosen(where),
        since=_moment(since),
        until=_moment(until),
        as_of=_until_now(_moment(as_of)),
        confidence=confidence,
        exact=exact,
    )


def _listed(kind: TaskKind, metrics: Wanted | Iterable[Wanted] | None) -> tuple[Wanted, ...]:
    if metrics is None:
        return DEFAULTS[kind]
    if isinstance(metrics, str) or callable(metrics):
        return (metrics,)
    listed = tuple(metrics) if isinstance(metrics, Iterable) else (metrics,)
    for one in listed:
        if not isinstance(one, str) and not callable(one):
            raise ArgumentError(
                f"A {type(one).__name__} is no metric; give names such as 'f1', or functions of "
                "labels and predictions."
            )
    if not listed:
        raise ArgumentError("No metric is named; give for example ['f1', 'accuracy'].")
    return tuple(dict.fromkeys(listed))


def _names(argument: str, names: str | Iterable[str] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    listed = (names,) if isinstance(names, str) else tuple(names)
    for name in listed:
        if not isinstance(name, str):
            raise ArgumentError(
                f"{argument}= holds a {type(name).__name__}; give names of features, or 'model'."
            )
    return tuple(dict.fromkeys(listed))


def _chosen(where: Mapping[str, Any] | None) -> Mapping[str, str | None]:
    if where is not None and not isinstance(where, Mapping):
        raise ArgumentError(
            f"where={where!r} is no mapping; give names with values, such as {{'model': 'v2'}}."
        )
    return {name: _value_text(value) for name, value in (where or {}).items()}


def _value_text(value: Any) -> str | None:
    return value if isinstance(value, str) else class_text(value)


def _moment(moment: Moment | None) -> int | None:
    return None if moment is None else to_microseconds(parse_moment(moment))


def _until_now(moment: int | None) -> int | None:
    """Give a moment that has been; None for one of which nobody can know what will be known."""
    return None if moment is None or moment >= to_microseconds(now_ns()) else moment


def unknown_feature(name: str, known: Iterable[str]) -> UnknownNameError:
    """Build the error for a feature that no prediction has; `known` are those that are declared."""
    hint = "No prediction has it; give it to log_predictions(features=…)."
    others = [one for one in known if one != name]
    return unknown("feature", name, others, hint=hint)
