"""Which rows and columns of a kept value are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from mltrace.errors import ArgumentError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Form = Literal["pandas", "polars", "pyarrow", "numpy", "bytes"]


class Wanted(NamedTuple):
    """What to load of a value.

    Attributes
    ----------
    trusted : bool
        Whether unpickling is allowed.
    columns : tuple of str or None
        The names of the columns, in the order they are wanted in; None for all.
    rows : slice or None
        Which rows, without steps; None for all.
    form : {'pandas', 'polars', 'pyarrow', 'numpy', 'bytes'} or None
        What the caller wants it as; None for what it was.
    name : str
        The name of the artifact: how a file ends tells what is in it.
    """

    trusted: bool = False
    columns: tuple[str, ...] | None = None
    rows: slice | None = None
    form: Form | None = None
    name: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all of the value is wanted."""
        return self.columns is None and self.rows is None

    def bounds(self, num_rows: int) -> tuple[int, int]:
        """Return the first row wanted and the one after the last.

        Examples
        --------
        >>> Wanted(rows=slice(-2, None)).bounds(10)
        (8, 10)
        """
        if self.rows is None:
            return 0, num_rows
        begin, end, _ = self.rows.indices(num_rows)
        return begin, max(begin, end)

    def refuse_pieces(self, noun: str) -> None:
        """Refuse rows and columns of a value that has none.

        Raises
        ------
        ArgumentError
            If some are wanted.
        """
        if not self.is_whole:
            raise ArgumentError(f"{noun} is loaded as a whole; leave out rows and columns.")

    def refuse_forms(self, noun: str, *accepted: str) -> None:
        """Refuse what a value cannot be loaded as.

        Raises
        ------
        ArgumentError
            If it is wanted as something else than is accepted.
        """
        if self.form not in (None, *accepted):
            others = f" or as {' or '.join(map(repr, accepted))}" if accepted else ""
            raise ArgumentError(
                f"{noun} cannot be loaded as {self.form!r}, only as it was{others}."
            )

    def refuse_columns(self, noun: str) -> None:
        """Refuse columns of a value that has rows only.

        Raises
        ------
        ArgumentError
            If some are wanted.
        """
        if self.columns is not None:
            raise ArgumentError(f"{noun} has no named columns; leave out columns.")

    def rows_of(self, array: Any) -> Any:
        """Return the rows wanted of an array.

        Raises
        ------
        ArgumentError
            If some are wanted of an array without dimensions.
        """
        if self.rows is None:
            return array
        if not array.ndim:
            raise ArgumentError("An array of 0 dimensions has no rows; leave out rows.")
        return array[self.rows]

    def places(self, names: Sequence[str]) -> list[int]:
        """Return the places of the columns wanted.

        Raises
        ------
        UnknownNameError
            If there is no such column; the message lists the nearest match and some columns.
        """
        if self.columns is None:
            return list(range(len(names)))
        for name in self.columns:
            if name not in names:
                raise unknown("column", name, names, hint=_listed(names))
        return [names.index(name) for name in self.columns]


ALL = Wanted()


def _listed(names: Sequence[str]) -> str:
    """List the first columns that there are.

    Examples
    --------
    >>> _listed(["a", "b"])
    'Columns: a, b.'
    """
    if not names:
        return "It has no columns."
    more = f" and {len(names) - _NUM_LISTED} more" if len(names) > _NUM_LISTED else ""
    return f"Columns: {', '.join(names[:_NUM_LISTED])}{more}."


def column_names(columns: Any) -> tuple[str, ...] | None:
    """Read the columns that a caller names: one, several, or None for all.

    Examples
    --------
    >>> column_names("a"), column_names(["a", "b"])
    (('a',), ('a', 'b'))

    Raises
    ------
    ArgumentError
        If one is named twice.
    """
    if columns is None:
        return None
    listed: Iterable[Any] = [columns] if isinstance(columns, str) else columns
    names = tuple([str(name) for name in listed])
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ArgumentError(f"columns={list(names)!r} has {name!r} twice; name each once.")
    return names


def row_slice(rows: Any) -> slice | None:
    """Read the rows that a caller names: a slice, a range, a pair, or None for all.

    Examples
    --------
    >>> row_slice(range(5)), row_slice((2, None))
    (slice(0, 5, None), slice(2, None, None))

    Raises
    ------
    ArgumentError
        If they are none of these, or do not follow each other.
    """
    if rows is None:
        return None
    if isinstance(rows, slice | range):
        begin, end, step = rows.start, rows.stop, rows.step
    elif isinstance(rows, tuple) and len(rows) == 2:
        begin, end, step = *rows, None
    else:
        raise ArgumentError(f"{rows!r} names no rows; {_ROWS}")
    if step not in (None, 1) or not all(isinstance(row, int | None) for row in (begin, end)):
        raise ArgumentError(f"{rows!r} names no rows that follow each other; {_ROWS}")
    return slice(begin, end)


_NUM_LISTED: Final = 10
_ROWS: Final = "give a slice, a range or a pair (start, stop), such as (0, 10)."
