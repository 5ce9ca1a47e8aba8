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
    Of more than 512 texts only the frequent ones are known. Labels are those that are surely listed
    on one side at least, as frequent as they are in both tables together; which these are says
    nothing of a difference. Where such a text is not listed on the other side, it stands there as
    often as would be expected, as far as it may without being listed: what is not known never
    counts as a difference. All others are one label, `…`. Values of other kinds are told apart if
    there are at most 1,024.
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
    most = [_most_unlisted(state) for state in (here, there)]
    sizes = [0 if state is None else state.num_values for state in (here, there)]
    labels: list[str] = []
    counts: list[tuple[int, int]] = []
    for key in dict.fromkeys((*known[0], *known[1])):
        found = [one.get(key) for one in known]
        if sum(one or 0 for one in found) > sum(most):
            labels.append(_label(here, there, key))
            counts.append(_both(found, most, sizes))
    counted = numpy.array(counts, numpy.int64).reshape(-1, 2)
    rest = numpy.maximum(numpy.array(sizes) - counted.sum(0), 0)
    if rest.any():
        labels, counted = [*labels, REST], numpy.vstack((counted, rest))
    return tuple(labels), counted[:, 0], counted[:, 1]


def _known(state: Texts | None) -> dict[int, int]:
    """Tell how often texts stand, by hash; of many only the frequent ones."""
    if state is None:
        return {}
    counts = state.counts
    if counts.many is None:
        return dict(zip(counts.sample.hashes.tolist(), counts.sample.counts.tolist(), strict=True))
    return {key: one.num_rows for key, one in counts.many.seen.items() if one.num_rows > 1}


def _most_unlisted(state: Texts | None) -> int:
    """Tell how often a text stands at most that is not among the known ones."""
    return 0 if state is None or state.counts.many is None else state.counts.frequent()[1]


def _both(found: list[int | None], most: list[int], sizes: list[int]) -> tuple[int, int]:
    """Fill in the count on the side where a text is not listed."""
    ours, theirs = found
    if ours is None:
        ours = min(round((theirs or 0) * sizes[0] / sizes[1]), most[0])
    if theirs is None:
        theirs = min(round(ours * sizes[1] / sizes[0]), most[1])
    return ours, theirs


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
