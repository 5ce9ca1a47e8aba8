"""Reads the data files that checks look at outside of a run; none of them is unpickled."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mltrace.checks.gating import GateData
from mltrace.compression import table_stem
from mltrace.errors import ArgumentError, MltraceError, NotEvaluatedError
from mltrace.values.converting import convert
from mltrace.values.table_files import is_table_file, read_table_file
from mltrace.values.wanted import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mltrace.values.wanted import Form

_NAME: Final = re.compile(r"[^\W\d][\w.]*")
JSON_LINES: Final = (".jsonl", ".ndjson")
ACCEPTED: Final = ".parquet, .csv, .csv.gz, .tsv, .arrow, .feather, .jsonl, .ndjson, .npy"


def parse_data_files(given: Iterable[str]) -> dict[str, Path]:
    """Read what was given as FILE or NAME=FILE; a file alone is under the name ''.

    Raises
    ------
    ArgumentError
        If a name, or no name, is given twice.

    Examples
    --------
    >>> sorted(parse_data_files(["raw.csv", "result=clean.csv"]))
    ['', 'result']
    """
    files: dict[str, Path] = {}
    for one in given:
        name, sign, path = one.partition("=")
        if not sign or not _NAME.fullmatch(name):
            name, path = "", one
        if name in files:
            said = f"{name!r} is given twice" if name else "two files have no name"
            raise ArgumentError(f"{said}; write NAME=FILE for each variable.")
        files[name] = Path(path)
    return files


def load_data_files(files: Mapping[str, Path], form: Form | None = None) -> GateData:
    """Read the files that checks look at; see `parse_data_files` and `read_data_file`."""
    loaded = {name: read_data_file(path, form) for name, path in files.items()}
    other = loaded.pop("", None)
    names = {name: path.name for name, path in files.items() if name}
    return GateData(loaded, other, table_stem(files[""]) if other is not None else "", names)


def read_data_file(path: Path, form: Form | None = None) -> Any:
    """Read the table or array of a file.

    Parameters
    ----------
    path : path
        A file; its ending tells what it is.
    form : {'pandas', 'polars', 'pyarrow'}, optional
        What to read it as; tables are Arrow tables by default.

    Raises
    ------
    NotEvaluatedError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return convert(_read(file, path), form)
    except (MltraceError, OSError, ValueError, ImportError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise NotEvaluatedError(f"{path} cannot be read: {said}") from error


def _read(file: BinaryIO, path: Path) -> Any:
    if path.suffix.lower() in JSON_LINES:
        import pyarrow.json

        return pyarrow.json.read_json(file)
    if not is_table_file(str(path)):
        raise NotEvaluatedError(f"no data file ends in {path.suffix!r}; accepted: {ACCEPTED}")
    return read_table_file(file, str(path), ALL)
