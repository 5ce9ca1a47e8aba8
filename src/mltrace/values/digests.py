"""The one hash of mltrace: blake3, cut to 128 bits, which is written as 32 hex digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Iterable

DIGEST_BYTES = 16


def new_hasher(header: str = "") -> blake3:
    """Start a digest; the header keeps values of different sorts apart."""
    return blake3(header.encode("utf-8", "surrogatepass") + b"\0" if header else b"")


def digest_of_bytes(content: bytes | memoryview) -> str:
    """Digest bytes as they are.

    Examples
    --------
    >>> digest_of_bytes(b"")
    'af1349b9f5f9a1a6a0404dea36dcc949'
    """
    return blake3(content).hexdigest(length=DIGEST_BYTES)


def digest_of_items(header: str, items: Iterable[bytes]) -> bytes:
    """Digest a list of byte strings such that no two different lists have equal bytes.

    Examples
    --------
    >>> digest_of_items("x", [b"a", b"b"]) == digest_of_items("x", [b"ab", b""])
    False
    """
    hasher = new_hasher(header)
    for item in items:
        hasher.update(len(item).to_bytes(8, "little"))
        hasher.update(item)
    return hasher.digest(length=DIGEST_BYTES)
