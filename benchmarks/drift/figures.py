"""Figures from verdicts: false alarms, recall, ranking, precision, and the columns named."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np
from benchmarks.drift.trials import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.drift.trials import Judged


@dataclass(frozen=True)
class FaultFigures:
    """Of one kind of fault: shares of alarms, by the detector's rule and at 5 % false alarms."""

    recall: float
    recall_at_5: float
    auroc: float


@dataclass(frozen=True)
class Figures:
    """What a detector reached on a data set; shares, None where there was nothing to count.

    `recall`, `recall_at_5` and `auroc` are means over the kinds of faults. `named` is the share of
    alarms about wrong columns that name one of them, `num_named` how many they name.
    """

    false_alarms: float
    draws: dict[str, float]
    recall: float
    recall_at_5: float
    auroc: float
    precision: float | None
    stream_recall: float | None
    f1: float | None
    named: float | None
    num_named: float | None
    faults: dict[str, FaultFigures]
    cost: Cost | None = None

    def as_dict(self) -> dict[str, Any]:
        told = asdict(self)
        told["cost"] = self.cost._asdict() if self.cost else None
        return told


def figures_of(judged: Sequence[Judged], cost: Cost | None = None) -> Figures:
    """Count what one detector said of one data set."""
    real = [one for one in judged if one.section == "real"]
    clean = [one for one in real if one.subject.fault is None]
    faults = {
        name: _of_fault(clean, [one for one in real if one.subject.fault == name])
        for name in sorted({one.subject.fault for one in real if one.subject.fault})
    }
    stream = [one for one in judged if one.section == "stream"]
    hits = [one for one in real if one.subject.broken and one.verdict.is_alarm]
    precision, recall = _precision_and_recall(stream)
    sections = dict.fromkeys(one.section for one in judged)
    return Figures(
        false_alarms=_share_of_alarms(clean),
        draws={
            section: _share_of_alarms([one for one in judged if one.section == section])
            for section in sections
            if section.startswith("draws")
        },
        recall=mean(one.recall for one in faults.values()),
        recall_at_5=mean(one.recall_at_5 for one in faults.values()),
        auroc=mean(one.auroc for one in faults.values()),
        precision=precision,
        stream_recall=recall,
        f1=2 * precision * recall / ((precision + recall) or 1) if stream else None,
        named=mean(bool(one.subject.broken & one.verdict.columns) for one in hits)
        if hits
        else None,
        num_named=mean(len(one.verdict.columns) for one in hits) if hits else None,
        faults=faults,
        cost=cost,
    )


def mean_figures(figures: Sequence[Figures]) -> Figures:
    """Average over data sets; each counts alike."""
    told = [one.as_dict() for one in figures]
    names = dict.fromkeys(name for one in figures for name in one.faults)
    numbers: dict[str, Any] = {
        key: _mean_known([one[key] for one in told])
        for key in told[0]
        if key not in {"draws", "faults", "cost"}
    }
    sections = dict.fromkeys(name for one in figures for name in one.draws)
    costs = [one.cost for one in figures if one.cost]
    return Figures(
        **numbers,
        draws={
            name: mean(one.draws[name] for one in figures if name in one.draws) for name in sections
        },
        faults={
            name: FaultFigures(
                **{
                    key: mean(
                        getattr(one.faults[name], key) for one in figures if name in one.faults
                    )
                    for key in FaultFigures.__dataclass_fields__
                }
            )
            for name in names
        },
        cost=Cost(*map(mean, zip(*costs, strict=True))) if costs else None,
    )


def auroc(clean: Sequence[float], broken: Sequence[float]) -> float:
    """Tell how often a broken partition scores above a clean one; ties count half."""
    ordered = np.sort(clean)
    below = np.searchsorted(ordered, broken, "left") + np.searchsorted(ordered, broken, "right")
    return float(below.mean() / (2 * len(ordered)))


def _of_fault(clean: Sequence[Judged], broken: Sequence[Judged]) -> FaultFigures:
    usual, scores = ([_score(one) for one in group] for group in (clean, broken))
    limit = float(np.quantile(usual, 0.95, method="higher"))
    return FaultFigures(
        recall=_share_of_alarms(broken),
        recall_at_5=mean(score > limit for score in scores),
        auroc=auroc(usual, scores),
    )


def _score(one: Judged) -> float:
    return float(np.nan_to_num(one.verdict.score, nan=-1e300))


def _share_of_alarms(judged: Sequence[Judged]) -> float:
    return mean(one.verdict.is_alarm for one in judged) if judged else 0.0


def _precision_and_recall(judged: Sequence[Judged]) -> tuple[float, float]:
    alarms = [one.subject.fault is not None for one in judged if one.verdict.is_alarm]
    found = [one.verdict.is_alarm for one in judged if one.subject.fault is not None]
    return (mean(alarms) if alarms else 0.0, mean(found) if found else 0.0)


def _mean_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None
