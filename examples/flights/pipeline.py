"""How the components work together: training every few weeks, prediction every week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

import mltrace as mt
from flights import components, data
from flights.faults import FAULTS

TRAINING_WEEKS = 6
RETRAIN_EVERY = 4


def serving_model(releases: list[Path]) -> Path:
    """Choose the model to serve among the releases: the newest."""
    return max(releases)


@dataclass(frozen=True)
class Deployment:
    """The editions of the steps that are in production; a fault replaces one of them."""

    ingest: Callable[..., tuple[Path, Path]] = components.ingest
    clean: Callable[[Path], Path] = components.clean
    weather_join: Callable[[Path, Path], Path] = components.weather_join
    features: Callable[[Path], pd.DataFrame] = components.features
    predict: Callable[[pd.DataFrame, Path, str], Path] = components.predict
    serving_model: Callable[[list[Path]], Path] = serving_model

    def prepare(self, batch: str, start: date, end: date, **options: bool) -> pd.DataFrame:
        """Take a period from the feeds to features."""
        flights_path, weather_path = self.ingest(batch, start, end, **options)
        return self.features(self.weather_join(self.clean(flights_path), weather_path))


@dataclass
class Week:
    """What a week of inference left behind."""

    week: int
    model: Path
    predictions: Path
    feedback: Path | None = None
    quality: dict[str, float] = field(default_factory=dict)
    alerts: tuple[str, ...] = ()


def train_model(week: int, deployment: Deployment | None = None) -> Path:
    """Train on the weeks before `week`, check the model on held-out days and release it."""
    deployment = deployment or Deployment()
    release = f"{data.YEAR}-W{week:02d}"
    start = data.monday(max(week - TRAINING_WEEKS, 1))
    rows = deployment.prepare(f"train-{release}", start, data.monday(week), labelled=True)
    training, holdout = components.split(rows)
    model_path = components.train(training, release)
    components.evaluate(holdout, model_path)
    return model_path


def run_week(week: int, releases: list[Path], deployment: Deployment | None = None) -> Week:
    """Predict every flight of a week with the model in service."""
    deployment = deployment or Deployment()
    batch = f"{data.YEAR}-W{week:02d}"
    start = data.monday(week)
    rows = deployment.prepare(batch, start, start + timedelta(days=7))
    model_path = deployment.serving_model(releases)
    return Week(week, model_path, deployment.predict(rows, model_path, batch))


def week_of(model: Path) -> int:
    """Tell in which week a model was released."""
    return int(model.stem[-2:])


def take_feedback(done: Week) -> None:
    """Collect on the next Monday what airlines have reported of a week, and evaluate it."""
    done.feedback = components.collect_feedback(done.predictions, data.monday(done.week + 1))
    done.quality = components.evaluate(done.feedback)


def run_pipeline(
    weeks: range, *, fault: str | None = None, fault_from: int | None = None
) -> list[Week]:
    """Run week after week in the working directory, with a fault deployed from one week on.

    It goes on with the models that are there. When the jobs of a week are done, the monitors are
    evaluated that the nearest `mltrace.toml` declares.
    """
    deployment, done = Deployment(), list[Week]()
    releases = [model for model in sorted(components.MODELS.glob("*")) if week_of(model) < weeks[0]]
    for week in weeks:
        if done:
            take_feedback(done[-1])
        if fault is not None and week == (fault_from or weeks[-2:][0]):
            step = FAULTS[fault].step
            deployment = replace(deployment, **{step: FAULTS[fault].edition()})
        if not releases or week - week_of(releases[-1]) >= RETRAIN_EVERY:
            releases.append(train_model(week, deployment))
        done.append(run_week(week, releases, deployment))
        done[-1].alerts = mt.evaluate_monitors().opened
    return done
