"""Jobs that are put off: done when they are due, or as soon as somebody waits."""

from __future__ import annotations

import sys
import threading
import time

from tests.forked import run_forked

from mltrace.capture.background import Background, background


def test_a_delayed_job_is_done_at_once_by_who_waits() -> None:
    background = Background()
    done: list[str] = []
    background.later(3_600, lambda: done.append("later"))
    background.submit(lambda: done.append("now"))
    assert background.flush(10)
    assert sorted(done) == ["later", "now"]
    assert background.flush(10)
    assert len(done) == 2


def test_a_delayed_job_is_done_by_itself_when_it_is_due() -> None:
    background = Background()
    done = threading.Event()
    asked_at = time.monotonic()
    background.later(0.05, done.set)
    assert done.wait(10)
    assert time.monotonic() - asked_at >= 0.05


def test_delayed_jobs_are_done_in_the_order_in_which_they_are_due() -> None:
    background = Background()
    done: list[int] = []
    over = threading.Event()
    background.later(0.3, over.set)
    background.later(0.1, lambda: done.append(2))
    background.later(0.01, lambda: done.append(1))
    assert over.wait(10)
    assert done == [1, 2]


def test_a_forked_child_has_none_of_the_jobs_of_its_parent() -> None:
    done: list[int] = []
    background.later(3_600, lambda: done.append(1))

    def look() -> None:
        assert background.flush(10)
        assert not done

    assert run_forked(look) == 0
    assert background.flush(10)
    assert done == [1]


def test_the_time_that_jobs_take_is_added_up() -> None:
    background = Background()
    background.submit(lambda: sum(range(200_000)))
    assert background.flush(10)
    assert background.spent_ns > 100_000


def test_a_job_that_ends_its_thread_keeps_nobody_waiting_for_the_others() -> None:
    background = Background()
    done: list[str] = []
    background.submit(sys.exit)
    background.submit(lambda: done.append("next"))
    assert background.flush(10)
    assert done == ["next"]
