"""Columns of an output that are columns of an input by another name: they have the same values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage.journeys.comparing import (
    ENOUGH,
    Pair,
    agree_in,
    agreement,
    counts_rows,
    is_contained,
    pair_up,
)
from mltrace.lineage.journeys.key_types import NUMBERS
from mltrace.lineage.journeys.keyed_tables import is_position

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.lineage.journeys.keyed_tables import KeyedTable


def find_by_content(output: KeyedTable, source: KeyedTable, shared: Sequence[str]) -> Pair | None:
    """Find the pair of columns of other names that have values in common; None if unsure.

    Columns of one type come first. Of several pairs the first counts, if rows that it puts together
    agree in the others.
    """
    for has_one_type in (True, False):
        found = [
            pair
            for its in source.types
            if its not in shared
            for pair in _pairs(output, source, its, has_one_type=has_one_type)
            if pair.written[0] not in shared and _is_same_content(pair)
        ]
        if found:
            return found[0] if agree_in(found[0], found[1:]) else None
    return None


def find_renamed(
    output: KeyedTable, source: KeyedTable, name: str, *, is_given: bool = False
) -> str | None:
    """Find the column of an output that has the values of a column of an input; None if unsure.

    Parameters
    ----------
    is_given : bool, default False
        Whether it is known to be there, so that its values need not tell rows apart.
    """
    for has_one_type in (True, False):
        found = [
            pair.written[0]
            for pair in _pairs(output, source, name, has_one_type=has_one_type)
            if pair.written[0] not in source.types
            and (is_contained(pair) if is_given else _is_same_content(pair))
        ]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def find_former(output: KeyedTable, source: KeyedTable, name: str) -> str | None:
    """Find the column of an input that a column of an output was made of; None if unsure."""
    found = []
    for its in source.types:
        if its not in output.types:
            pairs = [
                pair
                for has_one_type in (True, False)
                for pair in _pairs(output, source, its, has_one_type=has_one_type)
                if pair.written == (name,)
            ]
            found += [its for pair in pairs if _is_same_content(pair)]
    return found[0] if len(found) == 1 else None


def why_unsure(output: KeyedTable, source: KeyedTable) -> str:
    """Say which columns of other names may be one key, but also two that count the rows."""
    for its in source.types:
        if its not in output.types and counts_rows(source, its):
            for pair in _pairs(output, source, its, has_one_type=True):
                (mine,) = pair.written
                if mine not in source.types and is_contained(pair):
                    return f": {its} and {mine} may be one, but just count rows; keys= can say so"
    return ""


def _pairs(
    output: KeyedTable, source: KeyedTable, its: str, *, has_one_type: bool
) -> Iterable[Pair]:
    """Pair a column of an input with those of an output that hold its type, or another."""
    kind = source.key_type(its)
    for mine in output.types:
        kinds = {kind, output.key_type(mine)}
        if is_position(mine) or is_position(its) or (len(kinds) == 1) != has_one_type:
            continue
        if kinds != {"float"} and (pair := pair_up(output, [mine], source, [its])) is not None:
            yield pair


def _is_same_content(pair: Pair) -> bool:
    """Tell whether a column has the values of another, and either tells rows apart."""
    output, (mine,), source, (its,), _ = pair
    has_own = [
        table.uniqueness([name]) >= ENOUGH for table, name in ((output, mine), (source, its))
    ]
    if not any(has_own) or not is_contained(pair):
        return False
    if NUMBERS.isdisjoint((output.key_type(mine), source.key_type(its))):
        return not agreement(pair).is_contradicted
    # Whole numbers are often positions, and small ones in each other by chance.
    if not all(has_own) and not is_contained(pair, is_forward=True):
        return False
    agreed = agreement(pair)
    is_position_like = counts_rows(output, mine) or counts_rows(source, its)
    return agreed.num_agreeing > 0 if is_position_like else not agreed.is_contradicted
