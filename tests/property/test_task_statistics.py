"""Statistics of pairs: what is merged is what the whole has, in any order and any parting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.tasks.metrics.metric import metrics, needed, parse_metric
from mltrace.tasks.pairs import KINDS, Pairs
from mltrace.tasks.statistics import collect, collect_all, empty, from_plain, merge, to_plain
from mltrace.tasks.statistics import score_histogram as score_histogram_module
from mltrace.tasks.statistics.error_sums import ErrorSums

if TYPE_CHECKING:
    from mltrace.records.tasks import TaskKind
    from mltrace.tasks.statistics import Statistic


def rounded(number: float) -> float:
    return round(number, 3)


KEYS: Final = {
    kind: needed(parse_metric(one.name, kind) for one in metrics if kind in one.kinds)
    for kind in KINDS
}
SCORES: Final = st.one_of(
    st.sampled_from([0.0, 0.1, 0.5, 1.0, -0.0, float("nan")]), st.floats(0, 1)
)
NUMBERS: Final = st.one_of(
    st.sampled_from([0.0, 1.0, -2.5]), st.floats(-1e6, 1e6, allow_subnormal=False).map(rounded)
)


@st.composite
def pairs_of(draw: st.DrawFn, kind: TaskKind) -> Pairs:
    num = draw(st.integers(0, 30))

    def rows(one: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(one, min_size=num, max_size=num))

    if kind == "binary":
        labels = st.sampled_from(["no", "yes"])
        classes = draw(st.permutations(["no", "yes"]))
        return Pairs.of(
            kind, rows(labels), rows(labels), scores=rows(SCORES), classes=classes, positive="yes"
        )
    if kind == "multiclass":
        labels = st.sampled_from("abc")
        scores = numpy.array(rows(st.tuples(SCORES, SCORES, SCORES))).reshape(num, 3)
        scores /= numpy.maximum(scores.sum(axis=1, keepdims=True), 1)  # as probabilities add up
        return Pairs.of(kind, rows(labels), rows(labels), scores=scores, classes=[*"abc"])
    if kind == "multilabel":
        sets = st.sets(st.sampled_from("abc"))
        return Pairs.of(kind, rows(sets), rows(sets), classes=draw(st.permutations("abc")))
    if kind == "regression":
        return Pairs.of(kind, rows(NUMBERS), rows(NUMBERS))
    gains = st.tuples(*[st.sampled_from([0.0, 1.0, 3.0])] * 4)
    truth = numpy.array(rows(gains)).reshape(num, 4)
    order = numpy.array(rows(st.permutations(range(4))), int).reshape(num, 4)
    ranked = numpy.take_along_axis(truth, order, axis=1)
    return Pairs(kind, truth, ranked)


def same(one: Statistic, other: Statistic) -> bool:
    """Tell whether statistics are the same, but for what rounding does to sums of floats."""
    if isinstance(one, ErrorSums) and isinstance(other, ErrorSums):
        return alike(in_units(one), in_units(other))
    return alike(to_plain(one), to_plain(other))


def in_units(sums: ErrorSums) -> list[Any]:
    """Divide what may be nearly 0, because terms cancel, by the size of the terms."""
    labels, error = sums.labels, max(sums.squared.first, 1e-12)
    spread = math.sqrt(labels.m2) + 1e-9 * abs(labels.mean) + 1e-12
    powers = [labels.m2 / spread**2, labels.m3 / spread**3, labels.m4 / spread**4]
    across = [sums.across / spread / error, sums.across_squares / spread**2 / error]
    totals = [sums.absolute.to_plain(), sums.squared.to_plain(), sums.relative.to_plain()]
    return [*totals, labels.num_values, labels.mean + labels.rest, powers, across]


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=1e-8, abs_tol=1e-8)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_parts_merge_to_the_whole_in_any_order(kind: TaskKind, data: st.DataObject) -> None:
    pairs = data.draw(pairs_of(kind))
    groups = numpy.array(
        data.draw(st.lists(st.integers(0, 4), min_size=len(pairs), max_size=len(pairs))), int
    )
    order = data.draw(st.permutations(range(5)))
    keys = KEYS[kind]
    whole = {key: collect(key, pairs)[0] for key in keys}
    parts = collect_all(keys, pairs, groups, 5)
    for key in keys:
        one, two, three, four, five = (parts[key][place] for place in order)
        assert same(merge([one, two, three, four, five]), whole[key])
        left = one.merge(two).merge(three).merge(four).merge(five)
        right = one.merge(two.merge(three.merge(four.merge(five))))
        assert same(left, whole[key])
        assert same(right, whole[key])
        assert same(merge([one, five]), merge([five, one]))
        assert same(empty(key, kind).merge(whole[key]), whole[key])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(kind: TaskKind, data: st.DataObject) -> None:
    pairs = data.draw(pairs_of(kind))
    for key in KEYS[kind]:
        (statistic,) = collect(key, pairs)
        plain = msgspec.msgpack.decode(msgspec.msgpack.encode(to_plain(statistic)))
        again = from_plain(key, plain)
        assert to_plain(again) == to_plain(statistic)
        assert same(again.merge(statistic), statistic.merge(statistic))
        with pytest.raises(ValueError, match=r"of version 99, not 1"):
            from_plain(key, [99, *plain[1:]])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_metrics_of_any_pairs_are_within_their_bounds(kind: TaskKind, data: st.DataObject) -> None:
    pairs = data.draw(pairs_of(kind))
    statistics = {key: found[0] for key, found in collect_all(KEYS[kind], pairs).items()}
    for one in metrics:
        if kind not in one.kinds:
            continue
        for told in parse_metric(one.name, kind).measure(statistics):
            assert (told.value is None) == bool(told.message)
            numbers = [number for number in told[1:4] if number is not None]
            assert numpy.isfinite(numbers).all()
            least, most = one.bounds
            assert all(least is None or number >= least - 1e-9 for number in numbers)
            assert all(most is None or number <= most + 1e-9 for number in numbers)
            if told.low is not None and told.value is not None and told.high is not None:
                assert told.low <= told.value <= told.high


@pytest.mark.parametrize("draw", ["continuous", "rounded"])
def test_histograms_merge_the_same_when_they_are_binned(
    draw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_histogram_module, "MAX_EXACT", 100)
    random = numpy.random.default_rng(8)
    scores = random.beta(0.3, 2, 3_000)
    scores = scores.round(2) if draw == "rounded" else scores
    truth = (random.random(3_000) < scores).astype(int)
    pairs = Pairs.of("binary", truth, truth, scores=scores, positive=1)
    groups = numpy.minimum(random.geometric(0.2, 3_000) - 1, 19)
    (whole,) = collect("score_histogram", pairs)
    parts = collect("score_histogram", pairs, groups, 20)
    for _ in range(5):
        random.shuffle(parts)
        one_by_one = parts[0]
        for part in parts[1:]:
            one_by_one = one_by_one.merge(part)
        assert to_plain(merge(parts)) == to_plain(one_by_one) == to_plain(whole)
        halves = merge(parts[:10]), merge(parts[10:])
        assert to_plain(halves[0].merge(halves[1])) == to_plain(whole)
