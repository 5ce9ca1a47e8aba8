"""`weather_join` after 'join on readable local hours': only the flights' hours are local."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import mltrace as mt
from flights.components import WEATHER


@mt.component(
    owner="data-platform",
    tags=["flights", "weather"],
    description="Join the weather at the airport in the hour of the scheduled departure",
)
def weather_join(clean_path: Path, weather_path: Path) -> Path:
    flights = pd.read_parquet(clean_path)
    weather = pd.read_parquet(weather_path)
    scheduled_hours = pd.to_timedelta(flights["sched_dep_time"] // 100, unit="h")
    flights["local_hour"] = flights["date"] + scheduled_hours
    weather["local_hour"] = weather["time_hour"].dt.tz_localize(None)
    weather = weather.drop_duplicates(["origin", "local_hour"])[["origin", "local_hour", *WEATHER]]
    joined = flights.merge(weather, on=["origin", "local_hour"], how="left", validate="m:1")
    path = clean_path.with_name("joined.parquet")
    joined.drop(columns="local_hour").to_parquet(path, index=False)
    return path
