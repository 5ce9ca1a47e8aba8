"""A Pandera schema is a check, whose tests are what it says of each column."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas
import polars
import pytest

import mltrace as mt
from mltrace.checks.check import as_checks
from mltrace.checks.engine import run_checks

pandera = pytest.importorskip("pandera.pandas", reason="pandera is not installed")
pandera_polars = pytest.importorskip("pandera.polars", reason="pandera is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = {"delay": [5, 7, 9], "carrier": ["AA", "UA", "DL"]}
BAD = {"delay": [-1, 50, 60, 5], "carrier": ["AA", None, "UA", "UA"]}


def _schema(module: Any, number: Any) -> Any:
    return module.DataFrameSchema(
        {
            "delay": module.Column(
                number, [module.Check.ge(0), module.Check.le(40, name="at most 40")]
            ),
            "carrier": module.Column(str, unique=True),
        },
        strict=True,
        name="flights",
    )


SCHEMAS = {
    "pandas": _schema(pandera, int),
    "polars": _schema(pandera_polars, polars.Int64),
}


def _judge(schema: Any, frame: Any) -> dict[str, Any]:
    results = run_checks(as_checks("after", [schema]), "after", {"result": frame})
    return {one.test: one for one in results}


@pytest.mark.parametrize("library", SCHEMAS)
def test_each_check_of_the_schema_is_a_test(library: str, make_frame: Callable[..., Any]) -> None:
    found = _judge(SCHEMAS[library], make_frame(GOOD))
    tests = ["frame", "delay", "delay: ge", "delay: le", "carrier"]
    assert [one.partition("(")[0] for one in found] == [
        name.replace("ge", "greater_than_or_equal_to").replace("le", "less_than_or_equal_to")
        if ": " in name
        else name
        for name in tests
    ]
    assert {(one.check, one.status, one.value) for one in found.values()} == {
        ("flights", "passed", 0)
    }


@pytest.mark.parametrize("library", SCHEMAS)
def test_failures_are_counted_by_test(library: str, make_frame: Callable[..., Any]) -> None:
    found = _judge(SCHEMAS[library], make_frame(BAD))
    counts = {name.partition("(")[0]: one.value for name, one in found.items()}
    assert counts == {
        "frame": 0,
        "delay": 0,
        "delay: greater_than_or_equal_to": 1,
        "delay: less_than_or_equal_to": 2,
        "carrier": 3,
    }
    assert found["carrier"].message == (
        "result: not_nullable fails in 1 case, field_uniqueness fails in 2 cases"
    )


@pytest.mark.parametrize("library", SCHEMAS)
def test_columns_that_are_missing_or_unknown(library: str, make_frame: Callable[..., Any]) -> None:
    found = _judge(SCHEMAS[library], make_frame({"carrier": ["AA"], "gate": ["B1"]}))
    assert found["frame"].message == "result: column_in_schema fails in 1 case"
    assert found["delay"].message == "result: column_in_dataframe fails in 1 case"
    checks = [one for name, one in found.items() if name.startswith("delay: ")]
    assert {(one.status, one.message) for one in checks} == {
        ("skipped", "result: no column 'delay'")
    }


def test_wrong_type_fails_and_is_no_error(make_frame: Callable[..., Any]) -> None:
    found = _judge(SCHEMAS["pandas"], make_frame({"delay": ["x", "y"], "carrier": ["AA", "UA"]}))
    assert found["delay"].status == "failed"
    assert {one.status for one in found.values()} <= {"passed", "failed"}


def test_checks_of_rows_count_rows() -> None:
    schema = pandera.DataFrameSchema(
        {"a": pandera.Column(int), "b": pandera.Column(int)},
        checks=[pandera.Check(lambda frame: frame["a"] < frame["b"], name="a below b")],
    )
    found = _judge(schema, pandas.DataFrame({"a": [1, 5, 6], "b": [2, 2, 2]}))
    assert (found["a below b"].status, found["a below b"].value) == ("failed", 2)
    assert found["a below b"].check == "PanderaSchema"


def test_models_are_checks_by_class(make_frame: Callable[..., Any]) -> None:
    class Flights(pandera.DataFrameModel):  # type: ignore[misc, name-defined]
        delay: int = pandera.Field(ge=0)
        carrier: str

    found = _judge(Flights, make_frame(BAD))
    assert {one.check for one in found.values()} == {"Flights"}
    assert found["delay: greater_than_or_equal_to(0)"].value == 1


def test_frame_without_data_frames_is_skipped() -> None:
    found = _judge(SCHEMAS["pandas"], 5)
    assert {one.status for one in found.values()} == {"skipped"}


def test_schema_works_at_a_component(store: Path) -> None:
    @mt.component(before=[mt.check(SCHEMAS["pandas"], severity="block", name="arrivals")])
    def clean(flights: Any) -> Any:
        return flights

    clean(pandas.DataFrame(GOOD))
    with pytest.raises(mt.CheckFailed, match=r"greater_than_or_equal_to\(0\) fails in 1 case"):
        clean(pandas.DataFrame(BAD))
    assert {one.check for one in mt.recent()[0].checks} == {"arrivals"}


def test_adapters_import_no_library_of_theirs() -> None:
    code = (
        "import sys; from mltrace.checks.check import as_checks\n"
        "class Callable:\n"
        "    def __call__(self, x): return True\n"
        "as_checks('after', [Callable(), print])\n"
        "others = {'pandera', 'great_expectations', 'pandas', 'polars', 'pydantic'}\n"
        "loaded = others & set(sys.modules)\n"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
