"""Adds columns to a key where without them it finds rows that are none of the record's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.lineage.journeys.comparing import ENOUGH, Pair, pair_up
from mltrace.lineage.journeys.keyed_tables import is_exact, is_position, without_null
from mltrace.profiles.keyed.distinct_rows import is_among

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.lineage.journeys.keyed_tables import KeyedTable

_MOST_OTHERS: Final = 8


def narrowed(pair: Pair, others: Sequence[KeyedTable]) -> Pair:
    """Add what tells rows apart that were left out, and those of other inputs."""
    return told_apart(_of_rows_taken(pair), others)


def _of_rows_taken(pair: Pair) -> Pair:
    """Add columns to a key that is repeated in the input only, if its rows were taken as they were.

    So a key of one day is not looked up among all days. They were not put together, as by an
    aggregation, if the columns that both tables have are in the input as they are in the output,
    and columns were either left out or added, but not both.
    """
    output, source = pair.output, pair.source
    if source.uniqueness(pair.read, but_nulls=True) == 1 or (
        output.uniqueness(pair.written, but_nulls=True) < ENOUGH
    ):
        return pair
    mine, its = output.types.keys() - set(pair.written), source.types.keys() - set(pair.read)
    whole = pair
    for name in source.types:
        if name in mine & its and is_exact(name, source.types[name]):
            wider = _with(whole, name)
            if wider is None:
                return pair
            whole = wider
    if (mine - its and its - mine) or whole == pair or not _is_inside(whole):
        return pair
    most = source.uniqueness(whole.read)
    for name in whole.read[len(pair.read) :]:
        uniqueness = source.uniqueness(pair.read)
        if uniqueness == most:
            break
        wider = _with(pair, name)
        if wider is not None and source.uniqueness(wider.read) > uniqueness:
            pair = wider
    return pair


def _is_inside(pair: Pair) -> bool:
    """Tell whether all keys of a sample of the output are in the input."""
    keys = pair.output.sample_keys(pair.written, as_values=pair.as_values)
    there = pair.source.keys(pair.read, as_values=pair.as_values)
    return bool(is_among(without_null(keys), there).all())


def told_apart(pair: Pair, others: Sequence[KeyedTable]) -> Pair:
    """Add columns to a key that several inputs have values of, as the days of a concatenation do.

    Each tells more rows of the input apart from those of the others, and no row of the input is
    found in the output any less.
    """
    for other in others:
        num_both = int(_has_rows_of(pair, other).sum())
        while num_both:
            wider = [
                one
                for name in _in_all(pair, other)
                if (one := _with(pair, name)) is not None and not _loses(pair, one)
            ][:_MOST_OTHERS]
            counts = [int(_has_rows_of(one, other).sum()) for one in wider]
            if not counts or min(counts) >= num_both:
                break
            pair, num_both = wider[counts.index(min(counts))], min(counts)
    return pair


def _in_all(pair: Pair, other: KeyedTable) -> list[str]:
    names = [one for one in pair.source.types if one not in pair.read and not is_position(one)]
    return [one for one in names if one in pair.output.types and one in other.types]


def _with(pair: Pair, name: str) -> Pair | None:
    return pair_up(pair.output, [*pair.written, name], pair.source, [*pair.read, name])


def _loses(pair: Pair, wider: Pair) -> bool:
    """Tell whether fewer keys of a sample of the input are in the output by the wider key."""
    found = [
        is_among(
            one.source.sample_keys(one.read, as_values=one.as_values),
            one.output.keys(one.written, as_values=one.as_values),
        )
        for one in (pair, wider)
    ]
    return bool((found[0] & ~found[1]).any())


def _has_rows_of(pair: Pair, other: KeyedTable) -> NDArray[numpy.bool_]:
    """Tell which rows of the input have a key that another input has as well."""
    if not set(pair.read) <= set(other.types):
        return numpy.zeros(pair.source.num_rows, numpy.bool_)
    keys = pair.source.keys(pair.read)
    return is_among(keys, without_null(other.keys(pair.read)))
