"""Rows as plain values, and values that people give as columns hold them."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from mltrace.lineage.journeys.plain_values import hash_of_value, plain_rows
from mltrace.profiles.keyed.column_hashes import hash_column

DAY = datetime.date(2013, 5, 24)
NOON = datetime.datetime(2013, 5, 24, 12, tzinfo=datetime.UTC)


def test_rows_of_any_type_are_values_that_json_can_hold() -> None:
    table = pa.table(
        {
            "at": pa.array([1_369_396_800_000_000_123], pa.timestamp("ns", "UTC")),
            "took": pa.array([1_500_000_123], pa.duration("ns")),
            "price": pa.array([decimal.Decimal("1.50")]),
            "bytes": pa.array([b"\xff ok"]),
            "list": pa.array([[1, None]]),
            "struct": pa.array([{"a": [b"x"]}]),
            "place": pa.array(["EWR"]).dictionary_encode(),
            "nothing": pa.nulls(1),
        }
    )
    (row,) = plain_rows(table)
    assert row["at"] == NOON
    assert (row["bytes"], row["struct"], row["place"]) == ("\\xff ok", {"a": ["x"]}, "EWR")
    assert msgspec.json.decode(msgspec.json.encode(row))["list"] == [1, None]


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ("7", pa.array([7])),
        (7, pa.array([7.0])),
        ("7.5", pa.array([7.5])),
        (7, pa.array(["7"])),
        ("true", pa.array([True])),
        ("2013-05-24", pa.array([DAY])),
        ("2013-05-24T12:00", pa.array([NOON])),
        ("2013-05-24 14:00+02:00", pa.array([NOON], pa.timestamp("ns", "UTC"))),
        ("2013-05-24 14:00+02:00", pa.array([NOON.replace(tzinfo=None)])),
        (NOON, pa.array([NOON], pa.timestamp("s", "Asia/Tokyo"))),
        (DAY, pa.array([datetime.datetime(2013, 5, 24)])),
        ("1.5", pa.array([decimal.Decimal("1.50")])),
        ("EWR", pa.array(["EWR"]).dictionary_encode()),
        (uuid.UUID(int=5), pa.array([str(uuid.UUID(int=5))])),
        ("7.0", pa.array([7.0])),
        ("7.0", pa.array([7])),
        (None, pa.array([None], pa.int64())),
    ],
)
def test_value_that_is_given_is_found_in_a_column_of_another_type(given: Any, column: Any) -> None:
    hashes = hash_of_value(given, column.type)
    assert hashes is not None
    assert hashes.tolist() == hash_column(column).tolist()


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        *[("Newark", pa.int64()), ("soon", pa.timestamp("us")), (2**70, pa.int32())],
        *[([1], pa.int64()), ("5.5", pa.int64())],
        *[(True, pa.int64()), (True, pa.float64()), (1, pa.bool_()), (0.0, pa.bool_())],
    ],
)
def test_value_that_a_column_cannot_hold_is_none_of_its(given: Any, kind: Any) -> None:
    assert hash_of_value(given, kind) is None


@pytest.mark.parametrize("given", [2**53 + 1, str(2**53 + 1)])
def test_integer_that_no_float_holds_is_not_the_float_next_to_it(given: Any) -> None:
    hashes = hash_of_value(given, pa.float64())
    assert hashes is not None
    assert hashes.tolist() != hash_column(pa.array([2.0**53])).tolist()
