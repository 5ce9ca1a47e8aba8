"""Turns a loaded value into what it is wanted as: a frame of some library, an array, bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, get_args

from mltrace.errors import ArgumentError, unknown_option
from mltrace.values.wanted import Form

if TYPE_CHECKING:
    from collections.abc import Callable

FORMS: Final = get_args(Form)


def check_form(form: str | None) -> None:
    """Refuse what no value can be loaded as.

    Raises
    ------
    OptionError
        If it is not known; the message has the nearest match.
    """
    if form is not None and form not in FORMS:
        raise unknown_option("form of a value", form, FORMS)


def convert(value: Any, form: Form | None) -> Any:
    """Convert a value.

    Parameters
    ----------
    value : Arrow table or column, array, sparse matrix, list of texts, bytes, or already right
        What a kind of value loaded.
    form : {'pandas', 'polars', 'pyarrow', 'numpy', 'bytes'} or None
        What it is wanted as; None for what it is.

    Raises
    ------
    ArgumentError
        If it cannot be that.

    Examples
    --------
    >>> import numpy
    >>> convert(numpy.array([1.0, 2.0]), "pyarrow").to_pylist()
    [1.0, 2.0]
    """
    package = type(value).__module__.partition(".")[0]
    if form in (None, package) or (form == "bytes" and isinstance(value, bytes)):
        return value
    if isinstance(value, list):
        import pyarrow

        value, package = pyarrow.array(value, pyarrow.string()), "pyarrow"
    if package == "scipy":
        value, package = value.toarray(), "numpy"
        if form == "numpy":
            return value
    found = _CONVERTERS.get((package, form))
    if found is None:
        raise ArgumentError(f"A {type(value).__qualname__} cannot be loaded as {form!r}.")
    return found(value)


def _table_to_pandas(table: Any) -> Any:
    return table.to_pandas()


def _table_to_polars(table: Any) -> Any:
    import polars

    names = getattr(table, "column_names", ())
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(
                f"A frame with several columns {name!r} cannot be loaded as 'polars'; choose "
                "others by columns, or load it as 'pandas', 'pyarrow', 'numpy' or 'bytes'."
            )
    return polars.from_arrow(table)


def _table_to_numpy(table: Any) -> Any:
    import numpy

    if not hasattr(table, "column_names"):
        return (
            table.to_numpy(zero_copy_only=False) if hasattr(table, "buffers") else table.to_numpy()
        )
    columns = [column.to_numpy() for column in table.columns]
    return numpy.column_stack(columns) if columns else numpy.empty((table.num_rows, 0))


def _table_to_bytes(table: Any) -> bytes:
    import pyarrow.parquet

    if not hasattr(table, "column_names"):
        table = pyarrow.table({"": table})
    target = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(table), target)
    return target.getvalue()


def _array_to_pandas(array: Any) -> Any:
    import pandas

    if array.dtype.names or array.ndim == 2:
        return pandas.DataFrame(array)
    return pandas.Series(_flat(array))


def _array_to_polars(array: Any) -> Any:
    import polars

    return polars.DataFrame(array) if array.dtype.names or array.ndim == 2 else polars.Series(array)


def _array_to_arrow(array: Any) -> Any:
    import pyarrow

    if array.dtype.names:
        return pyarrow.table({name: array[name] for name in array.dtype.names})
    if array.ndim == 2:
        return pyarrow.table({str(place): column for place, column in enumerate(array.T)})
    return pyarrow.array(_flat(array))


def _array_to_bytes(array: Any) -> bytes:
    import numpy

    target = io.BytesIO()
    numpy.lib.format.write_array(target, array, allow_pickle=False)
    return target.getvalue()


def _flat(array: Any) -> Any:
    if array.ndim > 1:
        raise ArgumentError(
            f"An array of {array.ndim} dimensions is no table; load it as 'numpy' or 'bytes'."
        )
    return array.reshape(-1)


_CONVERTERS: Final[dict[tuple[str, str], Callable[[Any], Any]]] = {
    ("pyarrow", "pandas"): _table_to_pandas,
    ("pyarrow", "polars"): _table_to_polars,
    ("pyarrow", "numpy"): _table_to_numpy,
    ("pyarrow", "bytes"): _table_to_bytes,
    ("numpy", "pandas"): _array_to_pandas,
    ("numpy", "polars"): _array_to_polars,
    ("numpy", "pyarrow"): _array_to_arrow,
    ("numpy", "bytes"): _array_to_bytes,
}
