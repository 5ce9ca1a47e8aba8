"""Data frames of every library, and a check run on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas
import polars
import pyarrow
import pytest

from mltrace.checks.engine import run_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mltrace.checks.check import Check
    from mltrace.records import CheckResult


@pytest.fixture(params=["pandas", "polars", "pyarrow"])
def make_frame(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Make a data frame of columns, in one library after the other."""

    def make(columns: Mapping[str, Sequence[Any]]) -> Any:
        if request.param == "pandas":
            return pandas.DataFrame(columns)
        if request.param == "polars":
            return polars.DataFrame(columns, strict=False)
        return pyarrow.table(columns)

    return make


@pytest.fixture
def judge() -> Callable[..., CheckResult]:
    """Run a check of one test on a data frame, or on variables."""

    def run(check: Check, frame: Any = None, **variables: Any) -> CheckResult:
        given = variables if frame is None else {"frame": frame, **variables}
        (result,) = run_checks([check], "before", given)
        return result

    return run
