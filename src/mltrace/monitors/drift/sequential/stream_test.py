"""What a test of a stream of values is, and where all of them are registered.

A test is its settings and its state, all of them plain values: `state` can be written anywhere, and
`restore` goes on from there as if there had been no break.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final, Self

import msgspec

from mltrace.errors import ArgumentError
from mltrace.records.sequential import StreamResult
from mltrace.registry import Registry

_MODULES: Final = ("adwin", "betting_mean", "conformal_martingale", "e_detector", "page_hinkley")

_MOST: Final = 1e150
"""Squares of greater numbers may be infinite."""


class StreamTest(msgspec.Struct, kw_only=True, tag_field="test"):
    """A test that may be looked at after every value of a stream.

    Attributes
    ----------
    num_seen : int
        Values it was given, from the first one on.
    num_values : int
        Those that it looked at since it began, or began anew.
    """

    STATE: ClassVar[tuple[str, ...]] = ()
    """The fields that an alarm sets back."""

    num_seen: int = 0
    num_values: int = 0

    def update(self, value: float) -> StreamResult:
        """Take in the next value and tell what is known then; after an alarm it begins anew.

        Parameters
        ----------
        value : float
            A value that is not finite, or beyond 1e150, is counted as seen, but not looked at.
        """
        number = float(value)
        self.num_seen += 1
        if not abs(number) < _MOST:
            return StreamResult(num_values=self.num_values)
        self.num_values += 1
        result = self.judge(number)
        if result.is_drift:
            self.begin_anew()
        return result

    def judge(self, value: float) -> StreamResult:
        """Take in a finite value and tell what is known then; each test has its own way."""
        raise NotImplementedError

    def begin_anew(self) -> None:
        """Forget what was learnt: the next value is the first, as after an alarm."""
        fields = {field.name: field for field in msgspec.structs.fields(self)}
        self.num_values = 0
        for name in self.STATE:
            field = fields[name]
            is_made = field.default is msgspec.NODEFAULT
            setattr(self, name, field.default_factory() if is_made else field.default)

    @property
    def state(self) -> dict[str, Any]:
        """The kind of the test, its settings and its state as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_state(cls, state: Any) -> Self:
        """Go on from a state, as if there had been no break.

        Raises
        ------
        ArgumentError
            If it is not the state of such a test.
        """
        try:
            return msgspec.convert(state, cls)
        except msgspec.ValidationError as error:
            raise ArgumentError(f"this is no state of {cls.__name__}: {error}") from error


stream_tests: Final[Registry[type[StreamTest]]] = Registry(
    "stream_test",
    tuple(f"mltrace.monitors.drift.sequential.{module}" for module in _MODULES),
    noun="stream test",
)


def restore(state: Any) -> StreamTest:
    """Make a test of any kind again from its state.

    Raises
    ------
    ArgumentError
        If it is no state of a test.
    UnknownNameError
        If no such test is registered.

    Examples
    --------
    >>> test = stream_tests.get("page_hinkley")()
    >>> _ = test.update(0.5)
    >>> restore(test.state) == test
    True
    """
    key = state.get("test") if isinstance(state, dict) else None
    if not isinstance(key, str):
        raise ArgumentError("this is no state of a stream test: it does not name the test.")
    return stream_tests.get(key).from_state(state)


def must_be(
    name: str, value: float, *, below: float = math.inf, is_end_allowed: bool = False
) -> None:
    """Raise an ArgumentError unless a setting is above 0 and below a number, or one of both.

    Examples
    --------
    >>> must_be("delta", 2.0, below=1)
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: delta=2.0 cannot be; give a number above 0 and below 1.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (0 < value < below or (is_end_allowed and value in (0, below))):
        return
    limit = "" if below == math.inf else f" and below {below:g}"
    ends = ", or one of both" if limit else ", or 0"
    raise ArgumentError(
        f"{name}={value!r} cannot be; give a number above 0{limit}{ends if is_end_allowed else ''}."
    )
