"""Faults of numbers and times: units, shapes, sensors, sentinels, clocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from benchmarks.drift.faults import Broken, Scene, fault, like, of_values


@of_values("unit: x {:g}", "measures", 60, 1.609, 0.001)
def unit(values: pd.Series, factor: float, _: Scene) -> Any:
    return values * factor


@of_values("unit: °F as °C", "fahrenheit")
def celsius(values: pd.Series, _: float, __: Scene) -> Any:
    return (values - 32) / 1.8


@of_values("unit: °C as °F", "celsius")
def fahrenheit(values: pd.Series, _: float, __: Scene) -> Any:
    return values * 1.8 + 32


@of_values("sign turned", "measures")
def negated(values: pd.Series, _: float, __: Scene) -> Any:
    return -values


@of_values("shifted by {:g} sd", "measures", 0.5, 1, 2)
def shifted(values: pd.Series, size: float, _: Scene) -> Any:
    return values + size * values.std()


@of_values("spread x {:g}", "measures", 0.5, 1.5, 2)
def spread(values: pd.Series, factor: float, _: Scene) -> Any:
    return values.mean() + factor * (values - values.mean())


@of_values("noise of {:g} sd", "measures", 0.5, 1)
def noisy(values: pd.Series, size: float, scene: Scene) -> Any:
    return values + scene.random.normal(0, size * values.std(), len(values))


@of_values("skewed", "measures", 0.5)
def skewed(values: pd.Series, size: float, _: Scene) -> Any:
    return _sinh_arcsinh(values, shift=size, tails=1)


@of_values("heavier tails", "measures", 1.6)
def heavy(values: pd.Series, size: float, _: Scene) -> Any:
    return _sinh_arcsinh(values, shift=0, tails=size)


def _sinh_arcsinh(values: pd.Series, *, shift: float, tails: float) -> pd.Series:
    """Bend a distribution (Jones and Pewsey, 2009), and give it its mean and sd back."""
    standard = (values - values.mean()) / (values.std() or 1)
    bent = pd.Series(np.sinh(tails * np.arcsinh(standard) + shift), index=values.index)
    return (bent - bent.mean()) / (bent.std() or 1) * values.std() + values.mean()


@of_values("rounded to {:g} sd", "measures", 0.25, 1)
def rounded(values: pd.Series, size: float, _: Scene) -> Any:
    step = size * values.std() or 1
    return (values / step).round() * step


@of_values("saturated above {:.0%}", "measures", 0.8, 0.95)
def saturated(values: pd.Series, share: float, _: Scene) -> Any:
    return values.clip(upper=float(values.quantile(share)))


@of_values("stuck for {:.0%} of the time", "measures", 0.25)
def stuck(values: pd.Series, share: float, scene: Scene) -> Any:
    start = int(scene.random.integers(int(len(values) * (1 - share))))
    held = values.copy()
    held.iloc[start : start + int(len(values) * share)] = values.iloc[start]
    return held


@of_values("constant", "measures")
def constant(values: pd.Series, _: float, __: Scene) -> Any:
    return values.where(values.isna(), values.median())


@of_values("imputed by the median, {:.0%}", "measures", 0.3)
def imputed(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.mask(scene.some_rows(share), values.median())


@of_values("outliers x 10, {:.0%}", "measures", 0.02)
def outliers(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.astype(float).where(~scene.some_rows(share), values * 10)


@of_values("-999 for {:.0%}", "measures", 0.02)
def sentinel(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.mask(scene.some_rows(share), -999)


@of_values("0 for {:.0%}", "measures", 0.1)
def zeros(values: pd.Series, share: float, scene: Scene) -> Any:
    return values.mask(scene.some_rows(share), 0)


@of_values("numbers as text", "measures")
def as_text(values: pd.Series, _: float, __: Scene) -> Any:
    return values.astype("str")


@fault("clocks {:g} h off", 1, 5)
def time_zone(scene: Scene, hours: float) -> Broken | None:
    changed = {}
    for column, clock in (scene.dataset.clocks or {}).items():
        values = scene.frame[column]
        if clock == "hour":
            changed[column] = (values + hours) % 24
        elif clock == "hhmm":
            changed[column] = (values + 100 * hours) % 2400
        elif clock == "time":
            changed[column] = values + pd.Timedelta(hours=hours)
    return _with(scene, changed)


@fault("times cut to {:g} h", 1, 24)
def truncated(scene: Scene, hours: float) -> Broken | None:
    changed = {}
    for column, clock in (scene.dataset.clocks or {}).items():
        values = scene.frame[column]
        if clock == "time":
            changed[column] = values.dt.floor(f"{hours:g}h")
        elif clock == "minute" or hours == 24:
            changed[column] = values * 0
        elif clock == "hhmm":
            changed[column] = values // 100 * 100
    return _with(scene, changed)


def _with(scene: Scene, changed: dict[str, pd.Series]) -> Broken | None:
    stored = {column: like(values, scene.frame[column]) for column, values in changed.items()}
    wrong = {column for column in stored if not stored[column].equals(scene.frame[column])}
    return (scene.frame.assign(**stored), wrong) if wrong else None
