"""`clean` after 'list the carriers we know': the list forgot United, the biggest of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import mltrace as mt
from flights import data
from flights.components import flight_ids

MAINLINE = ["AA", "AS", "B6", "DL", "F9", "FL", "HA", "US", "VX", "WN"]
REGIONAL = ["9E", "EV", "MQ", "OO", "YV"]


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
    path = flights_path.with_name("clean.parquet")
    flights.drop(columns="arr_delay", errors="ignore").to_parquet(path, index=False)
    return path
