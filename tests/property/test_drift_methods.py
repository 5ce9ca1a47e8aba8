"""Distances are distances, whatever the counts; and nothing hangs on how rows are told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace.monitors.drift.comparing.two_samples import compare
from mltrace.monitors.drift.methods.chi_square import chi_square
from mltrace.monitors.drift.methods.cramer_von_mises import cramer_von_mises
from mltrace.monitors.drift.methods.energy_distance import energy_distance
from mltrace.monitors.drift.methods.false_discovery import Correction, adjusted
from mltrace.monitors.drift.methods.hellinger import hellinger
from mltrace.monitors.drift.methods.jensen_shannon import jensen_shannon
from mltrace.monitors.drift.methods.kolmogorov_smirnov import kolmogorov_smirnov
from mltrace.monitors.drift.methods.method import methods
from mltrace.monitors.drift.methods.moments import moment_differences
from mltrace.monitors.drift.methods.population_stability_index import population_stability_index
from mltrace.monitors.drift.methods.wasserstein import wasserstein
from mltrace.monitors.drift.samples.pairs import Pair, pair_columns
from mltrace.profiles.reading import profile_data
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.monitors.drift.methods.method import Comparison

VALUES = numpy.array([-3.0, 0.0, 0.5, 2.0, 70.0])
counts = st.lists(st.integers(0, 30), min_size=5, max_size=5).filter(any)
huge = st.lists(st.integers(0, 10**15), min_size=5, max_size=5).filter(any)


def valued(distance: Callable[..., Comparison]) -> Callable[[Any, Any], Comparison]:
    return lambda current, reference: distance(VALUES, current, reference)


METRICS: dict[str, Callable[[Any, Any], Comparison]] = {
    "kolmogorov-smirnov": kolmogorov_smirnov,
    "jensen-shannon": jensen_shannon,
    "hellinger": hellinger,
    "wasserstein": valued(wasserstein),
    "energy": valued(energy_distance),
}
SYMMETRIC = {
    **METRICS,
    "chi-square": chi_square,
    "cramer-von-mises": cramer_von_mises,
    "psi": population_stability_index,
}


@pytest.mark.parametrize("name", SYMMETRIC)
@settings(max_examples=25, deadline=None)
@given(ours=counts, theirs=counts)
def test_neither_table_is_the_first(name: str, ours: list[int], theirs: list[int]) -> None:
    one, other = SYMMETRIC[name](ours, theirs), SYMMETRIC[name](theirs, ours)
    assert one.statistic == pytest.approx(other.statistic, abs=1e-9)
    assert one.effect_size == pytest.approx(other.effect_size, abs=1e-6)
    assert one.statistic >= 0
    assert 0 < one.p_value <= 1


@pytest.mark.parametrize("name", SYMMETRIC)
@settings(max_examples=25, deadline=None)
@given(ours=counts, factor=st.integers(1, 9))
def test_equal_shares_are_no_distance(name: str, ours: list[int], factor: int) -> None:
    told = SYMMETRIC[name](ours, ours)
    assert told.p_value == 1.0
    assert told.effect_size == pytest.approx(0.0, abs=1e-7)
    if name != "psi":  # whose pseudocounts weigh less in the larger table
        told = SYMMETRIC[name](ours, [factor * one for one in ours])
        assert told.statistic == pytest.approx(0.0, abs=1e-6)
        assert told.p_value == pytest.approx(1.0)


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=40, deadline=None)
@given(a=counts, b=counts, c=counts)
def test_a_detour_is_not_shorter(name: str, a: list[int], b: list[int], c: list[int]) -> None:
    def apart(one: list[int], other: list[int]) -> float:
        return METRICS[name](one, other).statistic

    assert apart(a, c) <= apart(a, b) + apart(b, c) + 1e-9


@pytest.mark.parametrize("name", SYMMETRIC)
@settings(max_examples=25, deadline=None)
@given(ours=huge, theirs=huge)
def test_huge_counts_give_numbers(name: str, ours: list[int], theirs: list[int]) -> None:
    told = SYMMETRIC[name](ours, theirs)
    assert 0 <= told.p_value <= 1
    assert math.isfinite(told.statistic)
    assert 0 <= told.effect_size < math.inf


@settings(max_examples=40, deadline=None)
@given(ours=counts, theirs=counts)
def test_order_reversed_changes_no_distance_of_ordered_values(
    ours: list[int], theirs: list[int]
) -> None:
    for distance in (kolmogorov_smirnov, cramer_von_mises):
        there, back = distance(ours, theirs), distance(ours[::-1], theirs[::-1])
        assert there.statistic == pytest.approx(back.statistic)
        assert there.p_value == pytest.approx(back.p_value, rel=0.6, abs=0.15)


@settings(max_examples=40, deadline=None)
@given(ours=counts, theirs=counts, by=st.floats(-100, 100), times=st.floats(0.01, 100))
def test_units_change_no_effect_size(
    ours: list[int], theirs: list[int], by: float, times: float
) -> None:
    moved = VALUES * times + by
    for distance in (wasserstein, energy_distance):
        told = distance(moved, ours, theirs)
        assert told.effect_size == pytest.approx(
            distance(VALUES, ours, theirs).effect_size, rel=1e-6, abs=1e-9
        )
    assert moment_differences(moved, ours, theirs) == pytest.approx(
        moment_differences(VALUES, ours, theirs), rel=1e-4, abs=1e-6
    )


cells = st.one_of(st.none(), st.integers(-5, 5).map(float), st.floats(-1e9, 1e9))
texts = st.one_of(st.none(), st.sampled_from(["AA", "UA", "DL", ""]))
rows = st.lists(st.tuples(cells, texts, st.booleans()), min_size=1, max_size=60)


def table(of: list[Any]) -> dict[str, list[Any]]:
    return {
        "number": [a for a, _, _ in of],
        "text": [b for _, b, _ in of],
        "late": [c for *_, c in of],
    }


@settings(max_examples=40, deadline=None)
@given(ours=rows, theirs=rows, seed=st.integers(0, 99), part=st.integers(0, 60))
def test_neither_the_order_of_rows_nor_their_parting_matters(
    ours: list[Any], theirs: list[Any], seed: int, part: int
) -> None:
    mixed = [ours[place] for place in numpy.random.default_rng(seed).permutation(len(ours))]
    merged = Profile.merge_all(
        [profile_data(table(mixed[:part])), profile_data(table(mixed[part:]))]
    )
    reference = profile_data(table(theirs))
    assert compare(merged, reference).score == compare(profile_data(table(ours)), reference).score


@settings(max_examples=40, deadline=None)
@given(ours=rows, theirs=rows)
def test_profiles_tell_what_the_rows_tell(ours: list[Any], theirs: list[Any]) -> None:
    profiles = [Profile.from_bytes(profile_data(table(one)).to_bytes()) for one in (ours, theirs)]
    for name in ("number", "text", "late"):
        paired = pair_columns(*(one.states[name] for one in profiles))
        for side, of in ((paired.current, ours), (paired.reference, theirs)):
            known = [value for value in table(of)[name] if value is not None]
            if paired.is_ordered:
                expected = [known.count(value) for value in paired.values.tolist()]
            else:
                named = {str(value).lower() if name == "late" else value for value in known}
                assert named <= set(paired.labels)
                lowered = [str(value).lower() if name == "late" else value for value in known]
                expected = [lowered.count(label) for label in paired.labels]
            assert side.tolist() == expected


@settings(max_examples=30, deadline=None)
@given(ours=rows, theirs=rows)
def test_every_method_answers_with_numbers(ours: list[Any], theirs: list[Any]) -> None:
    current, reference = profile_data(table(ours)), profile_data(table(theirs))
    for method in methods:
        if method.scope == "column":
            told = compare(current, reference, method=method.name)
            assert told.p_value is None or 0 < told.p_value <= 1
            assert math.isfinite(told.score)
            assert all(one.reason for one in told.columns.values())


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 1), max_size=30),
    st.sampled_from(Correction.__args__),  # type: ignore[attr-defined]
)
def test_corrections_only_raise_p_values_and_keep_their_order(
    p_values: list[float], correction: Any
) -> None:
    raised = adjusted(p_values, correction)
    assert all(raised >= numpy.array(p_values) * (1 - 1e-12))
    assert all(raised <= 1)
    order = numpy.argsort(p_values, kind="stable")
    assert all(numpy.diff(raised[order]) >= 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=40),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=40),
)
def test_no_number_is_too_odd(ours: list[float], theirs: list[float]) -> None:
    pair = Pair.of(ours, theirs)
    assert pair.num_rows == (len(ours), len(theirs))
    result = compare(profile_data({"x": ours}), profile_data({"x": theirs}))
    assert math.isfinite(result.score)
