"""`features` after 'SI units for the new dashboard': the model still thinks in miles."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import mltrace as mt
from flights.components import minutes

KILOMETRES_PER_MILE = 1.609344


@mt.component(
    owner="ml-delays",
    tags=["flights", "features"],
    description="Turn schedule and weather into what the model reads",
)
def features(joined_path: Path) -> pd.DataFrame:
    joined = pd.read_parquet(joined_path)
    departure = minutes(joined["sched_dep_time"])
    rows = joined.drop(columns=["time_hour", "flight", "sched_dep_time", "sched_arr_time"])
    rows["distance"] = joined["distance"] * KILOMETRES_PER_MILE
    rows["departure_minute"] = departure
    rows["scheduled_minutes"] = (minutes(joined["sched_arr_time"]) - departure) % 1440
    rows["day_of_week"] = joined["date"].dt.day_name()
    rows["traffic"] = joined.groupby(["origin", "time_hour"])["flight"].transform("size")
    rows["dew_point_spread"] = joined["temp"] - joined["dewp"]
    return rows
