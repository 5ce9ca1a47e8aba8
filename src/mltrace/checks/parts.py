"""Which values a check may look at: variables, what containers hold, and tables in files."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH: Final = 3
MAX_ITEMS: Final = 100
"""Of a container, only these items are looked at."""
FILES: Final = (".parquet", ".csv", ".tsv", ".arrow", ".feather")


def parts_among(variables: Mapping[str, Any], on: str | None) -> Iterator[tuple[str, object]]:
    """Find the values that may be data frames, or files that hold them, each with a name.

    Parameters
    ----------
    variables : mapping of str to object
        The variables of a run.
    on : str or None
        A variable; a part of one, such as 'result.0'; or the name of a file, in which `*` stands
        for anything. None is the return value if there is one, else all variables.

    Examples
    --------
    >>> variables = {"month": 3, "result": ("train rows", {"test": "test rows"})}
    >>> dict(parts_among(variables, None))
    {'result.0': 'train rows', 'result.1.test': 'test rows'}
    >>> dict(parts_among(variables, "result.1"))
    {'result.1.test': 'test rows'}
    """
    if on is None:
        chosen = {"result": variables["result"]} if "result" in variables else variables
        for name, value in chosen.items():
            yield from _leaves(name, value)
    elif on in variables:
        yield from _leaves(on, variables[on])
    else:
        chosen = {"result": variables["result"]} if "result" in variables else variables
        for name, value in chosen.items():
            for leaf, part in _leaves(name, value):
                if leaf == on or leaf.startswith(f"{on}.") or _is_named(part, on):
                    yield leaf, part


def table_path(value: object) -> str | None:
    """Return the path of a file if a value is one that ends as tables do, and the file is there."""
    if not isinstance(value, str | os.PathLike):
        return None
    path = os.fspath(value)
    if isinstance(path, str) and path.lower().endswith(FILES) and os.path.isfile(path):
        return path
    return None


def read_table(path: str) -> Any:
    """Read the table of a file.

    Raises
    ------
    Unmet
        If it cannot be read.
    """
    from mltrace.values.table_files import read_table_file
    from mltrace.values.wanted import ALL

    try:
        with open(path, "rb") as file:
            return read_table_file(file, path, ALL)
    except (OSError, ValueError) as error:
        raise Unmet(f"{os.path.basename(path)} cannot be read: {error}") from error


def _is_named(part: object, name: str) -> bool:
    path = table_path(part)
    return path is not None and fnmatchcase(os.path.basename(path), name)


def _leaves(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, object]]:
    items: Any = ()
    if isinstance(value, list | tuple):
        items = enumerate(value)
    elif isinstance(value, dict):
        items = value.items()
    else:
        yield name, value
    if depth < MAX_DEPTH:
        for number, (key, item) in enumerate(items):
            if number < MAX_ITEMS:
                yield from _leaves(f"{name}.{key}", item, depth + 1)
