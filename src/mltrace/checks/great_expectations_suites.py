"""Suites of Great Expectations as checks: each expectation is a test of its own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.adapters import adapters, is_of
from mltrace.checks.check import Check, Unmet
from mltrace.checks.measures import tables_among

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mltrace.checks.measures import Table
    from mltrace.records import Severity

MAX_NAME: Final = 120
_SUBJECTS: Final = ("column", "column_A", "column_B", "column_list", "column_set")
_NUMBERS: Final = ("unexpected_count", "observed_value", "missing_count")


class ExpectationSuite(Check):
    """Fails where a data frame does not meet expectations of Great Expectations.

    Parameters
    ----------
    suite : great_expectations ExpectationSuite or Expectation
        What is expected; data frames of other libraries are converted to pandas.
    severity, on
        As in `Check`.

    Notes
    -----
    Each expectation is a test, named by its type and columns; its value is the observed value or,
    where it is about each row, the number of unexpected ones. Nothing is read or written and nobody
    is told: the expectations run without a data context, which alone has a store, a site and
    analytics.

    References
    ----------
    https://docs.greatexpectations.io
    """

    def __init__(
        self, suite: Any, *, severity: Severity | None = None, on: str | None = None
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.suite = suite

    @property
    def name(self) -> str:
        """The name of the suite, or the type of the expectation."""
        own = getattr(self.suite, "name", None) or type(self.suite).__name__
        return self._name or str(own)

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    def tests(self) -> list[tuple[str, Callable[..., Any]]]:
        """List the expectations."""
        expectations = getattr(self.suite, "expectations", None)
        seen: dict[str, int] = {}
        listed: list[tuple[str, Callable[..., Any]]] = []
        for expectation in [self.suite] if expectations is None else expectations:
            configuration = expectation.configuration
            name = _test_name(configuration)
            seen[name] = seen.get(name, 0) + 1
            test = name if seen[name] == 1 else f"{name} #{seen[name]}"
            listed.append((test, functools.partial(self._meet, configuration)))
        return listed

    def _meet(self, configuration: Any, /, **variables: Any) -> object:
        value: object = None
        for table in tables_among(variables, self.on):
            validator = table.once("great_expectations", functools.partial(_validator, table))
            (result,) = validator.graph_validate(configurations=[configuration])
            value = _value_of(result.result)
            if not result.success:
                raise Unmet(f"{table.name}: {_reason(result)}", value=value)
        return value


@adapters.register("great_expectations")
def as_expectation_suite(item: object) -> Check | None:
    """Make a check of a suite, or of a single expectation, of Great Expectations."""
    is_one = hasattr(item, "expectations") or hasattr(item, "expectation_type")
    if isinstance(item, type) or not is_of(item, "great_expectations") or not is_one:
        return None
    return ExpectationSuite(item)


def _validator(table: Table) -> Any:
    from great_expectations.core.batch import Batch
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.validator.validator import Validator

    batch = Batch(data=table.frame.to_pandas())
    validator = Validator(execution_engine=PandasExecutionEngine(), batches=[batch])
    validator.metrics_calculator.show_progress_bars = False
    return validator


def _test_name(configuration: Any) -> str:
    subjects = [configuration.kwargs[key] for key in _SUBJECTS if key in configuration.kwargs]
    words = ", ".join(
        ", ".join(map(str, one)) if isinstance(one, list | tuple | set) else str(one)
        for one in subjects
    )
    return (f"{configuration.type}({words})" if words else str(configuration.type))[:MAX_NAME]


def _value_of(result: Mapping[str, Any]) -> object:
    for key in _NUMBERS:
        value = result.get(key)
        if isinstance(value, int | float) or getattr(value, "ndim", None) == 0:
            return value
    return None


def _reason(result: Any) -> str:
    raised = [
        one["exception_message"]
        for one in (result.exception_info, *result.exception_info.values())
        if isinstance(one, dict) and one.get("exception_message")
    ]
    if raised:
        return str(raised[0]).partition("\n")[0].removeprefix("Error: ")
    found = result.result
    if "unexpected_count" in found:
        rows = found.get("element_count", 0)
        return f"{found['unexpected_count']:,} of {rows:,} values are unexpected"
    value = _value_of(found)
    return "is not met" if value is None else f"observed {value}"
