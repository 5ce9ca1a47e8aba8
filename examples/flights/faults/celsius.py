"""`ingest` after 'feed v2: take the metric temperature': the rest of the feed stayed in °F."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import mltrace as mt
from flights import data
from flights.components import BATCHES


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
    weather = data.weather(start, end)
    weather["temp"] = ((weather["temp"] - 32) * 5 / 9).round(2)
    weather.to_parquet(weather_path, index=False)
    return flights_path, weather_path
