"""Texts, booleans and other values without an order, counted alike in two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.booleans import Booleans
from mltrace.profiles.others import Others
from mltrace.profiles.texts import Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[numpy.int64]

_DOUBT: Final = 3.0
REST: Final = "…"
"""The label of all values that are not known one by one."""


def label_counts(here: Any, there: Any) -> tuple[tuple[str, ...], Counts, Counts]:
    """Count the values of two states of one kind by their labels.

    Parameters
    ----------
    here, there : KindState or None
        Of the current table and of the reference; None where there are no such values.

    Returns
    -------
    labels : tuple of str, shape (num_labels,)
    current, reference : arrays of int64, shape (num_labels,)

    Notes
    -----
    Of more than 512 texts only the frequent ones are known, and of those that merged profiles have
    some rows may have been missed. Labels are the texts that are so frequent in both tables
    together that each of them would list it: that choice says nothing of a difference. Their
    counts are taken as near to equal shares as they may be: what is not known never counts as a
    difference. All others are one label, `…`. Values of other kinds are told apart if there are at
    most 1,024.
    """
    if isinstance(here or there, Texts):
        return _of_texts(here, there)
    counted = [_counts_of(state) for state in (here, there)]
    keys = list(dict.fromkeys((*counted[0], *counted[1])))
    ours, theirs = ([one.get(key, 0) for key in keys] for one in counted)
    return tuple(keys), numpy.array(ours, numpy.int64), numpy.array(theirs, numpy.int64)


def _counts_of(state: Any) -> dict[str, int]:
    if isinstance(state, Booleans):
        counts = {"false": state.num_false, "true": state.num_true}
        return {label: count for label, count in counts.items() if count}
    if isinstance(state, Others):
        if not state.sample.is_whole:
            return {REST: state.num_values}
        pairs = zip(state.sample.hashes.tolist(), state.sample.counts.tolist(), strict=True)
        return {f"{key:016x}": count for key, count in pairs}
    return {}


def _of_texts(here: Texts | None, there: Texts | None) -> tuple[tuple[str, ...], Counts, Counts]:
    known = [_known(state) for state in (here, there)]
    missed = numpy.array([_most_missed(state) for state in (here, there)])
    sizes = numpy.array([0 if state is None else state.num_values for state in (here, there)])
    least_expected = missed + _DOUBT * numpy.sqrt(missed)
    labels: list[str] = []
    counted: list[tuple[int, int]] = []
    for key in dict.fromkeys((*known[0], *known[1])):
        found = (known[0].get(key, 0), known[1].get(key, 0))
        if (sum(found) * sizes >= least_expected * sizes.sum()).all():
            labels.append(_label(here, there, key))
            counted.append(_nearest(found, missed.tolist(), sizes.tolist()))
    counts = numpy.array(counted, numpy.int64).reshape(-1, 2)
    rest = numpy.maximum(sizes - counts.sum(0), 0)
    if rest.any():
        labels, counts = [*labels, REST], numpy.vstack((counts, rest))
    return tuple(labels), counts[:, 0], counts[:, 1]


def _known(state: Texts | None) -> dict[int, int]:
    """Tell how often texts stand, by hash; of many only the frequent ones."""
    if state is None:
        return {}
    counts = state.counts
    if counts.many is None:
        return dict(zip(counts.sample.hashes.tolist(), counts.sample.counts.tolist(), strict=True))
    return {key: one.num_rows for key, one in counts.many.seen.items() if one.num_rows > 1}


def _most_missed(state: Texts | None) -> int:
    """Tell by how much the count of a text may be too small, or how often an unknown one stands."""
    return 0 if state is None or state.counts.many is None else state.counts.frequent()[1]


def _nearest(found: tuple[int, int], missed: list[int], sizes: list[int]) -> tuple[int, int]:
    """Raise one of two counts towards equal shares, as far as rows of it may have been missed."""
    ours, theirs = found
    if not all(sizes):
        return found
    if ours * sizes[1] < theirs * sizes[0]:
        return max(ours, min(round(theirs * sizes[0] / sizes[1]), ours + missed[0])), theirs
    return ours, max(theirs, min(round(ours * sizes[1] / sizes[0]), theirs + missed[1]))


def _label(here: Texts | None, there: Texts | None, key: int) -> str:
    for state in (here, there):
        if state is None:
            continue
        many = state.counts.many
        if many is None and key in state.counts.labels:
            return state.counts.labels[key]
        if many is not None and key in many.seen:
            return many.seen[key].text
    return REST
