"""A time by which a conversation over a socket is over, however slowly the other side drips.

The timeout of a socket begins anew with each byte. So a timer shuts the socket down when the time
of the whole is up, which ends whatever waits for it: a handshake, a line, a body.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Deadline:
    """A moment at which the sockets that it watches are shut down.

    Parameters
    ----------
    seconds : float
        How long the whole may take from now on.

    Examples
    --------
    >>> with Deadline(10) as deadline:
    ...     print(deadline.is_over)
    False
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._shut_down)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for connected in self._sockets:
                connected.close()

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def remaining(self) -> float:
        """Tell how many seconds are left.

        Raises
        ------
        TimeoutError
            If there are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole is up")
        return left

    def connect(self, address: tuple[str, int], *_: object) -> socket.socket:
        """Connect to the first address of a host that answers in the time left, and watch it."""
        host, port = address
        failure = OSError("the host has no address")
        for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                connected = socket.create_connection((str(found[4][0]), port), self.remaining())
            except OSError as error:
                failure = error
                continue
            self.watch(connected)
            return connected
        raise failure

    def watch(self, connected: socket.socket) -> None:
        """Shut a socket down when the time is up, whatever is wrapped around it later."""
        connected.settimeout(self.remaining())
        with self._lock:
            self._sockets.append(connected.dup())

    def _shut_down(self) -> None:
        with self._lock:
            for connected in self._sockets:
                with contextlib.suppress(OSError):  # it is closed already
                    connected.shutdown(socket.SHUT_RDWR)
