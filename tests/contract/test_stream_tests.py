"""What holds for every registered test of a stream."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from mltrace.monitors.drift.sequential import StreamTest, restore, stream_tests


@pytest.fixture(params=stream_tests.keys())
def test(request: pytest.FixtureRequest) -> StreamTest:
    return stream_tests.get(request.param)()


def values(num: int = 300, *, seed: int = 3) -> list[float]:
    rng = random.Random(seed)
    return [rng.random() ** (2 if at < num // 2 else 0.3) for at in range(num)]


def test_a_change_is_raised_and_the_test_then_goes_on(test: Any) -> None:
    quiet = random.Random(3)
    stream = [float(quiet.random() < 0.5) for _ in range(300)] + [1.0] * 600
    results = [test.update(value) for value in stream]
    first = next(at for at, one in enumerate(results) if one.is_drift)
    assert 300 < first < 600
    assert results[first].direction == "up"
    assert results[first].began_at <= first
    assert results[first + 1].num_values <= results[first].num_values + 1


def test_the_state_is_plain_and_goes_on_as_if_there_had_been_no_break(test: Any) -> None:
    for at, value in enumerate(values()):
        test.update(value)
        if at % 37 == 0:
            written = json.dumps(test.state, allow_nan=False)
            test = restore(json.loads(written))
            assert json.dumps(test.state) == written
    other = type(test)()
    results = [other.update(value) for value in values()]
    assert test == other
    assert test.update(0.3) == other.update(0.3)
    assert results[-1].num_values == other.num_values - 1


def test_what_is_not_finite_is_seen_but_not_looked_at(test: Any) -> None:
    other = type(test)()
    for value in values(50):
        test.update(value)
        other.update(value)
    for odd in (float("nan"), float("inf"), float("-inf"), 1e300):
        assert not test.update(odd).is_drift
    assert test.num_seen == other.num_seen + 4
    assert test.num_values == other.num_values


@pytest.mark.parametrize("value", [0.0, -1e149, 1e149, 5e-324, True])
def test_odd_values_raise_no_error(test: Any, value: float) -> None:
    for _ in range(100):
        json.dumps(test.update(value).to_dict())
        test.update(0.5)


def test_a_stream_that_never_varies_is_quiet(test: Any) -> None:
    assert not any(test.update(0.5).is_drift for _ in range(3000))


def test_what_it_is_and_what_it_rests_on_is_documented(test: Any) -> None:
    text = type(test).__doc__ or ""
    for section in ("Parameters", "Notes", "References", "Examples"):
        assert f"{section}\n    ---" in text
