"""Shares are drawn at random, rates refill with time; neither touches the user's numbers."""

from __future__ import annotations

import os
import random

import pytest
from tests.forked import run_forked

from mltrace.capture.sampling import Rate, Share, as_sampler


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.9])
def test_a_share_takes_about_so_many(share: float) -> None:
    sampler = Share(share)
    num = 20_000
    taken = sum(sampler.takes() for _ in range(num))
    spread = (num * share * (1 - share)) ** 0.5
    assert abs(taken - num * share) < 6 * spread  # once in 500 million times it is not


def test_the_users_random_numbers_stay_as_they_were() -> None:
    random.seed(7)
    expected = [random.random() for _ in range(3)]
    random.seed(7)
    sampler = Share(0.5)
    found = []
    for _ in range(3):
        sampler.takes()
        found.append(random.random())
    assert found == expected


def test_a_forked_child_draws_numbers_of_its_own() -> None:
    sampler = Share(0.5)
    read, write = os.pipe()
    assert run_forked(lambda: os.write(write, bytes(sampler.takes() for _ in range(200)))) == 0
    theirs = os.read(read, 200)
    ours = bytes(sampler.takes() for _ in range(200))
    os.close(read)
    os.close(write)
    assert theirs != ours


def test_a_rate_refills_with_time_up_to_what_it_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("mltrace.capture.sampling.time.monotonic", lambda: now[0])
    sampler = Rate(10, 1.0)
    assert sum(sampler.takes() for _ in range(50)) == 10
    now[0] += 0.25
    assert sum(sampler.takes() for _ in range(50)) == 2
    now[0] += 3600
    assert sum(sampler.takes() for _ in range(50)) == 10


def test_a_slow_rate_takes_single_calls_far_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("mltrace.capture.sampling.time.monotonic", lambda: now[0])
    sampler = as_sampler("5/h")
    assert sampler is not None
    taken = 0
    for second in range(36_000):
        now[0] = float(second)
        taken += sampler.takes()
    assert 5 * 10 <= taken <= 5 * 10 + 5


@pytest.mark.parametrize("sample", [0, 0.0, "0/s"])
def test_nothing_is_taken_of_a_share_or_rate_of_zero(sample: object) -> None:
    sampler = as_sampler(sample)
    assert sampler is not None
    assert not any(sampler.takes() for _ in range(100))
