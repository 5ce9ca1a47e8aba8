"""The file of checks, `mltrace-checks.toml`: checks of components as plain tables.

::

    [[components.clean.after]]
    check = "RowCount"
    min = 1
    evidence = "never fewer than 2,133 rows in 30 runs"
    accepted_at = 2026-11-26
    accepted_by = "ann"

It stands beside `mltrace.toml` under version control, and is found from the working folder upwards.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from mltrace.checks.specs import read_check
from mltrace.checks.toml_text import key_text, statements
from mltrace.config import CHECK_FILE, nearest_file
from mltrace.config.reading import check_keys
from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.checks.check import Check
    from mltrace.records import CheckWhen

ROOT: Final = "components"
BOUNDARIES: Final[tuple[CheckWhen, ...]] = ("before", "after")
_ABOUT: Final = {
    "evidence": str,
    "reason": str,
    "accepted_at": date,
    "accepted_by": str,
    "retired_at": date,
}


@dataclass(frozen=True, slots=True)
class FiledCheck:
    """A check as a file has it.

    Attributes
    ----------
    component : str
        Whose check it is.
    when : {'before', 'after'}
        The boundary at which it runs.
    table : mapping
        The check as a table; see `mltrace.checks.specs`.
    evidence : str
        What speaks for it.
    reason : str
        Why it was changed or retired.
    accepted_at, retired_at : date or datetime, optional
        Since when it is in the file, and from when on it no longer runs.
    accepted_by : str
        Who put it there.
    path : path
        The file.
    line : int
        The line on which it begins; 0 if it has no header of its own.
    """

    component: str
    when: CheckWhen
    table: Mapping[str, Any]
    evidence: str = ""
    reason: str = ""
    accepted_at: date | None = None
    accepted_by: str = ""
    retired_at: date | None = None
    path: Path = Path(CHECK_FILE)
    line: int = 0

    @property
    def is_retired(self) -> bool:
        """Whether it no longer runs."""
        at = self.retired_at
        if isinstance(at, datetime):
            at = at.astimezone(UTC).date()
        return at is not None and at <= datetime.now(UTC).date()

    @property
    def place(self) -> str:
        """File, line and table, for messages."""
        return f"{self.path}:{self.line}: {key_text(ROOT, self.component, self.when)}"

    def check(self) -> Check:
        """Make the check.

        Raises
        ------
        ConfigurationError
            If the table describes none.
        """
        return read_check(self.table, where=self.place)

    def fields(self) -> dict[str, Any]:
        """Give all keys of its table in the file."""
        about = {key: getattr(self, key) for key in _ABOUT}
        return {**self.table, **{key: value for key, value in about.items() if value}}


@dataclass(frozen=True, slots=True)
class CheckFile:
    """A file of checks; `mltrace.checks.filing` changes it.

    Attributes
    ----------
    path : path
        Where it is or will be.
    text : str
        What it says.
    checks : tuple of FiledCheck
        All its checks, retired ones included, in the order of the file.
    """

    path: Path
    text: str = ""
    checks: tuple[FiledCheck, ...] = ()

    def of(self, component: str, when: CheckWhen | None = None) -> list[FiledCheck]:
        """List the checks of a component that run, at one boundary or at both."""
        return [
            one
            for one in self.checks
            if one.component == component and when in (None, one.when) and not one.is_retired
        ]


def nearest_check_file() -> Path | None:
    """Find the file of checks in the working folder or above it."""
    return nearest_file(CHECK_FILE)


def load_check_file() -> CheckFile:
    """Read the file of checks in force here; where there is none, an empty one to be.

    Raises
    ------
    ConfigurationError
        If it is no TOML, or says what cannot be.
    """
    path = nearest_check_file()
    if path is not None:
        return read_check_file(path)
    settings = nearest_file()
    return CheckFile(
        Path.cwd() / CHECK_FILE if settings is None else settings.with_name(CHECK_FILE)
    )


def read_check_file(path: Path) -> CheckFile:
    """Read a file of checks.

    Raises
    ------
    ConfigurationError
        If it is no TOML, or says what cannot be; the checks themselves are made later.
    """
    try:
        return parse_check_file(path, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error


def parse_check_file(path: Path, text: str) -> CheckFile:
    r"""Read the text of a file of checks.

    Raises
    ------
    ConfigurationError
        If it is no TOML, or says what cannot be.

    Examples
    --------
    >>> text = '[[components.clean.after]]\ncheck = "RowCount"\nmin = 1\n'
    >>> [one.check().min for one in parse_check_file(Path(CHECK_FILE), text).of("clean")]
    [1]
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} cannot be read as TOML: {error}") from error
    check_keys(f"table in {path}", table, (ROOT,))
    lines = _lines(text)
    filed = [
        _filed(path, component, when, one, next(lines.get((component, when), iter(())), 0))
        for component, when, one in _tables(path, table.get(ROOT, {}))
    ]
    return CheckFile(path, text, tuple(sorted(filed, key=lambda one: one.line)))


def _tables(path: Path, components: object) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """List the tables of checks with their components and boundaries."""
    for component, boundaries in _checked(components, f"{path}: {ROOT}").items():
        place = f"{path}: {key_text(ROOT, component)}"
        check_keys(f"boundary of {component} in {path}", _checked(boundaries, place), BOUNDARIES)
        for when, tables in boundaries.items():
            place = f"{path}: {key_text(ROOT, component, when)}"
            if not isinstance(tables, list):
                header = key_text(ROOT, component, when)
                raise ConfigurationError(f"{place} is no list of tables; write [[{header}]].")
            for one in tables:
                yield component, when, _checked(one, place)


def _filed(
    path: Path, component: str, when: str, given: Mapping[str, Any], line: int
) -> FiledCheck:
    about = {key: given[key] for key in _ABOUT if key in given}
    table = {key: value for key, value in given.items() if key not in _ABOUT}
    boundary = cast("CheckWhen", when)
    filed = FiledCheck(component, boundary, table, **about, path=path, line=line)
    for key, value in about.items():
        if not isinstance(value, _ABOUT[key]):
            accepted = "a text" if _ABOUT[key] is str else "a date such as 2026-11-26"
            raise ConfigurationError(f"{filed.place}: {key} = {value!r} is not {accepted}.")
    return filed


def _lines(text: str) -> dict[tuple[str, str], Iterator[int]]:
    """Tell on which lines the tables of each component and boundary begin."""
    lines: dict[tuple[str, str], list[int]] = {}
    for one in statements(text):
        if one.is_list_header and one.table.keys() == {ROOT}:
            ((component, boundaries),) = one.table[ROOT].items()
            if isinstance(boundaries, Mapping):
                lines.setdefault((component, *boundaries), []).append(one.line)
    return {key: iter(numbers) for key, numbers in lines.items()}


def _checked(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{place} = {value!r} is no table.")
    return value
