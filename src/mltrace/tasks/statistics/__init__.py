"""Mergeable sufficient statistics of pairs: metrics follow from them, without the rows."""

from __future__ import annotations

from mltrace.tasks.statistics.statistic import (
    Statistic,
    Statistics,
    collect,
    collect_all,
    empty,
    from_plain,
    merge,
    to_plain,
)

__all__ = [
    "Statistic",
    "Statistics",
    "collect",
    "collect_all",
    "empty",
    "from_plain",
    "merge",
    "to_plain",
]
