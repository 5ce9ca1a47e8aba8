"""Rows that are equal to others of their table."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.history import share_seen
from mltrace.checks.suggesting.scales import ShareScale
from mltrace.checks.suggesting.wording import percent, rounded
from mltrace.profiles.rows import NUM_SAMPLED

if TYPE_CHECKING:
    from mltrace.checks.suggesting.history import TableHistory
    from mltrace.checks.suggesting.prediction import Interval

_MOST: Final = 0.5
"""A bound above says nothing."""


def duplicate_rows(history: TableHistory) -> list[Rule]:
    """Find out whether rows never stand twice, or how many of them do."""
    filled = [profile for profile in history.whole.profiles if profile.num_profiled_rows]
    if not filled:
        return []
    rows = numpy.array([profile.num_profiled_rows for profile in filled], dtype=float)
    shares = numpy.array([profile.num_duplicate_rows for profile in filled]) / rows
    seen = f"{percent(shares.min())} to {percent(shares.max())} of the rows stand twice"

    def draft(found: Interval) -> Draft | None:
        high = rounded(found.high, width=found.high, is_up=True)
        words = seen if shares.any() else "no row twice"
        return _draft({"max_share": high}, words) if high < _MOST else None

    noise = 0.25 / numpy.minimum(rows, NUM_SAMPLED)
    bound = Bound(shares, ShareScale(), draft, has_low=False, noise=noise)
    rule = None if shares.any() else _draft({}, "no row twice")
    looked_at = fmean(share_seen(NUM_SAMPLED, one) for one in rows.tolist())
    return [Rule("duplicates", (shares == 0).tolist(), rule, looked_at=looked_at, instead=bound)]


def _draft(arguments: dict[str, float], evidence: str) -> Draft:
    return Draft("NoDuplicateRows", arguments, "", evidence)
