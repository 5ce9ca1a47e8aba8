"""Questions about what there is, as other databases take them: answered from the list of views.

They are written anew as a `SELECT` over the views that tell of views, before anything is parsed; so
DuckDB is asked no more than ever.
"""

from __future__ import annotations

import re
from typing import Final

from mltrace.errors import ArgumentError, nearest
from mltrace.query.allowed import ONLY_VIEWS
from mltrace.query.views import VIEWS

_VIEWS: Final = re.compile(
    r"show(\s+(all\s+tables|tables|views))?|desc|describe|pragma\s+show_tables(\(\))?"
    r"|\.tables|\.views|\.schema|\.columns|\\d[tv]?",
    re.IGNORECASE,
)
_COLUMNS: Final = re.compile(
    r"(?:(?:desc|describe|show)(?:\s+(?:table|view|columns\s+(?:from|in)))?\s"
    r"|pragma\s+(?:table_info|show)\s*\(|(?:\.schema|\.columns|\\d\+?)\s)"
    r"\s*['\"]?(?:main\.)?(\w+)['\"]?\s*\)?",
    re.IGNORECASE,
)
_OTHERS: Final = re.compile(r"(desc|describe|show|summarize)\b", re.IGNORECASE)
_TOLD_OF_COLUMNS: Final = "SELECT name AS column_name, type AS column_type, about FROM columns"
_HINT: Final = "SHOW TABLES lists the views, DESCRIBE runs the columns of one."


def catalogue_query(text: str) -> str | None:
    """Write a question about what there is as a `SELECT`; None if it is another query.

    Parameters
    ----------
    text : str
        Such as `SHOW TABLES`, `DESCRIBE runs`, `PRAGMA table_info('runs')`, `.schema runs`.

    Raises
    ------
    ArgumentError
        If it is about what is no view; the message has the nearest.

    Examples
    --------
    >>> catalogue_query("show tables;")
    'SELECT name, num_columns, about FROM views ORDER BY name'
    >>> catalogue_query("DESCRIBE runs")
    "SELECT name AS column_name, type AS column_type, about FROM columns WHERE view = 'runs'"
    >>> catalogue_query("FROM runs") is None
    True
    """
    asked = text.strip(" \t\r\n;")
    if _VIEWS.fullmatch(asked):
        return "SELECT name, num_columns, about FROM views ORDER BY name"
    found = _COLUMNS.fullmatch(asked)
    if found is None and _OTHERS.match(asked):
        raise ArgumentError(ONLY_VIEWS)
    if found is None:
        return None
    name = found[1].lower()
    if name not in VIEWS:
        meant = nearest(name, VIEWS, limit=1)
        said = f" Did you mean {meant[0]!r}?" if meant else ""
        raise ArgumentError(f"No view {name!r}.{said} {_HINT}")
    return f"{_TOLD_OF_COLUMNS} WHERE view = '{name}'"
