"""The run of the moment, as the user's code sees it."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mltrace.capture.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MAX_SAID: Final = 1_000
"""What a run that is left out says of itself is held up to so many times."""

_current: ContextVar[RunHandle | None] = ContextVar("mltrace_run", default=None)


class RunHandle:
    """A run as the user's code sees it while it is under way.

    This base does nothing: it stands in wherever mltrace is disabled or could not start a run, so
    that the user's code need not ask.
    """

    __slots__ = ()

    id: str | None = None

    def read(self, value: T, name: str | None = None) -> T:  # noqa: ARG002
        """Log an input (a path, URI, data frame, array, model or anything) and return it."""
        return value

    def write(self, value: T, name: str | None = None) -> T:  # noqa: ARG002
        """Log an output (a path, URI, data frame, array, model or anything) and return it."""
        return value

    def param(self, name: str, value: object) -> None:
        """Log a parameter; the last value of a name counts."""

    def metric(self, name: str, value: float) -> None:
        """Log a number that measures the run; the last value of a name counts."""

    def note(self, text: str) -> None:
        """Add a note in words."""

    def environment(self) -> dict[str, str]:
        """Return the environment for a subprocess, so that its runs know this one as their parent.

        Examples
        --------
        >>> import subprocess
        >>> import mltrace as mt
        >>> with mt.Component("nightly").start() as run:
        ...     _ = subprocess.run(["true"], env=run.environment(), check=True)
        """
        return dict(os.environ)

    def id_for_inner(self) -> str | None:
        """Tell the id under which a run inside this one names it as its parent."""
        return self.id


NO_RUN: Final = RunHandle()


class SkippedRun(RunHandle):
    """A run that sampling leaves out.

    What it says of itself is held until it is over, for if it fails it is logged after all.
    """

    __slots__ = ("_said", "known_id")

    def __init__(self) -> None:
        self.known_id: str | None = None
        self._said: list[Callable[[RunHandle], object]] | None = None

    def read(self, value: T, name: str | None = None) -> T:
        """Hold an input, and return it."""
        self._hold(lambda run: run.read(value, name))
        return value

    def write(self, value: T, name: str | None = None) -> T:
        """Hold an output, and return it."""
        self._hold(lambda run: run.write(value, name))
        return value

    def param(self, name: str, value: object) -> None:
        """Hold a parameter."""
        self._hold(lambda run: run.param(name, value))

    def metric(self, name: str, value: float) -> None:
        """Hold a number that measures the run."""
        self._hold(lambda run: run.metric(name, value))

    def note(self, text: str) -> None:
        """Hold a note."""
        self._hold(lambda run: run.note(text))

    def id_for_inner(self) -> str:
        """Make an id: a run inside is logged, because it failed, so this one must be as well."""
        if self.known_id is None:
            self.known_id = new_id()
        return self.known_id

    def say_again(self, run: RunHandle) -> None:
        """Say of a run that is logged what was held of this one."""
        for say in self._said or ():
            say(run)

    def _hold(self, say: Callable[[RunHandle], object]) -> None:
        said = self._said
        if said is None:
            said = self._said = []
        if len(said) < MAX_SAID:
            said.append(say)


def current_run() -> RunHandle:
    """Return the innermost run under way here; a handle that does nothing if there is none.

    Examples
    --------
    >>> current_run().metric("rows", 10)
    """
    return _current.get() or NO_RUN


def run_around() -> RunHandle | None:
    """Return the innermost run under way here, logged or not; None if there is none."""
    return _current.get()


def make_current(run: RunHandle | None) -> None:
    """Make a run, or none, the current one."""
    _current.set(run)


def activate(run: RunHandle) -> object:
    """Make a run the current one; give the result to `deactivate`."""
    return _current.set(run)


def deactivate(token: Any) -> None:
    """Make the run before the current one again."""
    try:
        _current.reset(token)
    except ValueError:
        # A generator may be closed in another context than it was resumed in.
        _current.set(None)
