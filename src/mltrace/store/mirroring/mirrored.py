"""Which exported tables are mirrored, and by which rows their blocks are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.store.database import schema
from mltrace.store.exporting import shapes

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from mltrace.store.exporting.shape import Shape
    from mltrace.store.mirroring.marks import Marked


class Mirrored(NamedTuple):
    """A table whose old rows are copied.

    Attributes
    ----------
    shape : Shape
        The table as it is exported.
    key : ColumnElement of int
        The row id by which its rows belong to a block.
    of : {'run', 'version'}
        Whose row id that is.
    found_by : frozenset of str
        The columns by which the catalog finds few rows at once.
    """

    shape: Shape
    key: ColumnElement[int]
    of: Marked
    found_by: frozenset[str]


_LINKS: Final = frozenset({"run_id", "identity", "digest"})
MIRRORED: Final = {
    one.shape.name: one
    for one in (
        Mirrored(shapes.RUNS, schema.run.c.id, "run", frozenset({"run_id", "parent_id"})),
        Mirrored(shapes.READS, schema.read.c.run_id, "run", _LINKS | {"produced_by"}),
        Mirrored(shapes.WRITES, schema.write.c.run_id, "run", _LINKS),
        Mirrored(shapes.CHECKS, schema.check_result.c.run_id, "run", frozenset({"run_id"})),
        Mirrored(
            shapes.OUTPUT_IDS,
            schema.output_id.c.run_id,
            "run",
            frozenset({"run_id", "output_id"}),
        ),
        Mirrored(
            shapes.VERSIONS, schema.version.c.id, "version", frozenset({"identity", "digest"})
        ),
    )
}
