"""Texts that many rows repeat and that stand once: parameters, columns and types of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3
from sqlalchemy import delete, func, select, union

from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import ensure, insert_numbered
from mltrace.store.database.schema import run, shared_text, version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column, Connection, ScalarSelect

MAX_OWN_PARAMS: Final = 64
"""Characters of parameters that stand in the row of their run; longer ones are shared."""


def _text_of(key: Column[Any]) -> ScalarSelect[Any]:
    shared = shared_text.alias()
    return select(shared.c.text).where(shared.c.id == key).correlate(key.table).scalar_subquery()


PARAMS: Final = func.coalesce(run.c.params, _text_of(run.c.params_id)).label("params")
"""The parameters of a run, as JSON; null for none."""
COLUMNS: Final = _text_of(version.c.columns_id).label("columns")
"""The names of the columns of a version, as JSON; null if it has none."""
DTYPES: Final = _text_of(version.c.dtypes_id).label("dtypes")
"""The types of the columns of a version, as JSON; null if it has none."""


_TEXTS: Final = select(shared_text.c.id, shared_text.c.text).where(shared_text.c.id.in_(CHOSEN))


def load_texts(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """Load texts by their row ids; cheaper than with the rows where many share one."""
    wanted = list(keys)
    rows = connection.execute(_TEXTS, choose(wanted)) if wanted else ()
    return {key: text for key, text in rows}  # noqa: C416


def ensure_texts(connection: Connection, texts: Iterable[str | None]) -> dict[str | None, int]:
    """Map texts to the row ids under which they stand, new ones are added."""
    digests = {blake3(text.encode()).digest(16): text for text in texts if text is not None}
    if not digests:
        return {}
    known = ensure(connection, shared_text.c.digest, digests, create=False)
    missing = [digest for digest in digests if digest not in known]
    rows = [{"digest": digest, "text": digests[digest]} for digest in missing]
    known.update(zip(missing, insert_numbered(connection, shared_text, rows), strict=True))
    return {text: known[digest] for digest, text in digests.items()}


def forget_unused_texts(connection: Connection) -> None:
    """Remove the texts that no row refers to any more."""
    keys = (run.c.params_id, version.c.columns_id, version.c.dtypes_id)
    used = union(*(select(key).where(key.is_not(None)) for key in keys))
    connection.execute(delete(shared_text).where(shared_text.c.id.not_in(used)))
