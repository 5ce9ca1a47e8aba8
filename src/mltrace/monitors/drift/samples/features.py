"""Rows of two tables as numbers that methods which look at all columns at once can compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.errors import ArgumentError
from mltrace.monitors.drift.seeding import SEED
from mltrace.profiles.layouts import is_text, simplify
from mltrace.profiles.number_arrays import as_array, is_number
from mltrace.profiles.sampling import SAMPLE_ROWS, Thinning
from mltrace.profiles.sources.choosing import is_spark, source_of
from mltrace.profiles.sources.source import InMemory
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow
    from numpy.typing import NDArray

MAX_CATEGORIES: Final = 20
_FAR: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Rows of two tables as columns of numbers, each with the mean 0 and the deviation 1.

    Attributes
    ----------
    current, reference : array of float, shape (num_rows, num_features)
    names : tuple of str, shape (num_features,)
        The column of the tables that each feature is of.
    """

    current: NDArray[numpy.float64]
    reference: NDArray[numpy.float64]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls, current: Any, reference: Any, *, max_rows: int, columns: Iterable[str] | None = None
    ) -> Features:
        """Read two tables: anything that can be profiled, but for profiles and Spark.

        Parameters
        ----------
        current, reference : frame, table, path, …
        max_rows : int
            Rows of each that are looked at; of more, a random sample, the same in each call.
        columns : iterable of str, optional
            Those to look at; all that both have by default.

        Raises
        ------
        ArgumentError
            If there are no rows, or no columns that both have.

        Notes
        -----
        Numbers are standardised by both tables together, and cut to 10 deviations; nulls are their
        mean, and a feature of their own. Texts are a feature for each of the 20 most frequent ones.
        Times, which move on, and other kinds are left out.

        Examples
        --------
        >>> both = Features.of({"x": [1, 2]}, {"x": [3, None]}, max_rows=10)
        >>> both.names, both.current.round(1).tolist()
        (('x', 'x'), [[-1.2, -0.6], [0.0, -0.6]])
        """
        wanted = None if columns is None else list(columns)
        tables = [read_rows(data, wanted, max_rows=max_rows) for data in (current, reference)]
        names = [name for name in tables[1].column_names if name in tables[0].column_names]
        if not names or not all(table.num_rows for table in tables):
            raise ArgumentError(
                "The tables have no rows, or no columns in common; give two tables with rows and "
                "columns of the same names."
            )
        found = [(name, one) for name in names for one in _features(name, tables)]
        num_rows = tables[0].num_rows
        values = numpy.zeros((num_rows + tables[1].num_rows, len(found)))
        for place, (_, feature) in enumerate(found):
            values[:, place] = feature
        return cls(values[:num_rows], values[num_rows:], tuple(name for name, _ in found))


def read_rows(data: Any, columns: list[str] | None, *, max_rows: int) -> pyarrow.Table:
    """Read rows of a table, at most so many, drawn at random but the same in each call.

    Raises
    ------
    ArgumentError
        If it is a profile, or a frame of Spark, whose rows are elsewhere.
    """
    cls: type = type(data)
    if isinstance(data, Profile) or is_spark(cls):
        what = "A profile has" if isinstance(data, Profile) else "A data frame of Spark gives"
        raise ArgumentError(
            f"{what} no rows, which this drift method compares; give a frame or a file, or choose "
            "a method that compares profiles, such as 'cramer-von-mises'."
        )
    source = source_of(data, columns)
    random = numpy.random.default_rng(SEED)
    if isinstance(source, InMemory):
        num_rows, take = source.num_rows, source.take
    else:
        import pyarrow

        thinning = Thinning(SAMPLE_ROWS)
        for part in source.tables():
            thinning.add(part)
        table = pyarrow.concat_tables(thinning.tables(), promote_options="permissive")
        num_rows, take = table.num_rows, table.take
    if num_rows <= max_rows:
        return take(numpy.arange(num_rows))
    return take(numpy.sort(random.choice(num_rows, max_rows, replace=False)))


def _features(name: str, tables: list[pyarrow.Table]) -> Iterator[NDArray[numpy.float64]]:
    """Turn a column of both tables, one under the other, into features that are not constant."""
    columns = [simplify(table[name].combine_chunks()) for table in tables]
    for values in _raw(columns):
        unit = float(numpy.nanmax(numpy.abs(values), initial=0.0))  # else squares may overflow
        known = values[~numpy.isnan(values)] / (unit or 1.0)
        spread = float(known.std()) if len(known) else 0.0
        if spread > 0:
            z = ((values / unit - known.mean()) / spread).clip(-_FAR, _FAR)
            yield numpy.where(numpy.isnan(z), 0.0, z)


def _raw(columns: list[Any]) -> Iterator[NDArray[numpy.float64]]:
    from pyarrow import types

    kinds = [column.type for column in columns]
    is_null = numpy.concatenate([_are_null(column) for column in columns])
    if all(is_number(kind) or types.is_boolean(kind) or types.is_null(kind) for kind in kinds):
        numbers = numpy.concatenate([_numbers(column) for column in columns])
        is_null |= ~numpy.isfinite(numbers)
        yield numpy.where(is_null, numpy.nan, numbers)
    elif all(_is_label(kind) or types.is_null(kind) for kind in kinds):
        yield from _indicators(columns)
    yield is_null.astype(numpy.float64)


def _are_null(column: Any) -> NDArray[numpy.bool_]:
    return numpy.asarray(column.is_null().to_numpy(zero_copy_only=False))


def _is_label(kind: Any) -> bool:
    from pyarrow import types

    return is_text(kind.value_type if types.is_dictionary(kind) else kind)


def _numbers(column: Any) -> NDArray[numpy.float64]:
    from pyarrow import types

    numbers = numpy.full(len(column), numpy.nan)
    known = column.drop_null()
    if len(known):
        is_boolean = types.is_boolean(column.type)
        values = known.to_numpy(zero_copy_only=False) if is_boolean else as_array(known)
        numbers[~_are_null(column)] = values
    return numbers


def _indicators(columns: list[Any]) -> Iterator[NDArray[numpy.float64]]:
    """Tell for each of the most frequent texts which rows have it."""
    import pyarrow

    texts = pyarrow.concat_arrays([column.cast(pyarrow.large_string()) for column in columns])
    encoded = texts.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = numpy.bincount(codes[codes >= 0], minlength=len(encoded.dictionary))
    for code in numpy.argsort(-counts, kind="stable")[:MAX_CATEGORIES]:
        yield (codes == code).astype(numpy.float64)
