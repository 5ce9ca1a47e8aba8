"""Asks a question in SQL of a store: read-only, of its views alone, within bounds.

DuckDB answers in a process of its own, which sees the views that the query names and neither other
files, nor the network, nor variables; its settings are locked.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from mltrace.errors import ArgumentError, NotEvaluatedError, nearest
from mltrace.importing import late
from mltrace.query.allowed import check_parsed
from mltrace.query.answering import answering
from mltrace.query.catalogue import catalogue_query
from mltrace.query.planning import plan_reading
from mltrace.query.pushdown import find_needed, parameters_of
from mltrace.query.row_files import row_files
from mltrace.query.view import Asked, Derived, quoted
from mltrace.query.views import VIEWS
from mltrace.query.worker import Part, Question
from mltrace.store.mirroring.mirrored import MIRRORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import pyarrow
    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.query.allowed import Node, Parsed
    from mltrace.query.planning import Reading
    from mltrace.query.pushdown import Needed
    from mltrace.store.mirroring import marks
    from mltrace.store.mirroring.mirror import Mirror, Pieces

_LACKING: Final = re.compile(r'(?:Referenced column|column named) "([^"]+)"')
_CANDIDATES: Final = re.compile(r"\nCandidate bindings: [^\n]*\n*")
_KEPT_OF_CALL: Final = ("alias", "column_name_alias", "sample", "query_location")
_INTS: Final = range(-(2**63), 2**64)
_ROW_BYTES: Final = 512
"""What a row of a view may take in memory, while the latest of each id is found."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a query may take.

    Attributes
    ----------
    seconds : float
        How long DuckDB may take.
    memory_mib : int
        How much memory it may use.
    num_rows : int
        How many rows the answer may have.
    num_rows_read : int
        How many rows a table that it names may have, beside those in files.
    """

    seconds: float = 30.0
    memory_mib: int = 512
    num_rows: int = 1_000_000
    num_rows_read: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Called:
    """What stands for a call such as `artifact('clean')`: tables, and a view of them, if any."""

    name: str
    tables: Mapping[str, pyarrow.Table]
    view: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a query is asked: what views look at beside the catalog.

    Attributes
    ----------
    lake : Path
        The folder of predictions and feedback.
    measure : callable
        Tells the metrics of a task by day, as rows.
    """

    settings: Settings
    mirror: Mirror
    lake: Path
    measure: Callable[[str], Iterable[Mapping[str, Any]]]


