from __future__ import annotations

from collections import Counter

import numpy
import pyarrow
import pytest

from mltrace.profiles.hashing import hash_texts
from mltrace.profiles.text_counts import MAX_EXACT, NUM_SAMPLED, TextCounts


def counts_of(*texts: str) -> TextCounts:
    counted = Counter(texts)
    hashes = hash_texts(pyarrow.array(list(counted)))
    order = numpy.argsort(hashes)
    names = dict(zip(hashes.tolist(), counted, strict=True))
    return TextCounts.of(
        hashes[order],
        numpy.array(list(counted.values()))[order],
        lambda wanted: [names[key] for key in wanted.tolist()],
    )


def names(start: int, end: int) -> list[str]:
    return [f"N{number}" for number in range(start, end)]


def test_as_many_texts_as_fit_are_all_known() -> None:
    fitting = counts_of(*names(0, MAX_EXACT))
    assert fitting.many is None
    assert set(fitting.labels.values()) == set(names(0, MAX_EXACT))


def test_one_text_more_leaves_a_sample_of_shapes() -> None:
    for many in (
        counts_of(*names(0, MAX_EXACT + 1)),
        counts_of(*names(0, MAX_EXACT)).merge(counts_of("more")),
        counts_of("more").merge(counts_of(*names(0, MAX_EXACT))),
    ):
        assert many.many is not None
        assert len(many.labels) == NUM_SAMPLED
        assert set(many.labels.values()) <= {"A9", "A99", "A999", "aaaa"}


def test_known_texts_merge_with_sampled_ones() -> None:
    many, few = counts_of(*names(0, 2000)), counts_of(*["UA"] * 50, *names(0, 3))
    for merged in (many.merge(few), few.merge(many)):
        # N0 stands twice, but once of it is lost among many; at most twice is what is told.
        assert merged.frequent() == ([("UA", 50)], 2)
        assert merged.num_distinct(2053) == pytest.approx(2001, rel=0.01)


def test_texts_that_stand_once_are_listed_while_they_are_few() -> None:
    assert len(counts_of(*names(0, 16)).frequent()[0]) == 16
    assert counts_of(*names(0, 17)).frequent() == ([], 1)
    assert len(counts_of(*names(0, 17), "N0").frequent()[0]) == 17


def test_rows_of_shapes_add_up_to_all() -> None:
    for counts, num_rows in ((counts_of("AA", "AA", "9"), 3), (counts_of(*names(0, 5000)), 5000)):
        assert sum(rows for _, rows in counts.shapes(num_rows)) == pytest.approx(num_rows)


def test_parts_that_do_not_fit_each_other_are_refused() -> None:
    sample, labels, many = counts_of(*names(0, 600)).to_plain()
    with pytest.raises(ValueError, match="does not fit"):
        TextCounts.from_plain([sample, labels, None])
    with pytest.raises(ValueError, match="zip"):
        TextCounts.from_plain([sample, labels[1:], many])
