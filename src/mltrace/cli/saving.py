"""Writes the kept content of an artifact, or rows and columns of it, to a file."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mltrace.compression import table_ending
from mltrace.errors import ArgumentError
from mltrace.values.table_files import check_writable, is_table_file, write_table_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.lineage.contents import ArtifactContent
    from mltrace.values.wanted import Form

_ROWS: Final = re.compile(r"(-?\d*):(-?\d*)")

Rows = tuple[int | None, int | None]


def parse_rows(text: str | None) -> Rows | None:
    """Read rows as START:STOP, each of which may be missing or count from the end.

    Examples
    --------
    >>> parse_rows("0:10"), parse_rows("-5:")
    ((0, 10), (-5, None))

    Raises
    ------
    ArgumentError
        If they are not of that form.
    """
    if text is None:
        return None
    match = _ROWS.fullmatch(text)
    if match is None or "-" in match.groups():
        raise ArgumentError(f"Rows are START:STOP, such as 0:10 or -5:, not {text!r}.")
    begin, end = (int(number) if number else None for number in match.groups())
    return begin, end


def save(
    content: ArtifactContent, path: Path, *, columns: tuple[str, ...] | None, rows: Rows | None
) -> None:
    """Write a new file: the bytes of a file or model, or a table or array in the path's format.

    Raises
    ------
    ArgumentError
        If the path exists, or does not end as what was kept can be written.
    """
    if _is_as_kept(content, path) and columns is None and rows is None:
        value = _load(content, path, as_="bytes")
        _write(path, lambda file: file.write(value))
        return
    check_writable(str(path))
    form: Form = "numpy" if path.suffix == ".npy" else "pyarrow"
    table = _load(content, path, as_=form, columns=columns, rows=rows)
    _write(path, lambda file: write_table_file(table, str(path), file))


def _load(content: ArtifactContent, path: Path, **wanted: Any) -> Any:
    try:
        return content.load(**wanted)
    except ArgumentError as error:
        raise ArgumentError(
            f"{content.ref.name!r} cannot be saved as {path}: {error} In Python, "
            f"mt.artifact({content.ref.name!r}).load() brings it back."
        ) from error


def _is_as_kept(content: ArtifactContent, path: Path) -> bool:
    """Tell whether to write the bytes that were kept, whatever is in them."""
    if content.ref.kind == "data":
        return False
    kept = Path(content.ref.name)
    has_ending = (path.suffix, table_ending(path)) == (kept.suffix, table_ending(kept))
    return has_ending or not is_table_file(str(path))


def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    try:
        file = path.open("xb")
    except FileExistsError as error:
        raise ArgumentError(f"{path} exists already; choose another path.") from error
    with ExitStack() as undone, file:
        undone.callback(path.unlink)
        write(file)
        undone.pop_all()
