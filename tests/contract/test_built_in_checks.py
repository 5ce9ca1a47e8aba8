"""Every check of the library, on frames of every library: odd data is never an error."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import narwhals
import pandas
import polars
import pyarrow
import pytest

from mltrace import checks
from mltrace.checks.engine import run_checks
from mltrace.checks.measures import table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.checks.check import Check

NAN, INF = float("nan"), float("inf")
MAKE: Final[dict[str, Callable[[Any], Any]]] = {
    "pandas": pandas.DataFrame,
    "polars": lambda columns: polars.DataFrame(columns, strict=False),
    "pyarrow": pyarrow.table,
}
ODD: Final[dict[str, list[Any]]] = {
    "nothing": [],
    "one": [1],
    "nulls": [None, None, None],
    "whole": [3, 1, 2, None],
    "floats": [1.0, None, NAN, INF, -INF, 0.0],
    "nan": [NAN, NAN],
    "texts": ["a", None, "A ", "", "2013-01-01", "€"],
    "flags": [True, False, None],
    "days": [date(2013, 1, 1), None, date(2999, 1, 5)],
    "moments": [datetime(2013, 1, 1), None, datetime(2013, 1, 5)],
    "zoned": [datetime(2013, 1, 1, tzinfo=UTC), None, datetime(2999, 1, 5, tzinfo=UTC)],
    "spans": [timedelta(1), None, timedelta(2)],
    "decimals": [Decimal("1.5"), None, Decimal("2.5")],
    "lists": [[1], [2], None],
    "structs": [{"a": 1}, {"a": 2}, None],
    "bytes": [b"a", b"b", None],
    "large": [2**63 - 1, -(2**63), 0],
}
OBJECTS: Final[dict[str, list[Any]]] = {
    "mixed": [1, "a", None, 2.5],
    "sets": [{1}, {2}, None],
    "objects": [object(), object(), None],
}
CHECKS: Final[dict[str, Callable[[], Check]]] = {
    "NoNulls": lambda: checks.NoNulls(["x"]),
    "NullShare": lambda: checks.NullShare("x", max=0.2),
    "Unique": lambda: checks.Unique("x"),
    "NoDuplicateRows": checks.NoDuplicateRows,
    "InRange": lambda: checks.InRange("x", min=0, max=2),
    "InRange of times": lambda: checks.InRange("x", min="2013-01-02", max="2014-01-01"),
    "MeanInRange": lambda: checks.MeanInRange("x", min=0, max=2),
    "MedianInRange": lambda: checks.MedianInRange("x", min=0, max=2),
    "InSet": lambda: checks.InSet("x", [1, "a", True, "2013-01-01", 2.5]),
    "NotInSet": lambda: checks.NotInSet("x", [1, "a", True, "2013-01-01", 2.5]),
    "MatchesRegex": lambda: checks.MatchesRegex("x", r"\w+"),
    "TextLength": lambda: checks.TextLength("x", min=1, max=3),
    "Schema": lambda: checks.Schema({"x": "integer"}),
    "SameSchema": lambda: checks.SameSchema("other"),
    "RowCount": lambda: checks.RowCount(min=2, max=3),
    "RowCountChange": lambda: checks.RowCountChange("other"),
    "Freshness": lambda: checks.Freshness("x", max_age="1d"),
    "Monotonic": lambda: checks.Monotonic("x"),
    "Monotonic in groups": lambda: checks.Monotonic("i", by="x"),
    "ForeignKey": lambda: checks.ForeignKey("x", "other"),
    "ForeignKey of numbers": lambda: checks.ForeignKey("x", "other", to="i"),
    "NotConstant": lambda: checks.NotConstant("x"),
    "OneType": checks.OneType,
    "NoVariants": lambda: checks.NoVariants("x"),
    "Parseable": lambda: checks.Parseable("x"),
    "ColumnPair": lambda: checks.ColumnPair("x", "<=", "y"),
    "ColumnPair of types": lambda: checks.ColumnPair("x", "==", "i"),
    "RowCondition": lambda: checks.RowCondition(~narwhals.col("x").is_null()),
    "Finite": lambda: checks.Finite("x"),
    "NoGaps": lambda: checks.NoGaps("x"),
    "NoDrift": lambda: checks.NoDrift("x"),
}


def _assert_no_error(check: Check, variables: dict[str, Any]) -> None:
    for result in run_checks([check], "before", variables):
        assert result.status in ("passed", "failed", "skipped"), result.message
        assert result.message or result.status == "passed"
        assert "Traceback" not in result.message


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize("library", sorted(MAKE))
def test_odd_data_is_no_error(name: str, library: str) -> None:
    odd: dict[str, list[Any]] = {**ODD, **OBJECTS} if library == "pandas" else ODD
    for values in odd.values():
        columns = {"x": values, "y": values, "i": list(range(len(values)))}
        frame = MAKE[library](columns)
        other = MAKE["pandas"](columns)
        _assert_no_error(CHECKS[name](), {"frame": frame, "other": other, "n": 3})


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_missing_column_fails_with_the_nearest_one_or_does_not_matter(name: str) -> None:
    frame = pandas.DataFrame({"x2": [1, 2]})
    _assert_no_error(CHECKS[name](), {"frame": frame, "other": frame})
    (result,) = run_checks([CHECKS[name]()], "before", {"frame": frame, "other": frame})
    if result.status == "failed" and "no column 'x'" in result.message:
        assert "did you mean 'x2'" in result.message or "other: no column" in result.message


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_without_a_data_frame_it_is_skipped(name: str) -> None:
    (result,) = run_checks([CHECKS[name]()], "before", {"n": 3, "text": "x"})
    assert (result.status, result.value) == ("skipped", None)


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize("library", sorted(MAKE))
def test_data_are_left_as_they_are(name: str, library: str) -> None:
    columns = {"x": [3.0, 1.0, None], "y": [1.0, 2.0, 3.0], "i": [1, 2, 3]}
    frame, other = MAKE[library](columns), MAKE[library](columns)
    before = copy.deepcopy(frame)
    run_checks([CHECKS[name]()], "before", {"frame": frame, "other": other})
    after, same = table_of("after", frame), table_of("before", before)
    assert after is not None
    assert same is not None
    assert after.schema == same.schema
    assert after.frame.to_arrow().equals(same.frame.to_arrow())
    if library == "pandas":
        pandas.testing.assert_frame_equal(frame, before)


def test_every_argument_is_an_attribute() -> None:
    import inspect

    for name, make in CHECKS.items():
        check = make()
        for argument in inspect.signature(type(check)).parameters:
            assert hasattr(check, argument), f"{name}.{argument}"
