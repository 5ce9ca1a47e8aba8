from __future__ import annotations

from typing import Any

import numpy
import pytest

from mltrace.profiles.comparing import compare
from mltrace.profiles.reading import profile_data


def differences(left: Any, right: Any) -> dict[str, tuple[float, str]]:
    found = compare(profile_data(left), profile_data(right))
    return {one.name: (round(one.difference, 3), one.reason) for one in found}


def test_columns_that_differ_most_come_first() -> None:
    left = {"same": [1, 2], "half": ["a", "b"], "other": ["a", "a"]}
    right = {"same": [1, 2], "half": ["a", "a"], "other": ["b", "b"]}
    assert list(differences(left, right).items()) == [
        ("other", (1.0, "values")),
        ("half", (0.5, "values")),
        ("same", (0.0, "")),
    ]


def test_column_of_one_table_only_is_added_or_removed() -> None:
    assert differences({"a": [1]}, {"b": [1]}) == {"a": (1.0, "removed"), "b": (1.0, "added")}


def test_share_of_nulls_is_a_difference() -> None:
    left, right = {"a": [1, 1, 1, 1]}, {"a": [1, None, None, 1]}
    assert differences(left, right) == {"a": (0.5, "nulls")}


def test_kind_is_a_difference_unless_there_are_no_values() -> None:
    assert differences({"a": [1]}, {"a": ["x"]}) == {"a": (1.0, "kind")}
    assert differences({"a": [1]}, {"a": [None]}) == {"a": (1.0, "nulls")}
    assert differences({"a": []}, {"a": []}) == {"a": (0.0, "")}


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0, 1e6])
def test_shifted_numbers_differ_the_more_the_farther_they_are(shift: float) -> None:
    values = numpy.random.default_rng(0).normal(size=10_000)
    difference, _ = differences({"a": values}, {"a": values + shift})["a"]
    span = 2 * 1.645 + shift  # from the second to the eighth of nine quantiles
    assert difference == pytest.approx(shift / span, abs=0.02)


def test_one_outlier_is_no_difference() -> None:
    values = numpy.arange(1000.0)
    assert differences({"a": values}, {"a": [*values[:-1], 1e12]})["a"][0] < 0.01


def test_constants_are_alike_or_not() -> None:
    assert differences({"a": [7, 7]}, {"a": [7, 7, 7]}) == {"a": (0.0, "")}
    assert differences({"a": [7, 7]}, {"a": [8, 8]}) == {"a": (1.0, "values")}


def test_times_are_compared_as_numbers_are() -> None:
    days = numpy.arange("2013-01", "2013-07", dtype="datetime64[D]")
    assert differences({"at": days}, {"at": days}) == {"at": (0.0, "")}
    assert differences({"at": days}, {"at": days + numpy.timedelta64(365, "D")})["at"][0] > 0.6
