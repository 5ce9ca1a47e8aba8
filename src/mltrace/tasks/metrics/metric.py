"""What a metric is, and how one is found by its name."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self

from mltrace.errors import ArgumentError, OptionError, nearest, unknown
from mltrace.registry import Registry
from mltrace.tasks.metrics.cut_offs import check_cut_off
from mltrace.tasks.naming import AT_K, CUT_OFFS, format_name, parse_name
from mltrace.tasks.pairs import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.intervals.interval import Interval
    from mltrace.tasks.statistics.statistic import Statistics

_MODULES: Final = (
    "accuracy",
    "balanced_accuracy",
    "brier",
    "calibration_error",
    "cohen_kappa",
    "confusion_matrix",
    "f_beta",
    "hamming_loss",
    "lift",
    "log_loss",
    "mae",
    "map_at_k",
    "mape",
    "mcc",
    "median_absolute_error",
    "mse",
    "ndcg",
    "pr_auc",
    "precision",
    "quantile_loss",
    "r2",
    "recall",
    "rmse",
    "roc_auc",
    "specificity",
)
ALIASES: Final = {
    "accuracy_score": "accuracy",
    "average_precision": "pr_auc",
    "average_precision_score": "pr_auc",
    "auc": "roc_auc",
    "roc_auc_score": "roc_auc",
    "balanced_accuracy_score": "balanced_accuracy",
    "brier_score": "brier",
    "brier_score_loss": "brier",
    "calibration_error": "ece",
    "cohen_kappa_score": "cohen_kappa",
    "kappa": "cohen_kappa",
    "expected_calibration_error": "ece",
    "f1_score": "f1",
    "fbeta_score": "f_beta",
    "lift": "lift_at_k",
    "logloss": "log_loss",
    "map": "map_at_k",
    "matthews_corrcoef": "mcc",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
    "mean_pinball_loss": "quantile_loss",
    "pinball_loss": "quantile_loss",
    "mean_squared_error": "mse",
    "ndcg": "ndcg_at_k",
    "ndcg_score": "ndcg_at_k",
    "precision_score": "precision",
    "r2_score": "r2",
    "recall_score": "recall",
    "sensitivity": "recall",
    "root_mean_squared_error": "rmse",
    "subset_accuracy": "accuracy",
}
"""Names of scikit-learn and others that mean a metric."""


class Measured(NamedTuple):
    """What a metric says of some pairs.

    Attributes
    ----------
    name : str
        As the metric was asked for; of a matrix with the cell: `confusion_matrix[yes,no]`.
    value : float or None
        None where it is not defined; then `message` says why.
    low, high : float or None
        The confidence interval.
    error : float
        How far the value may be from that of the pairs themselves, because statistics were
        sketched; 0.0 if it is exact.
    message : str
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    error: float = 0.0
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Metric(ABC):
    """A number that says how good predictions are; its fields are its parameters.

    Attributes
    ----------
    kind : str
        Of the task.
    label : str
        The name by which it was asked for.
    """

    name: ClassVar[str]
    kinds: ClassVar[tuple[TaskKind, ...]]
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)
    """The least and the greatest value that it can have."""
    is_higher_better: ClassVar[bool] = True
    unmet: ClassVar[str] = "there are no pairs"
    """Why there is no value, where there is none."""

    kind: TaskKind
    label: str = ""

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """The keys of the statistics that it follows from."""

    @abstractmethod
    def value(self, statistics: Statistics) -> float | None:
        """Give the metric; None where it is not defined."""

    @abstractmethod
    def interval(self, statistics: Statistics, confidence: float = 0.95) -> Interval | None:
        """Bound the metric of what the pairs are a sample of; None where that cannot be."""

    def error(self, statistics: Statistics) -> float:  # noqa: ARG002
        """Bound how far the value is from that of the pairs; 0.0 if it is exact."""
        return 0.0

    def measure(self, statistics: Statistics, confidence: float = 0.95) -> list[Measured]:
        """Give the value with its interval: one row, of a matrix one for each cell."""
        value = self.value(statistics)
        if value is None:
            return [Measured(self.text, None, message=f"{self.text} is not defined: {self.unmet}.")]
        if not math.isfinite(value):
            return [Measured(self.text, None, message=f"{self.text} is too large for a float.")]
        interval = self.interval(statistics, confidence)
        error = self.error(statistics)
        if interval is None or not all(map(math.isfinite, interval)):
            return [Measured(self.text, value, None, None, error)]
        low, high = self._within(*interval)
        return [Measured(self.text, value, min(low, value), max(high, value), error)]

    def _within(self, low: float, high: float) -> tuple[float, float]:
        least, most = self.bounds
        low = low if least is None else max(low, least)
        return low, high if most is None else min(high, most)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that are not as they are by default."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("kind", "label") and getattr(self, field.name) != field.default
        }

    @property
    def text(self) -> str:
        """The name by which it was asked for, else that which says its parameters."""
        return self.label or format_name(self.name, self.parameters)

    @classmethod
    def of(cls, kind: TaskKind, label: str, parameters: dict[str, Any]) -> Self:
        """Make the metric of a kind of task."""
        if kind not in cls.kinds:
            raise ArgumentError(_unfit(label, kind, cls.kinds))
        known = [one.name for one in dataclasses.fields(cls) if one.name not in ("kind", "label")]
        for name in parameters:
            if name not in known:
                guess = "".join(f" Did you mean {one!r}?" for one in nearest(name, known, limit=1))
                accepted = f"It takes {', '.join(known)}" if known else "It takes none"
                raise OptionError(
                    f"No parameter {name!r} of the metric {cls.name}.{guess} {accepted}."
                )
        return cls(kind=kind, label=label, **parameters)


