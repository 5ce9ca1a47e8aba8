"""Which segments are compacted together."""

from __future__ import annotations

import itertools

from mltrace.store.lake.planning import MIN_ROWS, is_much_to_gain, plan_jobs
from mltrace.store.lake.segments import Segment

_numbers = itertools.count(1)


def _segment(num_rows: int, *, is_compacted: bool = False, **changes: str) -> Segment:
    number = next(_numbers)
    uid = f"c{number}.0" if is_compacted else f"0-{number}"
    given = {"task": "late", "kind": "predictions", "file": None, **changes}
    times = dict.fromkeys(("num_bytes", "logged_at", "first_at", "last_at"), number)
    return Segment(uid=uid, num_rows=num_rows, **given, **times)  # type: ignore[arg-type]


def test_batches_of_a_task_and_kind_go_together_in_the_order_of_their_time() -> None:
    one, other = [_segment(10) for _ in range(3)], [_segment(10, kind="feedback") for _ in range(2)]
    assert sorted(plan_jobs([*reversed(one), *other])) == sorted([one, other])


def test_jobs_have_about_as_many_rows_as_they_may() -> None:
    batches = [_segment(400) for _ in range(10)]
    jobs = plan_jobs(batches, max_rows=1_000)
    assert [len(job) for job in jobs] == [2] * 5


def test_batch_larger_than_a_job_is_one_of_its_own() -> None:
    assert [len(job) for job in plan_jobs([_segment(5_000)], max_rows=1_000)] == [1]


def test_compacted_segments_are_left_alone_once_they_are_large() -> None:
    large, batch = _segment(MIN_ROWS, is_compacted=True), _segment(MIN_ROWS)
    assert plan_jobs([large, batch]) == [[batch]]
    assert plan_jobs([large]) == []


def test_rows_are_written_anew_a_few_times_at_most() -> None:
    segments: list[Segment] = []
    num_written = 0
    for _ in range(5_000):
        (job,) = plan_jobs([*segments, _segment(100)])
        total = sum(one.num_rows for one in job)
        num_written += total
        segments = [one for one in segments if one not in job]
        segments.append(_segment(total, is_compacted=True))
    assert num_written < 20 * 500_000
    assert len(segments) < 30


def test_reader_compacts_only_where_there_is_much_to_gain() -> None:
    assert not is_much_to_gain([_segment(10_000) for _ in range(40)])
    assert is_much_to_gain([_segment(10) for _ in range(100)])
    assert is_much_to_gain([_segment(300_000) for _ in range(2)])
    assert not is_much_to_gain([_segment(900_000, is_compacted=True) for _ in range(100)])
