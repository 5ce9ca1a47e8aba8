"""Prints answers: drawn for people, JSON or CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from mltrace.cli.verbs import Answer
from mltrace.records import Record, RecordList
from mltrace.rendering import terminal_width
from mltrace.rendering.details import draw_record
from mltrace.rendering.lines import Line, Span, line, to_ascii, to_text
from mltrace.rendering.listings import draw_records
from mltrace.rendering.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.tables import Profile
    from mltrace.records.query_results import Result


def show(
    answer: Answer | Record | RecordList[Any], *, form: str = "table", store: str | None = None
) -> None:
    """Print an answer in the form asked for."""
    records = answer.records if isinstance(answer, Answer) else answer
    if form == "json":
        text = json_text(records)
    elif form == "csv":
        text = csv_text(records)
    else:
        text = _table_text(answer, store)
    if text:
        _write(f"{text}\n")


def json_text(records: Record | RecordList[Any] | Profile | Result) -> str:
    """Write a record as a JSON object, a list of records as an array."""
    encoded = msgspec.json.encode(records.to_dict())
    if _is_unicode():
        return msgspec.json.format(encoded, indent=2).decode()
    return json.dumps(json.loads(encoded), indent=2, ensure_ascii=True)


def csv_text(records: Record | RecordList[Any] | Profile | Result) -> str:
    """Write the rows of records as CSV; a nested cell is JSON, an empty cell is null."""
    rows = records.rows()
    of = records.of if isinstance(records, RecordList) else records
    names = of.row_names()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().rstrip("\n")


def line_text(drawn: Line) -> str:
    """Write one line as standard output takes it."""
    text = to_text([drawn], is_coloured=is_coloured())
    return text if _is_unicode() else to_ascii(text)


def is_coloured() -> bool:
    """Tell whether standard output is a terminal that wants colour."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def _write(text: str) -> None:
    """Write to standard output; a reader that has seen enough and left is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end, which must not fail either.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _table_text(answer: Answer | Record | RecordList[Any], store: str | None) -> str:
    view = View(width=terminal_width())
    if isinstance(answer, Answer):
        lines = answer.draw(view)
    elif isinstance(answer, RecordList):
        lines = draw_records(answer, answer.drawn_as, view)
        lines += [] if answer else _where(store)
    else:
        lines = draw_record(answer, view)
    text = to_text(lines, is_coloured=is_coloured())
    return text if _is_unicode() else to_ascii(text)


def _where(store: str | None) -> Sequence[Line]:
    """Say which store is empty: often it is not the one that was meant."""
    from mltrace.config import load_settings
    from mltrace.store.opening import Store

    opened = Store(load_settings(store))
    what = "The store is" if opened.is_there else "There is no store yet; the first run makes"
    return [line(Span(f"{what} {opened.location.name}", "dim"))]


def _is_unicode() -> bool:
    return (sys.stdout.encoding or "utf-8").lower().replace("-", "").startswith("utf")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple | bool):
        return msgspec.json.encode(value).decode()
    return value
