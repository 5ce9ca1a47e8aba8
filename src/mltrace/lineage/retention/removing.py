"""Removes the kept values that may go, and more of them where the rest is to fit into a size."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from mltrace.errors import StoreCorruptError
from mltrace.lineage.retention.room import find_more
from mltrace.store.kept.inventory import total_bytes
from mltrace.store.kept.sweeping import DEAD_SHARE, Swept, sweep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.lineage.retention.values import ValuePlan
    from mltrace.records import ValueStay
    from mltrace.store.kept.blobs import Blobs


class Removed(NamedTuple):
    """What became of the kept values.

    Attributes
    ----------
    swept : Swept
        What went.
    staying : mapping of ValueStay to int
        How many stay, by the reason.
    num_bytes_kept : int or None
        What is left takes up so much; None where there is no limit on it.
    notes : tuple of str
        Why none could be removed, and what to do.
    """

    swept: Swept
    staying: Mapping[ValueStay, int]
    num_bytes_kept: int | None
    notes: tuple[str, ...] = ()


def remove_values(
    blobs: Blobs, values: ValuePlan, max_bytes: int | None, *, is_dry: bool
) -> Removed:
    """Remove values, or tell how many would go; none go where the file of one is damaged."""
    notes: tuple[str, ...] = ()
    staying = Counter(values.staying.values())
    try:
        swept, staying = _sweep(blobs, values, max_bytes, is_dry=is_dry)
    except StoreCorruptError as error:
        swept, notes = Swept(), (f"no values can be removed. {error}",)
        staying["blocked"] = len(values.going)
    left = None
    if max_bytes is not None:
        left = total_bytes(blobs) - (swept.num_bytes if is_dry else 0)
    return Removed(swept, dict(+staying), left, notes)


def _sweep(
    blobs: Blobs, values: ValuePlan, max_bytes: int | None, *, is_dry: bool
) -> tuple[Swept, Counter[ValueStay]]:
    more = []
    if max_bytes is not None:
        more = find_more(blobs, values.going, values.spare, max_bytes=max_bytes)
    going = values.going.union(more)
    # To fit into a size, packs are written anew however little of them goes.
    swept = sweep(blobs, going, is_dry=is_dry, dead_share=0.0 if more else DEAD_SHARE)
    staying = Counter(reason for digest, reason in values.staying.items() if digest not in going)
    staying["in use"] = len(going) - swept.num_values
    return swept, staying
