"""Classes have one text each, whatever library they come from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

import mltrace as mt
from mltrace.classes import class_text, class_value


class Color(Enum):
    RED = 1


class Level(IntEnum):
    LOW = 1


class Word(StrEnum):
    LATE = "late"


class OldWord(str, Enum):  # noqa: UP042 (its str() is not its text)
    LATE = "late"


ONE = (1, True, 1.0, np.int8(1), np.uint64(1), np.bool_(True), np.float32(1), 1 + 0j, Decimal(1))
MOMENT = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
DISTINCT: tuple[Any, ...] = (
    *("late", "1", "", " late", "[1]", "<Color.RED>", "2024-05-01", '"1"', "{1}", "+inf", "-1"),
    *(1, 0, -1, 0.5, 10**30, Fraction(1, 3), float("inf"), -float("inf"), 1 + 2j),
    *((), (1, "a"), (1, ("a",)), ("1", "a"), frozenset({1, 2}), frozenset(), frozenset({"1"})),
    *(dt.date(2024, 5, 1), dt.datetime(2024, 5, 1), MOMENT, dt.time(12), dt.timedelta(1)),
    *(Color.RED, b"late", UUID(int=5), PurePosixPath("late"), int),
)
MISSING = (None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT"))


@pytest.mark.parametrize("value", [*ONE, Level.LOW, Fraction(1)], ids=repr)
def test_what_equals_one_is_the_class_1(value: object) -> None:
    assert class_text(value) == "1"


@pytest.mark.parametrize("value", [Word.LATE, OldWord.LATE, np.str_("late")], ids=repr)
def test_what_equals_a_text_is_the_class_of_that_text(value: object) -> None:
    assert class_text(value) == "late"


def test_values_that_differ_have_other_texts() -> None:
    assert len({class_text(value) for value in DISTINCT}) == len(DISTINCT)


@pytest.mark.parametrize("value", [*MISSING, Decimal("NaN"), np.ma.masked], ids=repr)
def test_missing_values_are_no_class(value: object) -> None:
    assert class_text(value) is None


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (MOMENT, MOMENT.astimezone(dt.timezone(dt.timedelta(hours=2)))),
        (MOMENT, pd.Timestamp(MOMENT)),
        (dt.datetime(2024, 5, 1), np.datetime64("2024-05-01T00:00", "ns")),
        (dt.date(2024, 5, 1), np.datetime64("2024-05-01")),
        (0.5, Fraction(1, 2)),
        (Fraction(1, 10), Decimal("0.1")),
        (frozenset({1, 2, 3}), frozenset({3, True, 2.0})),
        ((1, "a"), (True, np.str_("a"))),
        (b"a", np.bytes_(b"a")),
    ],
    ids=repr,
)
def test_equal_values_of_other_types_have_the_same_text(value: object, other: object) -> None:
    assert class_text(value) == class_text(other)


@pytest.mark.parametrize("value", DISTINCT[:31], ids=repr)
def test_a_text_number_tuple_or_date_comes_back(value: object) -> None:
    text = class_text(value)
    assert text is not None
    if text[:1] not in "<{+" and not text.startswith("-inf"):
        assert class_value(text) == value
        assert type(class_value(text)) is type(value)


@pytest.mark.parametrize("value", [object(), lambda: 1], ids=["object", "function"])
def test_what_only_its_address_tells_apart_is_refused(value: object) -> None:
    with pytest.raises(mt.ArgumentError, match="only its address tells it from others"):
        class_text(value)


@pytest.mark.parametrize("value", [[1], {1}, {"a": 1}], ids=repr)
def test_what_cannot_be_hashed_is_refused(value: object) -> None:
    with pytest.raises(mt.ArgumentError, match="cannot be a class; classes are texts, numbers"):
        class_text(value)
