"""Relations of DuckDB: computed once, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.profiles.sources.arrow_tables import read_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.sources.source import Stream

_BATCH_ROWS = 1 << 16


def read_duckdb(value: Any, columns: Sequence[str] | None) -> Stream:
    """Read a relation."""
    # The older name of the method warns where there is the newer one.
    reader = getattr(value, "to_arrow_reader", None) or value.fetch_record_batch
    return read_batches(reader(_BATCH_ROWS), columns)
