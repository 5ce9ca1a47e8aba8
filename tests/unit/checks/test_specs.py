"""Checks as plain tables."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import mltrace as mt
from mltrace.checks.check import Check
from mltrace.checks.registered import library
from mltrace.checks.specs import read_check, write_check

if TYPE_CHECKING:
    from mltrace.records import Severity


class Holding(Check):
    """Fails never; holds what it was given."""

    def __init__(
        self, held: Any, *, severity: Severity | None = None, on: str | None = None
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.held = held

    def test_nothing(self) -> None:
        """Pass."""


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch) -> type[Holding]:
    library.keys()
    monkeypatch.setitem(library._items, "Holding", Holding)
    return Holding


@pytest.mark.parametrize(
    ("held", "written"),
    [
        (("a", "b"), ["a", "b"]),
        ({"b", "a"}, ["a", "b"]),
        (range(2), [0, 1]),
        (np.float64(0.5), 0.5),
        (np.datetime64("2013-01-01"), pd.Timestamp("2013-01-01").date()),
        (PurePosixPath("a/b"), "a/b"),
        ({"a": ({1},)}, {"a": [[1]]}),
        (True, True),
    ],
)
def test_values_are_written_plain(holding: type[Holding], held: Any, written: Any) -> None:
    table = write_check(holding(held))
    assert table == {"check": "Holding", "held": written}
    assert type(table["held"]) is type(written)


@pytest.mark.parametrize("held", [object(), {1: 2}, [None], pd.DataFrame()])
def test_what_is_not_plain_is_refused(holding: type[Holding], held: Any) -> None:
    with pytest.raises(mt.ArgumentError, match=r"Holding\(held=…\) holds a \w+, which no file"):
        write_check(holding(held))


def test_defaults_are_left_out() -> None:
    assert write_check(mt.NoNulls()) == {"check": "NoNulls"}
    assert write_check(mt.RowCount(min=0)) == {"check": "RowCount", "min": 0}


def test_check_outside_the_library_is_refused() -> None:
    class Mine(mt.Check): ...

    with pytest.raises(mt.ArgumentError, match="Mine is not in the library"):
        write_check(Mine())


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"check": "RowCunt"}, "No check 'RowCunt'. Did you mean 'RowCount'"),
        ({"min": 1}, 'has no check = "NAME"; accepted: '),
        ({"check": 1}, '1 is no text as check = "NAME"; accepted: '),
        (
            {"check": "RowCount", "mn": 1},
            "No argument of RowCount 'mn'. Did you mean 'min'? Accepted: max, min,",
        ),
        ({"check": "RowCount", "min": "a"}, "RowCount(min='a'): give a whole number"),
        ({"check": "RowCount", "min": 1, "severity": "stop"}, "severity='stop' is unknown"),
        ({"check": "NoNulls", "columns": 3}, "NoNulls(3): give a list of column names."),
    ],
)
def test_table_that_is_no_check_is_refused_with_its_place(table: dict[str, Any], said: str) -> None:
    with pytest.raises(mt.ConfigurationError, match=re.escape(f"checks.toml:7: {said}")):
        read_check(table, where="checks.toml:7")


def test_missing_argument_is_named(holding: type[Holding]) -> None:
    with pytest.raises(mt.ConfigurationError, match="Holding needs held = …"):
        read_check({"check": "Holding"})
