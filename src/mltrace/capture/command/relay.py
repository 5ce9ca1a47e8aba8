"""Carries what a command says on standard error to ours, and keeps the end of it.

If ours is a terminal, the command is given one as well, so that colours and progress bars stay. A
caretaker process goes on when we are gone: a daemon that the command left behind can still write,
and the command outlives a kill -9 of ours.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import termios
import threading
import tty
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from mltrace.capture.guard import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.capture.command.strace import Trace

TAIL_BYTES: Final = 16 * 1024
_PIECE_BYTES: Final = 64 * 1024
_STDERR: Final = 2
_WINDOW_BYTES: Final = 8
_STDERR_MARK: Final = b"s"
_TRACE_MARK: Final = b"t"


class Pump(threading.Thread):
    """A thread that hands on what comes from a descriptor, until its end or until `finish`.

    Parameters
    ----------
    source : int
        A pipe or terminal; the pump closes it.
    take : callable
        Is given each piece; false if no more is wanted.
    """

    def __init__(self, source: int, take: Callable[[bytes], bool]) -> None:
        super().__init__(name="mltrace-pump", daemon=True)
        self.is_at_end = False
        self._source = source
        self._take = take
        self._stopping, self._stopper = os.pipe()

    def run(self) -> None:
        """Hand on piece by piece."""
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        poll.register(self._stopping, select.POLLIN)
        is_stopping = False
        while not self.is_at_end:
            ready = {descriptor for descriptor, _ in poll.poll(0 if is_stopping else None)}
            if self._stopping in ready:
                is_stopping = True
                poll.unregister(self._stopping)
            elif self._source not in ready:
                break
            if self._source in ready:
                piece = read_piece(self._source)
                self.is_at_end = not piece or not self._take(piece)
        os.close(self._source)

    def finish(self) -> None:
        """Hand on what has come so far, then stop."""
        os.close(self._stopper)
        self.join()
        os.close(self._stopping)


class Stderr:
    """The way of a command's standard error to ours.

    Attributes
    ----------
    given : int
        The descriptor for the command.
    source : int
        Where we read what it writes.
    """

    def __init__(self) -> None:
        self._is_terminal = os.isatty(_STDERR)
        self.source, self.given = os.openpty() if self._is_terminal else os.pipe()
        if self._is_terminal:
            tty.setraw(self.given)  # the real terminal does what is to be done
            self.resize()
        self._tail = bytearray()

    def take(self, piece: bytes) -> bool:
        """Write a piece to our standard error; false if nobody reads that any more."""
        self._tail += piece
        del self._tail[:-TAIL_BYTES]
        return write_all(_STDERR, piece)

    def tail(self) -> bytes:
        """Return the last that was written."""
        return bytes(self._tail)

    def resize(self) -> None:
        """Give the command's terminal the size of ours."""
        if self._is_terminal:
            with suppress(OSError):
                size = fcntl.ioctl(_STDERR, termios.TIOCGWINSZ, bytes(_WINDOW_BYTES))
                fcntl.ioctl(self.source, termios.TIOCSWINSZ, size)


class Caretaker:
    """A process that waits for ours to end, and then reads on whatever is still written.

    Parameters
    ----------
    stderr : int
        The source to copy to our standard error.
    trace : int, optional
        A source that somebody must read, for else its writer would die.
    """

    def __init__(self, stderr: int, trace: int | None = None) -> None:
        lifeline, self._lifeline = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                _take_care(lifeline, stderr, trace)
            finally:
                os._exit(0)
        os.close(lifeline)

    def relieve(self, *, of_stderr: bool, of_trace: bool) -> None:
        """Tell what need not be read any more; of nothing to read, the process ends."""
        message = _STDERR_MARK * of_stderr + _TRACE_MARK * of_trace
        with suppress(OSError):
            os.write(self._lifeline, message)
        if of_stderr and of_trace:
            with suppress(ChildProcessError):
                os.waitpid(self._pid, 0)


def _take_care(lifeline: int, stderr: int, trace: int | None) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    sources = {stderr} if trace is None else {stderr, trace}
    _close_others({_STDERR, lifeline, *sources})
    while sources and (message := os.read(lifeline, 1)):
        source = stderr if message == _STDERR_MARK else trace
        if source in sources:
            sources.remove(source)
            os.close(source)
    os.close(lifeline)
    poll = select.poll()
    for source in sources:
        poll.register(source, select.POLLIN)
    while sources:
        for source, _ in poll.poll():
            piece = read_piece(source)
            if not piece or (source == stderr and not write_all(_STDERR, piece)):
                sources.discard(source)
                poll.unregister(source)
                os.close(source)


def _close_others(kept: set[int]) -> None:
    low = 0
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def read_piece(source: int) -> bytes:
    """Read what is there; nothing at the end, which a terminal tells by an error."""
    try:
        return os.read(source, _PIECE_BYTES)
    except OSError:
        return b""


def write_all(target: int, piece: bytes) -> bool:
    """Write a piece, whether or not the descriptor blocks; false if it cannot be written."""
    view = memoryview(piece)
    while view:
        try:
            view = view[os.write(target, view) :]
        except BlockingIOError:
            select.select([], [target], [])
        except OSError:
            return False
    return True


class Relay:
    """Everything that is read of a command while it runs: its standard error, and its trace if any.

    Parameters
    ----------
    trace : Trace, optional
        Where strace writes.
    """

    def __init__(self, trace: Trace | None = None) -> None:
        self._stderr = Stderr()
        self._trace = trace
        self._caretaker = Caretaker(self._stderr.source, trace.source if trace else None)
        self._pumps = [Pump(self._stderr.source, self._copy)]
        if trace is not None:
            self._pumps.append(Pump(trace.source, trace.take))
        for pump in self._pumps:
            pump.start()

    @property
    def stderr(self) -> int:
        """The descriptor for the command to write to."""
        return self._stderr.given

    def resize(self) -> None:
        """Hand on that the terminal has another size."""
        self._stderr.resize()

    @harmless(default=b"")
    def finish(self, *, has_ended: bool = True) -> bytes:
        """Take what came until the command ended; return the last of its standard error.

        Parameters
        ----------
        has_ended : bool, default True
            False if the command could not be started, so that nobody will ever write.
        """
        for pump in self._pumps:
            pump.finish()
        if self._trace is not None:
            self._trace.close()
        ends = [pump.is_at_end or not has_ended for pump in self._pumps]
        self._caretaker.relieve(of_stderr=ends[0], of_trace=all(ends[1:]))
        return self._stderr.tail()

    def let_go(self) -> None:
        """Leave the writing end to the command alone."""
        os.close(self._stderr.given)

    def _copy(self, piece: bytes) -> bool:
        is_read = self._stderr.take(piece)
        if not is_read:  # nor may the caretaker hold it open: the command is to learn of it
            self._caretaker.relieve(of_stderr=True, of_trace=False)
        return is_read
