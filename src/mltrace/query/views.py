"""All views of the SQL surface, by name; the last two tell of the others.

A view is registered by the module that makes it. Names, columns and types are a contract: columns
may be added, and `VERSION` says if ever one had to go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.query import (
    mark_views,
    monitor_views,
    profile_views,
    run_views,
    setting_views,
    task_views,
)
from mltrace.query.view import VERSION, Asked, View, ViewColumn, table_of
from mltrace.store.mirroring.mirror import Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ViewRows:
    """A row for each view."""

    def read(self, _asked: Asked) -> Pieces:
        """List the views."""
        return Pieces((), table_of(_VIEWS, list(_rows())))


class ColumnRows:
    """A row for each column of each view."""

    def read(self, _asked: Asked) -> Pieces:
        """List the columns."""
        return Pieces((), table_of(_COLUMNS, list(_column_rows())))


def _rows() -> Iterator[Mapping[str, Any]]:
    for view in VIEWS.values():
        yield {
            "name": view.name,
            "num_columns": len(view.columns),
            "about": view.about,
            "version": VERSION,
        }


def _column_rows() -> Iterator[Mapping[str, Any]]:
    for view in VIEWS.values():
        for column in view.columns:
            yield {
                "view": view.name,
                "name": column.name,
                "type": column.type,
                "about": column.about,
            }


_VIEWS: Final = View(
    "views",
    "a view that queries may name",
    (
        ViewColumn("name", "VARCHAR", "its name"),
        ViewColumn("num_columns", "BIGINT", "how many columns it has"),
        ViewColumn("about", "VARCHAR", "what a row of it is"),
        ViewColumn("version", "BIGINT", "the version of the surface"),
    ),
    ViewRows(),
    {},
)
_COLUMNS: Final = View(
    "columns",
    "a column of a view",
    (
        ViewColumn("view", "VARCHAR", "the view"),
        ViewColumn("name", "VARCHAR", "the column"),
        ViewColumn("type", "VARCHAR", "its type, as DuckDB names it"),
        ViewColumn("about", "VARCHAR", "what it means"),
    ),
    ColumnRows(),
    {},
)
_MODULES: Final = (run_views, profile_views, task_views, monitor_views, mark_views, setting_views)
VIEWS: Final = {view.name: view for module in _MODULES for view in module.VIEWS} | {
    view.name: view for view in (_VIEWS, _COLUMNS)
}
"""All views, by name."""