metrics: Final[Registry[type[Metric]]] = Registry(
    "metric", tuple(f"mltrace.tasks.metrics.{module}" for module in _MODULES)
)


def register(cls: type[Metric]) -> type[Metric]:
    """Decorate the class of a metric to register it by its name."""
    return metrics.add(cls.name, cls)


def parse_metric(text: str, kind: TaskKind) -> Metric:
    """Find a metric by its name, with parameters as text.

    Parameters
    ----------
    text : str
        Such as "f1", "f_beta(beta=2)", "ndcg@10" or "precision(average='micro')"; names of
        scikit-learn will do as well.
    kind : {'binary', 'multiclass', 'multilabel', 'regression', 'ranking'}

    Raises
    ------
    UnknownNameError
        If there is none of that name; the message has the nearest.
    ArgumentError
        If it is not for that kind of task, or a parameter cannot be.
    OptionError
        If there is no such parameter.

    Examples
    --------
    >>> metric = parse_metric("f_beta(beta=2)", "binary")
    >>> metric.needs, metric.bounds, metric.is_higher_better
    (('confusion',), (0.0, 1.0), True)
    >>> parse_metric("acuracy", "binary")
    Traceback (most recent call last):
    mltrace.errors.UnknownNameError: No metric 'acuracy'. Did you mean 'accuracy'? Of binary ...
    """
    if kind not in KINDS:
        raise ArgumentError(f"No kind of task {kind!r}; there are {', '.join(KINDS)}.")
    name, parameters = parse_name(text)
    name = ALIASES.get(name, name)
    known = metrics.keys()
    if name.endswith(AT_K) and parameters.keys() <= set(CUT_OFFS) and "@" in text:
        plain = name.removesuffix(AT_K)
        cut = name if name in known else ALIASES.get(plain, plain)
        if cut in known:
            check_cut_off(text, metrics.get(cut), parameters)
    if name not in known:
        listed = ", ".join(one.name for one in _fitting(kind))
        raise unknown(
            "metric", name, [*known, *ALIASES], hint=f"Of {kind} tasks: {listed}.", limit=1
        )
    return metrics.get(name).of(kind, text.strip(), parameters)


def needed(chosen: Iterable[Metric]) -> list[str]:
    """List the keys of the statistics that metrics follow from, each once.

    Examples
    --------
    >>> needed(parse_metric(name, "binary") for name in ("f1", "roc_auc", "recall"))
    ['confusion', 'score_histogram']
    """
    return list(dict.fromkeys(key for metric in chosen for key in metric.needs))


def _fitting(kind: TaskKind) -> list[type[Metric]]:
    return sorted((one for one in metrics if kind in one.kinds), key=lambda one: one.name)


def _unfit(text: str, kind: TaskKind, kinds: tuple[TaskKind, ...]) -> str:
    listed = ", ".join(one.name for one in _fitting(kind))
    return (
        f"The metric {text!r} is of {' and '.join(kinds)} tasks, not of {kind} ones. "
        f"Of {kind} tasks: {listed}."
    )
