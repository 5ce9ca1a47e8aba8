"""A fault of ours never reaches the user, and is never silent."""

import logging
import sys
import threading

import polars
import pytest

from mltrace.capture.guard import faults, harmless
from mltrace.errors import CheckFailed


@harmless(default=-1)
def divide(numerator: float, denominator: float) -> float:
    return numerator / denominator


@harmless(default=None, passing=(CheckFailed,))
def judge(error: BaseException) -> None:
    raise error


def num_faults(kind: str) -> int:
    return sum(count for place, count in faults().items() if place.startswith(f"{kind} at "))


def test_a_call_that_works_returns_its_value() -> None:
    assert divide(1, 2) == 0.5


def test_a_fault_gives_the_default_is_logged_once_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = num_faults("ZeroDivisionError")
    with caplog.at_level(logging.WARNING, "mltrace"):
        assert [divide(1, 0) for _ in range(3)] == [-1, -1, -1]
    assert num_faults("ZeroDivisionError") == before + 3
    assert len(caplog.records) <= 1
    assert all("divide: ZeroDivisionError at" in record.getMessage() for record in caplog.records)


def test_the_log_never_holds_the_message_of_the_fault(caplog: pytest.LogCaptureFixture) -> None:
    @harmless(default=None)
    def leak() -> None:
        raise RuntimeError("secret of a customer")

    with caplog.at_level(logging.DEBUG, "mltrace"):
        leak()
    assert "in leak" in caplog.text
    assert "RuntimeError('" not in caplog.text
    assert len(caplog.records) == 2


def test_errors_raised_on_purpose_pass() -> None:
    with pytest.raises(CheckFailed, match="blocked"):
        judge(CheckFailed("blocked"))
    assert judge(ValueError("ours")) is None


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_fault_passes(kind: type[BaseException]) -> None:
    with pytest.raises(kind):
        judge(kind())


def test_a_panic_of_a_library_in_rust_is_a_fault() -> None:
    assert judge(polars.exceptions.PanicException("index out of bounds")) is None


def test_the_edge_of_the_stack_is_survived() -> None:
    @harmless(default="swallowed")
    def deep(depth: int) -> object:
        return deep_down(depth + 1)

    def deep_down(depth: int) -> object:
        return deep_down(depth + 1)

    def user(depth: int) -> object:
        return user(depth - 1) if depth else deep(0)

    # Whatever the room left, either there is none even to call the guard, or it holds.
    room = sys.getrecursionlimit() - len_of_stack() - 20
    assert {user(room - left) for left in range(0, 40, 3)} == {"swallowed"}


def len_of_stack() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


def test_a_log_handler_that_fails_does_no_harm() -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError("disk full")

    @harmless(default=0)
    def fail() -> int:
        raise LookupError

    handler = Broken()
    logging.getLogger("mltrace").addHandler(handler)
    try:
        assert fail() == 0
    finally:
        logging.getLogger("mltrace").removeHandler(handler)


def test_threads_lose_no_count() -> None:
    before = num_faults("ZeroDivisionError")
    threads = [
        threading.Thread(target=lambda: [divide(1, 0) for _ in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert num_faults("ZeroDivisionError") == before + 4000


def test_the_wrapped_function_keeps_its_name() -> None:
    assert divide.__name__ == "divide"
