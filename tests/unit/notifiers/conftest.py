"""What tests of notifiers need: receivers of their own, and no proxy on the way to them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from tests.receivers import HttpReceiver

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from tests.receivers import Answer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def receiver() -> Iterator[Callable[..., HttpReceiver]]:
    """Start HTTP servers that end with the test."""
    with contextlib.ExitStack() as stack:

        def _receiver(
            *answers: Answer | int, context: ssl.SSLContext | None = None
        ) -> HttpReceiver:
            return stack.enter_context(HttpReceiver(*answers, context=context))

        yield _receiver
