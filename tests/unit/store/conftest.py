"""Fixtures of the store tests: values of bytes in a store of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mltrace.store.kept.blobs import Blobs
from mltrace.store.kept.keeping import keep
from mltrace.store.kept.reading import ValueReader
from mltrace.values.described import part_of_bytes
from mltrace.values.digests import digest_of_bytes

if TYPE_CHECKING:
    from pathlib import Path


class Kept(NamedTuple):
    """Keeps values of bytes, each part under its own digest, and reads them."""

    blobs: Blobs

    def keep(self, *contents: bytes) -> str:
        parts = [part_of_bytes(digest_of_bytes(content), content) for content in contents]
        digest = digest_of_bytes(b"".join(contents))
        manifest: dict[str, Any] = {"format": "x", "parts": [part.digest for part in parts]}
        keep(self.blobs, digest, manifest, parts)
        return digest

    def read(self, digest: str) -> list[bytes]:
        value = self.blobs.value(digest)
        assert value is not None
        with ValueReader(self.blobs, value) as reader:
            return [bytes(reader.open_part(part).read()) for part in value.manifest["parts"]]

    def packs(self) -> list[Path]:
        return [self.blobs.pack_path(name) for name in self.blobs.packs()]

    def num_bytes(self) -> int:
        """Count the bytes of all packs."""
        return sum(path.stat().st_size for path in self.packs())


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(Blobs(tmp_path / "blobs"))
