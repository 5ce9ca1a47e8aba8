"""Views of what is exported: the same rows, read as far as a query needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, false, or_, true

from mltrace.query.view import Asked, View, ViewColumn, described
from mltrace.store.database.keys import uid_bytes, uid_text
from mltrace.store.exporting.arrow import read_rows
from mltrace.store.mirroring.mirror import Pieces
from mltrace.store.mirroring.mirrored import MIRRORED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pyarrow
    from sqlalchemy import ColumnElement

    from mltrace.store.exporting.shape import Field, Shape

_TYPES: Final = {
    "text": "VARCHAR",
    "run": "VARCHAR",
    "time": "TIMESTAMP WITH TIME ZONE",
    "span": "DOUBLE",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
}
"""What columns of an export are in DuckDB; bytes are left out."""
_FEW: Final = 5_000
"""Rows up to which those with a text are read from the catalog rather than from the mirror."""


def exported_view(
    shape: Shape, about: str, columns: str, *, renamed: Mapping[str, str] | None = None
) -> View:
    """Make the view of an exported table.

    Parameters
    ----------
    about : str
        What a row is.
    columns : str
        What the columns mean, as `described` reads it, under their names in the view.
    renamed : mapping of str to str, optional
        What columns are called in the view that have a name there which SQL keeps for itself.
    """
    meanings, names = described(columns), dict(renamed or {})
    fields = [field for field in shape.fields if field.kind in _TYPES]
    found = tuple(
        ViewColumn(name, _TYPES[field.kind], meanings.pop(name))
        for field in fields
        for name in [names.get(field.name, field.name)]
    )
    assert not meanings, f"{shape.name} has no {', '.join(meanings)}"
    return View(shape.name, about, found, ExportedRows(shape), names)


class ExportedRows(NamedTuple):
    """The rows of an exported table, of which old ones may be mirrored."""

    shape: Shape

    def read(self, asked: Asked) -> Pieces:
        """Read the rows: few that are looked for from the catalog, many from the mirror."""
        fields = [field for field in self.shape.fields if field.kind in _TYPES]
        wanted = {field.name for field in fields if asked.takes(field.name)}
        wanted = wanted or {_lightest(fields).name}
        mirrored = MIRRORED.get(self.shape.name)
        if mirrored is None:
            where = self._condition(asked.equals, None)
            rows = read_rows(
                asked.connection, self.shape, wanted, where=where, most_rows=asked.most_rows
            )
            return Pieces((), rows)
        where = self._condition(asked.equals, mirrored.found_by)
        if where is not None and (rows := self._read_few(asked, wanted, where)) is not None:
            return Pieces((), rows)
        return asked.mirror.read(asked.connection, mirrored, wanted, most_rows=asked.most_rows)

    def _read_few(
        self, asked: Asked, wanted: Collection[str], where: ColumnElement[bool]
    ) -> pyarrow.Table | None:
        key = self.shape.fields[0].of
        query = self.shape.query(wanted).where(where).limit(_FEW + 1).with_only_columns(key)
        if len(asked.connection.execute(query).all()) > _FEW:
            return None
        return read_rows(asked.connection, self.shape, wanted, where=where)

    def _condition(
        self, equals: Mapping[str, tuple[str, ...]], found_by: Collection[str] | None
    ) -> ColumnElement[bool] | None:
        """Say in the catalog's terms what columns are equal to, as far as it can tell."""
        conditions = [
            _is_one_of(field, equals[field.name])
            for field in self.shape.fields
            if field.name in equals
            and field.kind in ("text", "run")
            and (found_by is None or field.name in found_by)
        ]
        return and_(true(), *conditions) if conditions else None


def _lightest(fields: list[Field]) -> Field:
    """Choose the column that is read where rows are only counted."""
    return min(fields, key=lambda field: field.kind not in ("bool", "int"))


def _is_one_of(field: Field, texts: Collection[str]) -> ColumnElement[bool]:
    if field.kind == "text":
        return or_(false(), *(field.of == text for text in texts))
    uids = []
    for text in texts:
        try:
            uid = uid_bytes(text)
        except ValueError:
            continue
        uids += [uid] if uid_text(uid) == text else []
    return or_(false(), *(field.of == uid for uid in uids))
