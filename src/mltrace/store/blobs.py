"""Kept values: content-addressed files that are written once and never changed.

Each file ends with the blake3 checksum of the bytes before it. The name of a part is the digest of
what it means, which may be packed in different bytes, so the name cannot tell whether they are
whole.
"""

from __future__ import annotations

import io
import os
import re
import uuid
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec
from blake3 import blake3

from mltrace.errors import ArgumentError, StoreCorruptError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_DIGEST: Final = re.compile(r"[0-9a-f]{16,128}")
_CHECKSUM_BYTES: Final = 32
_CHUNK_BYTES: Final = 1024 * 1024

RENEW_SECONDS: Final = 600.0
"""A writer that has kept a value relies on it for so long, then it renews it."""


class Blobs:
    """The kept values of a store.

    A value is a manifest under the digest of the artifact, which names its parts by their own
    digests: equal columns of two frames are one part.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has_manifest(self, digest: str) -> bool:
        """Tell whether the value of a digest is kept."""
        return self.manifest_path(digest).exists()

    def renew(self, digest: str) -> bool:
        """Mark the value of a digest as in use now; False if it is not kept."""
        return _renew(self.manifest_path(digest))

    def kept(self) -> Iterator[str]:
        """Yield the digests of the kept values."""
        for path in self._folder.glob("values/??/*"):
            if is_digest(digest := f"{path.parent.name}{path.name}"):
                yield digest

    def manifest(self, digest: str) -> dict[str, Any] | None:
        """Read the manifest of a value; None if the value is not kept.

        Raises
        ------
        StoreCorruptError
            If it is damaged.
        """
        path = self.manifest_path(digest)
        try:
            data = _read_checked(path)
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(data, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise StoreCorruptError(f"The manifest {path} is damaged: {error}") from error

    def put_manifest(self, digest: str, manifest: Mapping[str, Any]) -> None:
        """Keep the manifest of a value whose parts are kept already."""
        data = msgspec.json.encode(manifest)
        self._put(self.manifest_path(digest), lambda file: _write_all(file, data))

    def put(self, digest: str, write: Callable[[BinaryIO], None]) -> None:
        """Keep a part, unless it is kept already; readers see all of it or nothing."""
        path = self.part_path(digest)
        if not _renew(path):
            self._put(path, write)

    def open(self, digest: str) -> BinaryIO:
        """Read a part, checked from end to end, as a file in memory.

        Raises
        ------
        StoreCorruptError
            If it is damaged, or a manifest names it and it is gone.
        """
        try:
            return io.BytesIO(_read_checked(self.part_path(digest)))
        except FileNotFoundError as error:
            raise StoreCorruptError(
                f"The kept part {digest} is missing; run the component again to keep it anew."
            ) from error

    def manifest_path(self, digest: str) -> Path:
        """Tell where the manifest of a value is kept."""
        return self._path("values", digest)

    def part_path(self, digest: str) -> Path:
        """Tell where a part is kept."""
        return self._path("parts", digest)

    def _path(self, section: str, digest: str) -> Path:
        if not is_digest(digest):
            raise ArgumentError(f"{digest!r} is not a digest.")
        return self._folder / section / digest[:2] / digest[2:]

    def _put(self, path: Path, write: Callable[[BinaryIO], None]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name[:16]}-{uuid.uuid4().hex}")
        try:
            with partial.open("xb+") as file:
                write(file)
                file.seek(0)
                checksum = _checksum(file)
                file.seek(0, os.SEEK_END)
                file.write(checksum)
            os.replace(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def is_digest(text: str) -> bool:
    """Tell whether a text may be a digest."""
    return _DIGEST.fullmatch(text) is not None


def _renew(path: Path) -> bool:
    """Set the time of a file to now; False if it is not there or not ours to set."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True


def _checksum(file: BinaryIO) -> bytes:
    hasher = blake3()
    while chunk := file.read(_CHUNK_BYTES):
        hasher.update(chunk)
    return hasher.digest()


def _read_checked(path: Path) -> bytes:
    """Read what stands before the checksum of a file."""
    with path.open("rb") as file:
        data = file.read(max(0, os.fstat(file.fileno()).st_size - _CHECKSUM_BYTES))
        checksum = file.read()
    if blake3(data).digest() != checksum:
        raise StoreCorruptError(
            f"The kept file {path} is damaged: its bytes do not match their checksum. Delete it "
            "and run the component again to keep the value anew."
        )
    return data


def _write_all(file: BinaryIO, data: bytes) -> None:
    file.write(data)