@dataclass
class Query:
    """A query that may be asked, and what it needs.

    Parameters
    ----------
    text : str
        One `SELECT`, or a question about what there is, such as `DESCRIBE runs`.
    params : mapping of str to Any
        The values of its parameters.

    Raises
    ------
    ArgumentError
        If it is not one `SELECT` over views and kept artifacts, or a value cannot be a parameter.
    NotEvaluatedError
        If DuckDB or pyarrow is not installed.
    """

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_installed()
        if not isinstance(self.text, str):
            raise ArgumentError(
                f"The query is a {type(self.text).__name__}; give a text such as 'FROM runs'."
            )
        _text("The query", self.text)
        self.text = catalogue_query(self.text) or self.text
        self.params = {name: _plain(name, value) for name, value in self.params.items()}
        parsed = answering.parse(self.text)
        self.parsed: Parsed = check_parsed(parsed, VIEWS, text=self.text)
        self.needed: Needed = find_needed(self.parsed, self.params)
        self.readings: Mapping[str, Reading] = plan_reading(self.parsed.tables, self.needed)
        self._called: list[tuple[str, Pieces]] = []
        self._taken: set[str] = set()
        self._called_views: list[str] = []
        self._pieces: list[tuple[str, Pieces]] = []
        self._views: list[str] = []

    @property
    def marked(self) -> set[marks.Marked]:
        """Of what blocks are copied to answer it."""
        return {MIRRORED[name].of for name in self.readings if name in MIRRORED}

    def read(self, connection: Connection, place: Place, bounds: Bounds) -> None:
        """Read what it needs of the views, in the place of what was read before."""
        self._pieces = list(self._called)
        num_rows: dict[str, int] = {}
        for name, reading in self.readings.items():
            view = VIEWS[name]
            assert not isinstance(view.source, Derived)
            asked = Asked(
                connection=connection,
                settings=place.settings,
                lake=place.lake,
                measure=place.measure,
                mirror=place.mirror,
                columns=reading.columns,
                equals=reading.equals,
                most_rows=bounds.num_rows_read,
            )
            pieces = view.source.read(asked)
            num_rows[name] = pieces.num_rows
            self._pieces.append((name, pieces))
        self._views = [*self._derived(num_rows, bounds), *self._called_views]

    def _derived(self, num_rows: Mapping[str, int], bounds: Bounds) -> Iterator[str]:
        """Write the views that are queries, in as many slices as memory asks for."""
        for name in self.parsed.tables:
            source = VIEWS[name].source
            if isinstance(source, Derived):
                num_bytes = sum(num_rows[other] for other in source.of) * _ROW_BYTES
                num_slices = -(-num_bytes // max(1, bounds.memory_mib * 1024 * 1024))
                yield f"CREATE TEMP VIEW {name} AS {source.in_slices(num_slices)}"

    def replace(self, call: Node, called: Called) -> None:
        """Let a call be answered by tables."""
        from mltrace.store.mirroring.mirror import Pieces

        self._called += [(name, Pieces((), rows)) for name, rows in called.tables.items()]
        self._called_views += [called.view] if called.view else []
        self._taken |= parameters_of(call)
        kept = {key: call[key] for key in _KEPT_OF_CALL}
        call.clear()
        call.update(
            type="BASE_TABLE",
            **kept,
            schema_name="",
            table_name=called.name,
            catalog_name="",
            at_clause=None,
            qualified_name={"path": [called.name]},
        )

    def answer(self, bounds: Bounds) -> pyarrow.Table | None:
        """Let it be answered; None if a file that it reads is gone or damaged by now.

        Raises
        ------
        ArgumentError
            If it is wrong; the message says how.
        NotEvaluatedError
            If it takes more than it may.
        """
        import pyarrow

        is_changed = bool(self.parsed.calls)
        query = self._changed() if is_changed else self.text
        question = Question(
            query=query,
            is_parsed=is_changed,
            params={name: self.params[name] for name in self.params if name not in self._taken},
            parts=[_part(name, pieces) for name, pieces in self._pieces],
            views=self._views,
            seconds=bounds.seconds,
            memory_mib=bounds.memory_mib,
            num_rows=bounds.num_rows,
        )
        try:
            answer = answering.ask(question)
        finally:
            row_files.empty()
        if answer.fault == "files":
            return None
        if answer.fault == "rows":
            raise NotEvaluatedError(
                f"The answer has more than {bounds.num_rows:,} rows; add a LIMIT."
            )
        if answer.fault:
            said = with_nearest(answer.message, self.parsed.tables)
            raise ArgumentError(f"The query cannot be answered: {said}")
        return pyarrow.ipc.open_stream(answer.rows).read_all()

    def _changed(self) -> str:
        """Write what the query is parsed into, as it is now."""
        statement = self.parsed.tree["statements"][0]
        left = parameters_of(statement["node"])
        self._taken -= left
        named = [one for one in statement["named_param_map"] if one["key"] in left]
        statement["named_param_map"] = [
            {"key": one["key"], "value": number} for number, one in enumerate(named, 1)
        ]
        return msgspec.json.encode(self.parsed.tree).decode()


def with_nearest(message: str, tables: Iterable[str]) -> str:
    """Add the columns of views that are most like one that DuckDB did not find.

    DuckDB itself knows only the columns that the query mentions.

    Examples
    --------
    >>> print(with_nearest('Referenced column "componnt" not found', ["runs"]))
    Referenced column "componnt" not found
    Did you mean component?
    """
    lacking = _LACKING.search(message)
    known = (column.name for table in tables for column in VIEWS[table].columns)
    matches = nearest(lacking[1], known) if lacking else []
    if not matches:
        return message
    own = _CANDIDATES.sub("\n", message)
    return f"{own}\nDid you mean {' or '.join(matches)}?"


def _check_installed() -> None:
    try:
        with late():
            import pyarrow  # noqa: F401 (asked for before anything is read)
        is_there = importlib.util.find_spec("duckdb") is not None
    except ImportError:
        is_there = False
    if not is_there:
        raise NotEvaluatedError(
            "SQL over a store needs DuckDB and pyarrow, which are not installed: "
            'pip install "mltrace[sql]".'
        )


def _part(name: str, pieces: Pieces) -> Part:
    renamed = VIEWS[name].renamed if name in VIEWS else {}
    made_of = pieces.made_of or {
        renamed.get(old, old): quoted(old) for old in pieces.rows.column_names
    }
    columns = [(expression, name) for name, expression in made_of.items()]
    files, is_by_name = list(pieces.files), pieces.made_of is not None
    if files and not is_by_name:
        if not pieces.rows.num_rows:
            return Part(name, columns, files, b"")
        if (path := row_files.write(name, pieces.rows)) is not None:
            return Part(name, columns, [*files, path], b"")
    return Part(name, columns, files, _stream(pieces.rows), is_by_name=is_by_name)


def _stream(rows: pyarrow.Table) -> bytes:
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _plain(name: str, value: Any) -> Any:
    """Turn the value of a parameter into one that another process can be told."""
    value = _without_numpy(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(name, one) for one in _in_order(value)]
    if isinstance(value, str):
        return _text(f"The parameter ${name}", str.__str__(value))
    if value is None or isinstance(value, bytes) or (isinstance(value, int) and value in _INTS):
        return value
    for kind, turned in _TURNED.items():
        if isinstance(value, kind):
            return turned(value)
    given = "whole number of more than 64 bits" if isinstance(value, int) else type(value).__name__
    raise ArgumentError(
        f"The parameter ${name} is a {given}; accepted: None, truth values, "
        "numbers, texts, bytes, dates, times, UUIDs, and lists of these."
    )


def _without_numpy(value: Any) -> Any:
    """Turn what NumPy and pandas have into what Python has; times of NumPy to microseconds."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if not hasattr(value, "tolist") or kind == "m":
        return value
    is_of_pandas = type(value).__module__.startswith("pandas")
    return (value.astype("datetime64[us]") if kind == "M" and not is_of_pandas else value).tolist()


def _moment(value: date) -> datetime | None:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if str(value) == "NaT":  # of pandas
        return None
    plain = datetime.combine(value.date(), value.timetz())  # not one of pandas
    return plain if plain.tzinfo else plain.replace(tzinfo=UTC)


_TURNED: Final[Mapping[type, Callable[[Any], Any]]] = {
    float: float,
    Decimal: float,
    date: _moment,
    UUID: str,
}


def _text(what: str, text: str) -> str:
    """Give a text that can be encoded.

    Raises
    ------
    ArgumentError
        If it cannot.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{what} has a half of a surrogate pair at {error.start}.") from None
    return text


def _in_order(values: Any) -> Iterable[Any]:
    return sorted(values, key=str) if isinstance(values, set | frozenset) else values
