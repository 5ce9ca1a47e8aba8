"""Lazy frames and relations: recorded by schema, for their content would have to be computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.errors import ValueNotKeptError
from mltrace.escaping import encodable
from mltrace.values.described import Described
from mltrace.values.kinds import OpenPart, ValueKind, kinds
from mltrace.values.pickles import PICKLING_ERRORS

if TYPE_CHECKING:
    from mltrace.values.wanted import Wanted

_LAZY = frozenset(
    {
        ("polars", "LazyFrame"),
        ("narwhals", "LazyFrame"),
        ("duckdb", "DuckDBPyRelation"),
        ("_duckdb", "DuckDBPyRelation"),
        ("dask", "DataFrame"),
        ("dask_expr", "DataFrame"),
        ("pyspark", "DataFrame"),
        ("ibis", "Table"),
    }
)
_REASON = "a lazy frame has no content until it is computed; collect it to give it a digest"


class LazyFrameKind(ValueKind):
    """Frames that are not computed yet; they are never computed here."""

    key = "lazy_frame"
    kind = "data"

    def handles(self, cls: type) -> bool:
        """Tell whether a type is a lazy frame of a known library."""
        return any(
            (base.__module__.partition(".")[0], base.__name__) in _LAZY for base in cls.__mro__
        )

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:  # noqa: ARG002
        """Describe a lazy frame by its schema."""
        schema = _schema(value)
        return Described(
            self.kind,
            columns=None if schema is None else tuple(encodable(str(name)) for name in schema),
            dtypes=None if schema is None else tuple(str(dtype) for dtype in schema.values()),
            reason=_REASON,
        )

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:  # noqa: ARG002
        """Refuse: there is never anything kept."""
        raise ValueNotKeptError(_REASON)


def _schema(value: Any) -> dict[Any, Any] | None:
    if type(value).__name__ == "DuckDBPyRelation":
        return dict(zip(value.columns, value.dtypes, strict=True))
    import narwhals

    errors: tuple[type[Exception], ...] = PICKLING_ERRORS
    if type(value).__module__.startswith("polars"):
        import polars

        errors = (*errors, polars.exceptions.PolarsError)
    try:
        return dict(narwhals.from_native(value).collect_schema())
    except errors:
        return None


kinds.add(LazyFrameKind.key, LazyFrameKind())
