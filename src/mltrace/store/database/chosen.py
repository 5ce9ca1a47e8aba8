"""Lists of row ids or texts as one bound parameter: no query grows with what it is asked about.

SQLite takes a list as the text of a JSON array, PostgreSQL as an array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import ARRAY, BigInteger, bindparam, column, select
from sqlalchemy import Text as AnyText
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from mltrace.escaping import encodable
from mltrace.store.database.column_types import Key, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Dialect, Select
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine


class _List(TypeDecorator[list[Any]]):
    """A list of values, in whatever form a database takes it as one parameter."""

    impl = AnyText
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the parameter."""
        return dialect.type_descriptor(ARRAY(self.item) if _has_arrays(dialect) else AnyText())

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        """Bring a list into the form of the database."""
        if value is None:
            return None
        if isinstance(self.item, Text):
            as_stored = self.item.stored if _has_arrays(dialect) else encodable
            value = [as_stored(one) for one in value]
        return value if _has_arrays(dialect) else msgspec.json.encode(value).decode()


def _has_arrays(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class _Each(FunctionElement[Any]):
    """A table with a column `value` that has a row for each item of a list."""

    name = "each"
    inherit_cache = True


@compiles(_Each)
def _each_of_json(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each{compiler.process(element.clause_expr, **more)}"


@compiles(_Each, "postgresql")
def _each_of_array(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"(SELECT unnest{compiler.process(element.clause_expr, **more)} AS value)"


def _chosen(name: str, item: TypeEngine[Any]) -> Select[Any]:
    each = _Each(bindparam(name, type_=_List(item)))
    return select(each.table_valued(column("value", item), name=name).c.value)


CHOSEN: Final = _chosen("ids", BigInteger())
"""The row ids bound by `choose`; an `IN` list of 10,000 parameters costs ten times as much."""

CHOSEN_BESIDE: Final = _chosen("beside", BigInteger())
"""More row ids, bound by `choose_beside`, in a statement that holds `CHOSEN`."""

CHOSEN_TEXTS: Final = _chosen("texts", Key())
"""The texts bound by `choose_texts`."""


def choose(ids: Iterable[int], **more: Any) -> dict[str, Any]:
    """Bind row ids, and what else a statement needs, to a statement that holds `CHOSEN`.

    Examples
    --------
    >>> choose((3, 5), limit=1)
    {'ids': [3, 5], 'limit': 1}
    """
    return {"ids": list(ids), **more}


def choose_beside(ids: Iterable[int]) -> dict[str, Any]:
    """Bind row ids to a statement that holds `CHOSEN_BESIDE`.

    Examples
    --------
    >>> choose([3], **choose_beside([5]))
    {'ids': [3], 'beside': [5]}
    """
    return {"beside": list(ids)}


def choose_texts(texts: Iterable[str]) -> dict[str, Any]:
    """Bind texts to a statement that holds `CHOSEN_TEXTS`.

    Examples
    --------
    >>> choose_texts(["a", "b"])
    {'texts': ['a', 'b']}
    """
    return {"texts": list(texts)}
