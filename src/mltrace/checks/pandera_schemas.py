"""Schemas of Pandera as checks: each column, and each check of it, is a test of its own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.adapters import adapters, is_of
from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.measures import tables_among

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mltrace.checks.measures import Table
    from mltrace.records import Severity

    Failures = Mapping[tuple[str | None, int | None], list[str]]

_MANY: Final = 5
_MISSING: Final = "column_in_dataframe"


class PanderaSchema(Check):
    """Fails where a data frame does not fulfil a schema of Pandera.

    Parameters
    ----------
    schema : pandera DataFrameSchema or DataFrameModel
        Of pandas or of polars; data frames of other libraries are converted to that.
    severity, on
        As in `Check`.

    Notes
    -----
    Its tests are `frame`, what is wrong with the columns as a whole; for each column one of its
    name, for presence, type, nulls and uniqueness; and one for each further check, `column: check`.
    Their value is the number of failure cases. The schema is validated lazily, once for all tests;
    what it parses or coerces is not handed on.

    References
    ----------
    Bantilan, pandera, SciPy 2020, https://doi.org/10.25080/Majora-342d178e-010
    """

    def __init__(
        self, schema: Any, *, severity: Severity | None = None, on: str | None = None
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.schema = schema

    @property
    def name(self) -> str:
        """The name of the schema or model, if it has one."""
        own = getattr(self.schema, "name", None) or getattr(self.schema, "__name__", None)
        return self._name or str(own or "PanderaSchema")

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    def tests(self) -> list[tuple[str, Callable[..., Any]]]:
        """List the tests: of the frame, of each column, of each check."""
        schema = self._resolved()
        subjects: list[tuple[str, tuple[str | None, int | None]]] = [("frame", (None, None))]
        subjects += _checks_of(None, schema)
        for name, column in schema.columns.items():
            subjects.append((str(name), (str(name), None)))
            subjects += _checks_of(str(name), column)
        return [
            (test, functools.partial(self._count, subject)) for test, subject in _distinct(subjects)
        ]

    def _count(self, subject: tuple[str | None, int | None], /, **variables: Any) -> int:
        column, number = subject
        total, words = 0, []
        for table in tables_among(variables, self.on):
            failures = table.once(
                ("pandera", id(self.schema)), functools.partial(self._validate, table)
            )
            if number is not None and _MISSING in failures.get((column, None), ()):
                raise NotApplicable(f"{table.name}: no column {column!r}")
            cases = failures.get(subject, [])
            if cases:
                total += len(cases)
                words.append(f"{table.name}: {_listed(cases)}")
        if words:
            raise Unmet("; ".join(words), value=total)
        return 0

    def _validate(self, table: Table) -> Failures:
        from pandera.errors import SchemaErrors

        schema = self._resolved()
        try:
            schema.validate(self._native(table, schema), lazy=True)
        except SchemaErrors as errors:
            return _by_subject(errors.failure_cases, {str(name) for name in schema.columns})
        return {}

    def _resolved(self) -> Any:
        """Return the schema, which a model makes of itself."""
        return self.schema.to_schema() if hasattr(self.schema, "to_schema") else self.schema

    def _native(self, table: Table, schema: Any) -> Any:
        native = table.frame.to_native()
        wanted = "polars" if ".polars." in f"{type(schema).__module__}." else "pandas"
        if type(native).__module__.partition(".")[0] == wanted:
            return native
        return table.frame.to_polars() if wanted == "polars" else table.frame.to_pandas()


@adapters.register("pandera")
def as_pandera_schema(item: object) -> Check | None:
    """Make a check of a schema or a model of Pandera."""
    if not is_of(item, "pandera") or not (hasattr(item, "columns") or hasattr(item, "to_schema")):
        return None
    return PanderaSchema(item)


def _checks_of(column: str | None, schema: Any) -> list[tuple[str, tuple[str | None, int | None]]]:
    before = "" if column is None else f"{column}: "
    return [
        (f"{before}{_check_name(check, number)}", (column, number))
        for number, check in enumerate(schema.checks)
    ]


def _check_name(check: Any, number: int) -> str:
    return str(check.error or check.name or f"check {number + 1}").partition("\n")[0][:80]


def _distinct(subjects: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    seen: dict[str, int] = {}
    named = []
    for test, subject in subjects:
        seen[test] = seen.get(test, 0) + 1
        named.append((test if seen[test] == 1 else f"{test} #{seen[test]}", subject))
    return named


def _by_subject(cases: Any, columns: set[str]) -> Failures:
    """Sort failure cases, of pandas or polars, by the test that they are of: what each is about."""
    import narwhals.stable.v2 as nw

    table = nw.from_native(cases, eager_only=True)
    failures: dict[tuple[str | None, int | None], list[str]] = {}
    wanted = ("schema_context", "column", "check", "check_number", "failure_case", "index")
    rows_seen = set()
    for row in zip(*(table[one].to_list() for one in wanted), strict=True):
        context, column, check, number, case, index = row
        place = None if number is None or number != number else int(number)  # noqa: PLR0124 (NaN)
        subject = str(case if check == _MISSING else column)
        is_of_frame = context == "DataFrameSchema" and check != _MISSING
        if is_of_frame and index is not None:  # a row is told once for each of its columns
            if (check, place, index) in rows_seen:
                continue
            rows_seen.add((check, place, index))
        key = (None if is_of_frame or subject not in columns else subject, place)
        failures.setdefault(key, []).append(str(check))
    return failures


def _listed(cases: list[str]) -> str:
    counts = {case: cases.count(case) for case in dict.fromkeys(cases)}
    parts = [f"{case} fails in {count:,} case{'s' * (count > 1)}" for case, count in counts.items()]
    more = [f"and {len(parts) - _MANY} more"] if len(parts) > _MANY else []
    return ", ".join([*parts[:_MANY], *more])
