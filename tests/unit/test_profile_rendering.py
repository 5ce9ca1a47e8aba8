"""Drawings of profiles fit the width they are given, whatever the columns hold."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import numpy
import pandas
import pytest
from tests.profiled import table_of_all_kinds

import mltrace as mt
from mltrace.profiles.comparing import compare
from mltrace.rendering.fitting import line_cells
from mltrace.rendering.lines import to_ascii, to_text
from mltrace.rendering.profile_columns import draw_column
from mltrace.rendering.profile_differences import draw_differences
from mltrace.rendering.profiles import draw_profile, shape_text, value_text
from mltrace.rendering.view import View

if TYPE_CHECKING:
    from mltrace.rendering.lines import Line

START = datetime.datetime(2013, 1, 1)
TABLES: dict[str, Any] = {
    "all kinds": table_of_all_kinds(300),
    "nothing": {},
    "no rows": {"a": []},
    "nulls": {"a": [None, None]},
    "constant": {"a": [7] * 5},
    "one row": {"a": [1.5], "b": ["x"]},
    "long names and values": {
        "delay_" * 40: ["late " * 50, "予測" * 60],
        "予測" * 40: [1e300, -1e-300],
    },
    "steers a terminal": {"a\x1b[31m": ["\x1b[31m", "\n\t"]},
    "extremes": {"a": [float("inf"), float("nan"), -float("inf"), 1e308]},
    "mixed": {"a": [1, "x", b"\xff", [1], None, True]},
    "empty texts": {"a": ["", "", "x"]},
    "gaps": {"at": [START + datetime.timedelta(hours=h) for h in range(3000) if h % 1000 > 300]},
    "booleans": {"a": [True, False, None]},
    "days": {"a": [datetime.date(2013, 1, 1), datetime.date(2013, 1, 2)]},
    "many columns": {f"c{at}": [at] for at in range(250)},
}


def fits(lines: list[Line], width: int) -> bool:
    to_ascii(to_text(lines, is_coloured=True))
    return max(map(line_cells, lines)) <= width and to_text(lines).replace("\n", "").isprintable()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", TABLES)
def test_drawings_fit(name: str, width: int) -> None:
    profile = mt.profile(TABLES[name])
    view = View(width=width)
    assert fits(draw_profile(profile, view, title="a" * 200), width)
    for column in list(profile.columns.values())[:10]:
        assert fits(draw_column(column, profile, view), width)
        assert draw_column(column, mt.Profile.from_bytes(profile.to_bytes()), view)


@pytest.mark.parametrize("name", TABLES)
def test_differences_fit_and_are_none_to_itself(name: str) -> None:
    profile = mt.profile(TABLES[name])
    assert all(one.difference == 0 for one in compare(profile, profile))
    other = mt.profile(TABLES["all kinds"])
    for pair in ((profile, other), (other, profile)):
        drawn = draw_differences(compare(*pair), [("a" * 99, pair[0]), ("b", pair[1])], View())
        assert fits(drawn, 80)


def test_columns_beyond_a_hundred_are_drawn_on_demand() -> None:
    profile = mt.profile(TABLES["many columns"])
    assert to_text(draw_profile(profile, View())).endswith("… 150 columns more")
    assert len(draw_profile(profile, View(is_complete=True))) == 250 + 3


def test_bars_grow_from_zero() -> None:
    profile = mt.profile({"a": [1] * 1000 + [2] * 500 + [4]})
    shape = shape_text(profile.columns["a"], 8)
    assert (shape[0], shape[1:-1].strip(), shape[-1]) == ("█", "", "▅")


def test_median_of_floats_is_said_without_the_noise_of_rounding() -> None:
    assert [value_text(one) for one in (-2.0000000000013, 1e9, 123456, 0.1 + 0.2, 1e-9)] == [
        "-2",
        "1e+09",
        "123456",
        "0.3",
        "1e-09",
    ]


def test_times_far_apart_are_days_and_near_ones_are_not() -> None:
    days = pandas.Series(pandas.date_range("2013-01-01 05:00", periods=10, freq="D"))
    text = to_text(draw_profile(mt.profile(days), View()))
    assert "2013-01-01  " in text
    hours = pandas.Series(pandas.date_range("2013-01-01 05:00", periods=10, freq="h"))
    assert "2013-01-01 05:00" in to_text(draw_profile(mt.profile(hours), View()))


def test_profile_prints_as_a_table() -> None:
    profile = mt.profile({"delay": numpy.arange(10)})
    assert str(profile).splitlines()[0] == "10 rows, 1 column, no duplicate rows"
