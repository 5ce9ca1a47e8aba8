"""The components: ordinary functions over pandas, Parquet files and scikit-learn.

Each is what a data scientist would write anyway; the decorator is all that mltrace asks for.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import joblib
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

import mltrace as mt
from flights import data
from flights.classifier import FEATURES, build_classifier

BATCHES = Path("batches")
MODELS = Path("models")
MAINLINE = ["AA", "AS", "B6", "DL", "F9", "FL", "HA", "UA", "US", "VX", "WN"]
REGIONAL = ["9E", "EV", "MQ", "OO", "YV"]
WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]

DELAYS = mt.Task(
    "arrival-delay",
    kind="binary",
    slices=["carrier", "origin"],
    owner="ml-delays",
    description="Which flights arrive more than 30 minutes late",
)


@mt.component(
    owner="data-platform",
    tags=["flights", "source"],
    description="Copy the flights and the weather of a period from the feeds to Parquet",
)
def ingest(batch: str, start: date, end: date, *, labelled: bool = False) -> tuple[Path, Path]:
    for feed in data.FEEDS:
        mt.current_run().read(data.source(feed))
    folder = BATCHES / batch
    folder.mkdir(parents=True, exist_ok=True)
    flights = data.schedule(start, end)
    if labelled:
        arrivals = data.arrivals(start, end, known_by=end)
        flights = flights.merge(arrivals, on=data.KEY, how="left")
    flights_path, weather_path = folder / "flights.parquet", folder / "weather.parquet"
    flights.to_parquet(flights_path, index=False)
    data.weather(start, end).to_parquet(weather_path, index=False)
    return flights_path, weather_path


@mt.component(
    owner="data-platform",
    tags=["flights"],
    description="Keep the flights of known airlines, without cancelled ones, and give them ids",
)
def clean(flights_path: Path) -> Path:
    flights = pd.read_parquet(flights_path)
    flights = flights[flights["carrier"].isin(MAINLINE + REGIONAL)]
    flights = flights.assign(flight_id=flight_ids(flights)).drop_duplicates("flight_id")
    if "arr_delay" in flights:
        flights = flights.dropna(subset="arr_delay")
        flights = flights.assign(is_late=flights["arr_delay"] > data.LATE_MINUTES)
    return _write(flights.drop(columns="arr_delay", errors="ignore"), flights_path, "clean.parquet")


@mt.component(
    owner="data-platform",
    tags=["flights", "weather"],
    description="Join the weather at the airport in the hour of the scheduled departure",
)
def weather_join(clean_path: Path, weather_path: Path) -> Path:
    flights = pd.read_parquet(clean_path)
    weather = pd.read_parquet(weather_path).drop_duplicates(["origin", "time_hour"])
    weather = weather[["origin", "time_hour", *WEATHER]]
    joined = flights.merge(weather, on=["origin", "time_hour"], how="left", validate="m:1")
    return _write(joined, clean_path, "joined.parquet")


@mt.component(
    owner="ml-delays",
    tags=["flights", "features"],
    description="Turn schedule and weather into what the model reads",
)
def features(joined_path: Path) -> pd.DataFrame:
    joined = pd.read_parquet(joined_path)
    departure = minutes(joined["sched_dep_time"])
    rows = joined.drop(columns=["time_hour", "flight", "sched_dep_time", "sched_arr_time"])
    rows["departure_minute"] = departure
    rows["scheduled_minutes"] = (minutes(joined["sched_arr_time"]) - departure) % 1440
    rows["day_of_week"] = joined["date"].dt.day_name()
    rows["traffic"] = joined.groupby(["origin", "time_hour"])["flight"].transform("size")
    rows["dew_point_spread"] = joined["temp"] - joined["dewp"]
    return rows


@mt.component(
    owner="ml-delays",
    tags=["flights", "training"],
    description="Hold the last days out for evaluation, so that it looks at the future",
)
def split(rows: pd.DataFrame, *, holdout_days: int = 14) -> tuple[pd.DataFrame, pd.DataFrame]:
    is_held_out = rows["date"] > rows["date"].max() - pd.Timedelta(days=holdout_days)
    return rows[~is_held_out].reset_index(drop=True), rows[is_held_out].reset_index(drop=True)


@mt.component(
    owner="ml-delays",
    tags=["flights", "training"],
    description="Fit the model that tells arrivals more than 30 minutes late",
)
def train(rows: pd.DataFrame, release: str, *, regularisation: float = 1.0) -> Path:
    classifier = build_classifier(regularisation)
    classifier.fit(rows[FEATURES], rows["is_late"])
    MODELS.mkdir(exist_ok=True)
    model_path = MODELS / f"late-{release}.joblib"
    joblib.dump(classifier, model_path)
    return model_path


@mt.component(
    owner="ml-delays",
    tags=["flights", "training", "quality"],
    description="Score a model on held-out flights, or served predictions on their feedback",
)
def evaluate(labelled: pd.DataFrame | Path, model_path: Path | None = None) -> dict[str, float]:
    rows = pd.read_parquet(labelled) if isinstance(labelled, Path) else labelled
    if model_path is not None:
        rows = rows.assign(score=joblib.load(model_path).predict_proba(rows[FEATURES])[:, 1])
    quality = {
        "log_loss": float(log_loss(rows["is_late"], rows["score"])),
        "roc_auc": float(roc_auc_score(rows["is_late"], rows["score"])),
        "late_share": float(rows["is_late"].mean()),
        "mean_score": float(rows["score"].mean()),
    }
    for name, value in quality.items():
        mt.current_run().metric(name, value)
    return quality


@mt.component(
    owner="ml-delays",
    tags=["flights", "serving"],
    description="Predict every flight of a week before it departs",
)
def predict(rows: pd.DataFrame, model_path: Path, batch: str) -> Path:
    predictions = rows[["flight_id", "date", "carrier", "origin", "dest"]].copy()
    predictions["score"] = joblib.load(model_path).predict_proba(rows[FEATURES])[:, 1]
    DELAYS.log_predictions(
        predictions["flight_id"],
        scores=predictions["score"],
        features=predictions[["carrier", "origin", "dest"]],
        at=data.monday(int(batch[-2:])).isoformat(),
        model=model_path.stem,
    )
    mt.current_run().metric("mean_score", float(predictions["score"].mean()))
    predictions_path = BATCHES / batch / "predictions.parquet"
    predictions.to_parquet(predictions_path, index=False)
    return predictions_path


@mt.component(
    owner="ml-delays",
    tags=["flights", "quality"],
    description="Match predictions with the arrivals that airlines have reported so far",
)
def collect_feedback(predictions_path: Path, known_by: date) -> Path:
    predictions = pd.read_parquet(predictions_path)
    first, last = predictions["date"].min(), predictions["date"].max()
    arrivals = data.arrivals(first.date(), (last + pd.Timedelta(days=1)).date(), known_by)
    labels = arrivals[["arr_delay"]].assign(
        flight_id=flight_ids(arrivals), is_late=arrivals["arr_delay"] > data.LATE_MINUTES
    )
    labelled = predictions.merge(labels, on="flight_id", validate="1:1")
    reported_at = labelled["date"] + pd.Timedelta(days=data.REPORT_DAYS)
    DELAYS.log_feedback(labelled["flight_id"], labelled["is_late"], at=reported_at)
    mt.current_run().metric("label_coverage", len(labelled) / len(predictions))
    return _write(labelled, predictions_path, "feedback.parquet")


def flight_ids(flights: pd.DataFrame) -> pd.Series[str]:
    """Name flights as in 2013-03-04-UA-1545-EWR."""
    days = flights["date"].dt.strftime("%Y-%m-%d")
    ids: pd.Series[str] = days.str.cat(flights[data.KEY[1:]].astype(str), sep="-")
    return ids


def minutes(clock: pd.Series[int]) -> pd.Series[int]:
    """Turn clock times such as 1545 into minutes since midnight."""
    return clock // 100 * 60 + clock % 100


def _write(rows: pd.DataFrame, beside: Path, name: str) -> Path:
    path = beside.with_name(name)
    rows.to_parquet(path, index=False)
    return path
