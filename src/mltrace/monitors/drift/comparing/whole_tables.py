"""Compares tables row by row with all columns at once, and partitions with those of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.monitors.drift.comparing.scoring import check_limits, drift_score, worst_first
from mltrace.monitors.drift.samples.features import Features
from mltrace.monitors.drift.samples.summaries import history_of, range_reasons
from mltrace.records.drift import ColumnDrift, DriftResult
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mltrace.monitors.drift.methods.method import Comparison, DriftMethod
    from mltrace.profiles.tables import Profile

_MOST_NAMED = 3


def compare_rows(
    current: Any,
    reference: Any,
    *,
    method: DriftMethod,
    columns: Iterable[str] | None = None,
    false_alarm_rate: float = 0.01,
    min_effect: float | None = None,
    partition: str | None = None,
) -> DriftResult:
    """Test whether the rows of two tables differ, by a method that looks at whole rows.

    Parameters
    ----------
    current, reference : frame, table, path, …
        What has rows; no profiles.
    method : DriftMethod
        Of scope 'table'.
    columns : iterable of str, optional
        Those to look at; all that both have by default, but for times.
    false_alarm_rate, min_effect, partition
        As of `compare`.

    Raises
    ------
    ArgumentError
        If there are no rows, or no columns that both have.

    Examples
    --------
    >>> from mltrace.monitors.drift.methods.method import methods
    >>> there = {"delay": list(range(50)), "late": [day > 25 for day in range(50)]}
    >>> here = {"delay": list(range(50)), "late": [day < 25 for day in range(50)]}
    >>> compare_rows(here, there, method=methods.get("mmd")).is_drift
    True
    """
    check_limits(false_alarm_rate, min_effect)
    features = Features.of(current, reference, max_rows=method.max_rows, columns=columns)
    told = method.compare(features)
    least = method.min_effect if min_effect is None else min_effect
    score = drift_score(told.p_value, told.effect_size, rate=false_alarm_rate, least=least)
    reasons = {
        name: f"{'much' if value > 1 else 'little'} of what tells the tables apart"
        for name, value in told.columns.items()
    }
    named = _columns(told, method, reasons, is_drift=score > 1)
    said = f"{method.effect} {told.effect_size:.2f}, p-value {told.p_value:.2g}"
    return DriftResult(
        partition=partition,
        score=score,
        threshold=1.0,
        p_value=told.p_value,
        is_drift=score > 1,
        columns=named,
        method=method.name,
        reason=_reason(said, named),
        notes=(
            f"compared {count(len(features.current), 'row')} with "
            f"{count(len(features.reference), 'row')} of the reference, taken as independent",
        ),
    )


def compare_with_history(
    current: Profile,
    history: Sequence[Profile],
    *,
    method: DriftMethod,
    false_alarm_rate: float = 0.01,
    partition: str | None = None,
) -> DriftResult:
    """Compare a partition with those of a history, by a method that looks at summaries.

    Parameters
    ----------
    current : Profile
    history : sequence of Profile
        Oldest first, without drift.
    method : DriftMethod
        Of scope 'history'.
    false_alarm_rate : float, default 0.01
        How often a partition like those of the history may be told to drift. It cannot be less
        often than once in as many partitions as there are: then it is drift to be the farthest.
    partition : str, optional
        The name of the current partition.

    Raises
    ------
    ArgumentError
        If the history is too short, or the rate cannot be.

    Examples
    --------
    >>> from mltrace.monitors.drift.methods.method import methods
    >>> from mltrace.profiles.reading import profile_data
    >>> days = [profile_data({"delay": [day % 3, 5, 9]}) for day in range(12)]
    >>> compare_with_history(days[0], days, method=methods.get("average-knn")).is_drift
    False
    """
    check_limits(false_alarm_rate)
    told = method.compare(history, current)
    rarest = 1 / (len(history) + 1)
    is_drift = told.p_value <= max(false_alarm_rate, rarest * (1 + 1e-9))
    reasons = range_reasons(*history_of(history, current, method=method.name))
    named = _columns(told, method, reasons, is_drift=is_drift)
    notes = []
    if false_alarm_rate < rarest:
        partitions = count(len(history), "partition")
        notes = [f"with {partitions}, false alarms cannot be rarer than 1 in {len(history) + 1}"]
    said = f"{told.effect_size:.2f} times as far as the farthest of the history"
    return DriftResult(
        partition=partition,
        score=told.effect_size,
        p_value=told.p_value,
        is_drift=is_drift,
        columns=named,
        method=method.name,
        reason=_reason(said, named),
        num_history=len(history),
        notes=tuple(notes),
    )


def _columns(
    told: Comparison, method: DriftMethod, reasons: Mapping[str, str], *, is_drift: bool
) -> dict[str, ColumnDrift]:
    """Tell of each column how much it has to do with the drift of the whole."""
    columns = {
        name: ColumnDrift(
            name=name,
            method=method.name,
            statistic=value,
            is_drift=is_drift and value > 1,
            reason=reasons[name],
        )
        for name, value in told.columns.items()
    }
    return worst_first(columns)


def _reason(said: str, columns: dict[str, ColumnDrift]) -> str:
    drifting = [one for one in columns.values() if one.is_drift]
    named = "; ".join(f"{one.name}: {one.reason}" for one in drifting[:_MOST_NAMED])
    return f"{said}; {named}" if named else said
