"""A comparison says of b and a the opposite of what it says of a and b."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltrace.tasks.comparing.choosing import compare_metric
from mltrace.tasks.pairs import Pairs

ROWS = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1, width=16), st.floats(0, 1, width=16)),
    min_size=4,
    max_size=60,
)


@given(
    ROWS,
    st.sampled_from(["accuracy", "log_loss", "brier", "roc_auc"]),
    st.booleans(),
    st.booleans(),
)
def test_the_other_way_round_it_is_the_opposite(
    rows: list[tuple[bool, float, float]], metric: str, is_paired: bool, is_sequential: bool
) -> None:
    truth = [int(label) for label, _, _ in rows]
    a, b = (
        Pairs.of("binary", truth, (scores > 0.5).astype(int), scores=scores, classes=[0, 1])
        for scores in numpy.array([row[1:] for row in rows]).T
    )
    is_sequential &= metric != "roc_auc"
    there, back = (
        compare_metric(metric, *two, is_paired=is_paired, is_sequential=is_sequential)
        for two in ((a, b), (b, a))
    )
    assert there.is_different == back.is_different
    evidence = [one.e_value if is_sequential else one.p_value for one in (there, back)]
    assert evidence[0] == pytest.approx(evidence[1], rel=1e-6)
    assert (there.winner == "a") == (back.winner == "b")
    if there.difference is not None and there.ci_low is not None and back.ci_high is not None:
        assert there.difference == pytest.approx(-(back.difference or 0))
        assert there.ci_low == pytest.approx(-back.ci_high, abs=1e-9)
        assert there.ci_low <= there.difference + 1e-9
