"""Statistics are collected of many groups at once, and read back only if they can be some."""

from __future__ import annotations

import re
from typing import Any

import numpy
import pytest

from mltrace.errors import ArgumentError, UnknownNameError
from mltrace.tasks.grouping import Grouping
from mltrace.tasks.metrics import parse_metric
from mltrace.tasks.pairs import Pairs
from mltrace.tasks.statistics import collect, collect_all, empty, from_plain, merge, to_plain
from mltrace.tasks.statistics.confusion import Confusion
from mltrace.tasks.statistics.score_histogram import NUM_BINS, ScoreHistogram, bins_of


def random_pairs(num: int, *, seed: int = 8) -> Pairs:
    random = numpy.random.default_rng(seed)
    scores = random.random(num)
    truth = (random.random(num) < scores).astype(int)
    return Pairs("binary", truth, (scores > 0.5).astype(int), scores, ("0", "1"), "1")


@pytest.mark.parametrize(
    "key", ["confusion", "score_histogram", "score_losses", "calibration_bins"]
)
@pytest.mark.parametrize("num", [0, 1, 150_000])
def test_groups_in_any_order_have_what_they_have_alone(key: str, num: int) -> None:
    pairs = random_pairs(num)
    groups = numpy.random.default_rng(9).integers(0, 7, num)
    found = collect(key, pairs, groups, 9)
    ascending = numpy.argsort(groups, kind="stable")
    in_order = collect(key, pairs.take(ascending), groups[ascending], 9)
    assert len(found) == len(in_order) == 9
    for group in range(9):
        alone = collect(key, pairs.take(groups == group))[0]
        assert to_plain(found[group]) == to_plain(in_order[group]) == to_plain(alone)


def test_blocks_are_of_whole_groups() -> None:
    sizes = [100_000, 0, 50_000, 200_000, 0, 3, 0]
    codes = numpy.arange(7).repeat(sizes)
    blocks = [(rows.stop - rows.start, one.num_groups) for rows, one in Grouping(codes, 7).blocks()]
    assert blocks == [(100_000, 2), (50_000, 1), (200_000, 1), (3, 3)]


def test_a_group_that_there_is_not_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"Groups from 0 to 3; there are 3, from 0\."):
        collect("confusion", random_pairs(2), numpy.array([3, 0]), 3)
    with pytest.raises(UnknownNameError, match=r"No statistic 'confuson'. Did you mean 'confusion"):
        collect("confuson", random_pairs(2))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("calibration_bins(num_bins=0)", r"0 bins; there are from 1 to 1,000\."),
        ("calibration_bins(num_bins=True)", r"True bins; there are from 1"),
        ("quantile_loss_sums(q=0)", r"The quantile 0; it is between 0 and 1"),
        ("ranking_sums(k=0)", r"The first 0 items of a ranking; it is at least 1\."),
    ],
)
def test_parameters_that_cannot_be_are_refused(key: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        collect(key, random_pairs(2))


def test_classes_that_come_later_make_the_matrix_larger() -> None:
    first = collect("confusion", Pairs.of("multiclass", ["b"], ["c"]))[0]
    second = collect("confusion", Pairs.of("multiclass", ["a", "b"], ["c", "c"]))[0]
    whole = first.merge(second)
    assert isinstance(whole, Confusion)
    cells = zip(whole.truth.tolist(), whole.predicted.tolist(), whole.counts.tolist(), strict=True)
    assert (whole.classes, list(cells)) == (("a", "b", "c"), [(0, 2, 1), (1, 2, 2)])


def test_many_classes_are_counted_by_the_cells_that_they_have() -> None:
    random = numpy.random.default_rng(8)
    classes = tuple(map(str, range(5_000)))
    truth, predicted = random.integers(0, 5_000, (2, 20_000))
    pairs = Pairs("multiclass", truth, predicted, None, classes)
    parts = collect("confusion", pairs, random.integers(0, 4, 20_000), 4)
    assert to_plain(merge(parts)) == to_plain(collect("confusion", pairs)[0])
    accuracy = parse_metric("accuracy", "multiclass").value({"confusion": merge(parts)})
    assert accuracy == pytest.approx((truth == predicted).mean())


def test_bins_ascend_with_scores_and_are_fine_near_0_and_1() -> None:
    scores = numpy.sort(numpy.random.default_rng(8).random(100_000))
    places = bins_of(scores)
    assert (numpy.diff(places) >= 0).all()
    assert (places + bins_of(1 - scores) == NUM_BINS - 1).mean() > 0.999  # but at edges of bins
    assert bins_of(numpy.array([1e-6, 2e-6])).tolist() == [2, 4]
    widest = numpy.bincount(places).max() / 100_000
    assert widest < 0.0025


def test_a_histogram_is_exact_up_to_4096_distinct_scores() -> None:
    for num, is_exact in ((4_096, True), (4_097, False)):
        (found,) = collect("score_histogram", random_pairs(num))
        assert isinstance(found, ScoreHistogram)
        assert (found.is_exact, found.num_pairs) == (is_exact, num)
        again = from_plain("score_histogram", to_plain(found))
        assert isinstance(again, ScoreHistogram)
        assert (again.scores == found.scores).all()


def test_the_statistic_of_no_pairs_changes_no_other() -> None:
    one = collect("confusion", random_pairs(5))[0]
    assert to_plain(empty("confusion", "binary").merge(one)) == to_plain(one)
    assert to_plain(one.merge(empty("confusion", "binary"))) == to_plain(one)


def damaged(key: str, place: int, part: Any) -> list[Any]:
    plain = to_plain(collect(key, random_pairs(20))[0])
    plain[place] = part
    return plain


@pytest.mark.parametrize(
    ("key", "place", "part", "message"),
    [
        ("confusion", 1, ["0"], "cells of a confusion matrix without a class"),
        ("confusion", 3, b"\x01", "cells of a confusion matrix of unequal lengths"),
        ("confusion", 3, b"", "bytes that hold no array"),
        ("score_histogram", 3, b"\x01", "scores and counts of unequal lengths"),
        ("score_histogram", 1, False, "an array of|a bin that there is not"),
        ("calibration_bins", 1, [[1.0]], re.escape("sums of the shape (1, 1)")),
        ("score_losses", 1, [1, "x", 2.0, 3.0], "could not convert string to float"),
    ],
)
def test_what_can_be_no_statistic_is_refused(key: str, place: int, part: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_plain(key, damaged(key, place, part))


def test_several_statistics_are_those_that_each_alone_is() -> None:
    pairs, groups = random_pairs(1_000), numpy.arange(1_000) % 3
    both = collect_all(["confusion", "score_losses"], pairs, groups, 3)
    for key, found in both.items():
        alone = collect(key, pairs, groups, 3)
        assert [to_plain(one) for one in found] == [to_plain(one) for one in alone]
