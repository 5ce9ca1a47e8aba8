"""What checks ask of a data frame, each thing computed once at a boundary however many ask.

::

    with at_boundary():
        for table in tables_among(variables, on=None):
            table.num_nulls("delay")      # reads the column
            table.num_nulls("delay")      # does not
"""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.parts import parts_among, read_table, table_path
from mltrace.importing import late

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    import narwhals.stable.v2 as nw

T = TypeVar("T")

_Known = dict["Hashable", Any]
_FILE: Final = "the table of the file"
_at_boundary: ContextVar[dict[int, tuple[object, _Known]] | None] = ContextVar(
    "mltrace_measures", default=None
)


class Table:
    """A data frame as checks see it: by the name of its variable, with statistics held.

    Parameters
    ----------
    name : str
        The variable.
    frame : narwhals.DataFrame
        The data, which nobody may change.
    known : dict
        What was measured of it.
    """

    __slots__ = ("_known", "columns", "frame", "name", "num_rows")

    def __init__(self, name: str, frame: nw.DataFrame[Any], known: _Known) -> None:
        self.name = name
        self.frame = frame
        self._known = known
        self.columns: Sequence[str] = frame.columns
        self.num_rows = len(frame)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The types of the columns, as narwhals names them."""
        return self.once("schema", lambda: self.frame.schema)

    def once(self, key: Hashable, measure: Callable[[], T]) -> T:
        """Measure something unless it is known already; the key names it and its arguments."""
        if key not in self._known:
            self._known[key] = measure()
        found: T = self._known[key]
        return found

    def num_nulls(self, column: str) -> int:
        """Count the nulls of a column; NaN counts as null."""
        return self.once(("num_nulls", column), lambda: _count(self._is_null(column)))

    def num_distinct(self, *columns: str) -> int:
        """Count the different values, or combinations of values, in rows without nulls in them."""
        return self.once(("num_distinct", columns), lambda: self._num_distinct(columns))

    def num_complete(self, *columns: str) -> int:
        """Count the rows without nulls in these columns."""
        if len(columns) == 1:
            return self.num_rows - self.num_nulls(columns[0])
        return self.once(("num_complete", columns), lambda: len(self.complete(*columns)))

    def extremes(self, column: str) -> tuple[Any, Any] | None:
        """Find the least and the greatest value of numbers or times; None where there is none."""
        return self.once(("extremes", column), lambda: self._extremes(column))

    def values(self, column: str) -> nw.Series[Any]:
        """Take the values of a column that are neither null nor NaN."""
        series = self.frame.get_column(column)
        return series.filter(~self._is_null(column)) if self.num_nulls(column) else series

    def unique(self, column: str) -> nw.Series[Any]:
        """Take each different value of a column once, without nulls."""
        return self.once(("unique", column), lambda: self.values(column).unique())

    def num_texts(self, column: str, is_counted: Callable[[str], bool]) -> int:
        """Count the texts for which a function is true, which sees each different one once."""
        import narwhals.stable.v2 as nw

        texts = self.unique(column).cast(nw.String()).to_list()
        counted = [text for text in texts if is_counted(text)]
        if not counted:
            return 0
        if len(counted) == len(texts):
            return self.num_complete(column)
        return _count(self.values(column).cast(nw.String()).is_in(counted))

    def _is_null(self, column: str) -> nw.Series[Any]:
        series = self.frame.get_column(column)
        is_null = series.is_null()
        if not _is_float(series) or _is_numpy(series):
            return is_null
        return is_null | series.is_nan().fill_null(value=False)

    def complete(self, *columns: str) -> nw.DataFrame[Any]:
        """Take some columns, in the rows without nulls in them."""
        chosen = self.frame.select(*dict.fromkeys(columns))
        has_nulls = [column for column in columns if self.num_nulls(column)]
        for column in has_nulls:
            chosen = chosen.filter(~chosen[column].is_null())
            if _is_float(chosen[column]):
                chosen = chosen.filter(~chosen[column].is_nan())
        return chosen

    def _num_distinct(self, columns: Sequence[str]) -> int:
        try:
            if len(columns) > 1:
                return len(self.complete(*columns).unique())
            return self.values(columns[0]).n_unique()
        except (TypeError, NotImplementedError) as error:  # of lists, dictionaries and the like
            raise NotApplicable(
                f"{self.name}: values of {' and '.join(map(repr, columns))} cannot be told apart"
            ) from error

    def _extremes(self, column: str) -> tuple[Any, Any] | None:
        series = self.frame.get_column(column)
        if not self.num_rows:
            return None
        least = series.min()
        if least is None or least != least or _is_nan(least):  # noqa: PLR0124 (NaT differs from itself)
            values = self.values(column)
            return (values.min(), values.max()) if len(values) else None
        greatest = series.max()
        if _is_nan(greatest):
            greatest = self.values(column).max()
        return least, greatest


def tables_among(variables: Mapping[str, Any], on: str | None) -> list[Table]:
    """Pick the data frames that a check looks at.

    Parameters
    ----------
    variables : mapping of str to object
        The variables of a run.
    on : str or None
        The variable to look at, a part of it, or a file; else the return value if there is one,
        else all arguments.

    Raises
    ------
    NotApplicable
        If none of these is a data frame.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"delay": [1.0, None, 3.0]})
    >>> [table.num_nulls("delay") for table in tables_among({"flights": frame}, None)]
    [1]
    """
    parts = dict(parts_among(variables, on))
    tables = [table for name in parts if (table := table_of(name, parts[name])) is not None]
    if not tables:
        looked = on or ", ".join(_variables(parts)) or "nothing"
        lazy = [name for name in parts if type(parts[name]).__name__ == "LazyFrame"]
        hint = f"; {lazy[0]} is lazy, collect it before" if lazy else ""
        raise NotApplicable(f"no data frame to look at (looked at {looked}){hint}")
    return tables


def table_of(name: str, value: object) -> Table | None:
    """Look at a value as a data frame, if it is one or the path of a file that holds one."""
    path = table_path(value)
    held = _at_boundary.get()
    known: _Known = {}
    if held is not None:
        # The value is held as well, so that no other one gets its id meanwhile.
        known = held.setdefault(id(value), (value, known))[1]
    if path is not None:
        name = os.path.basename(path)
        if _FILE not in known:
            known[_FILE] = read_table(path)
        value = known[_FILE]
    with late():
        import narwhals.stable.v2 as nw
        from narwhals.exceptions import DuplicateError
    try:
        frame = nw.from_native(value, eager_only=True, pass_through=True)
    except DuplicateError as error:
        raise Unmet(f"{name}: several columns have the same name") from error
    return Table(name, frame, known) if isinstance(frame, nw.DataFrame) else None


@contextmanager
def at_boundary() -> Iterator[None]:
    """Hold what is measured of data frames until the checks of a boundary are done."""
    token = _at_boundary.set({})
    try:
        yield
    finally:
        _at_boundary.reset(token)


def _variables(parts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(name.partition(".")[0] for name in parts)


def _is_float(series: nw.Series[Any]) -> bool:
    return bool(series.dtype.is_float())


def _is_numpy(series: nw.Series[Any]) -> bool:
    """Tell whether pandas holds a column as NumPy does, where NaN is what it takes for null."""
    native = series.to_native()
    return type(getattr(native, "dtype", None)).__module__.partition(".")[0] == "numpy"


def _count(mask: nw.Series[Any]) -> int:
    return int(mask.sum() or 0)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
