"""Pairs are encoded as users give them, and must be aligned."""

from __future__ import annotations

import numpy
import pytest

from mltrace.errors import ArgumentError
from mltrace.tasks.pairs import Pairs, padded


def test_classes_that_are_equal_are_one_class() -> None:
    pairs = Pairs.of("multiclass", [True, 1.0, "1"], [1, numpy.int64(1), "1"])
    assert pairs.classes == ('"1"', "1")
    assert (pairs.truth == pairs.predicted).all()


def test_the_positive_class_is_the_last_one_unless_it_is_said() -> None:
    assert Pairs.of("binary", [0, 1], [0, 0]).positive == "1"
    assert Pairs.of("binary", ["no", "late"], ["no", "no"], positive="late").positive == "late"
    absent = Pairs.of("binary", ["no"], ["no"], positive="late")
    assert (absent.positive, absent.is_positive.tolist()) == ("late", [False])


def test_columns_of_unequal_lengths_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"unequal lengths: truth 2, predicted 1, scores 2;"):
        Pairs.of("binary", [0, 1], [0], scores=[0.1, 0.2])


def test_a_missing_label_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"None is no class; leave out rows without a label\."):
        Pairs.of("multiclass", ["a", None], ["a", "a"])


def test_rows_are_taken_by_place_mask_or_slice() -> None:
    pairs = Pairs.of("binary", [0, 1, 1], [0, 0, 1], scores=[0.1, 0.2, 0.3])
    for rows in (numpy.array([1, 2]), numpy.array([False, True, True]), slice(1, 3)):
        taken = pairs.take(rows)
        assert taken.truth.tolist() == [1, 1]
        assert taken.scores is not None
        assert taken.scores.tolist() == [0.2, 0.3]


def test_lists_of_unequal_lengths_are_padded_with_zeros() -> None:
    assert padded([]).shape == (0, 0)
    assert padded([[], [1.0, 2.0]]).tolist() == [[0.0, 0.0], [1.0, 2.0]]
