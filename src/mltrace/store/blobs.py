"""Kept values: content-addressed files that are written once and never changed."""

from __future__ import annotations

import os
import re
import uuid
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from mltrace.errors import ArgumentError, StoreCorruptError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_DIGEST: Final = re.compile(r"[0-9a-f]{16,128}")


class Blobs:
    """The kept values of a store.

    A value is a manifest under the digest of the artifact, which names its parts by their own
    digests: equal columns of two frames are one part.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has_manifest(self, digest: str) -> bool:
        """Tell whether the value of a digest is kept."""
        return self._path("values", digest).exists()

    def manifest(self, digest: str) -> dict[str, Any] | None:
        """Read the manifest of a value; None if the value is not kept.

        Raises
        ------
        StoreCorruptError
            If it cannot be decoded.
        """
        path = self._path("values", digest)
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise StoreCorruptError(f"The manifest {path} is damaged: {error}") from error

    def put_manifest(self, digest: str, manifest: Mapping[str, Any]) -> None:
        """Keep the manifest of a value whose parts are kept already."""
        data = msgspec.json.encode(manifest)
        self._put(self._path("values", digest), lambda file: _write_all(file, data))

    def has(self, digest: str) -> bool:
        """Tell whether a part is kept."""
        return self._path("parts", digest).exists()

    def put(self, digest: str, write: Callable[[BinaryIO], None]) -> None:
        """Keep a part, unless it is kept already; readers see all of it or nothing."""
        path = self._path("parts", digest)
        if not path.exists():
            self._put(path, write)

    def open(self, digest: str) -> BinaryIO:
        """Open a part for reading.

        Raises
        ------
        StoreCorruptError
            If a manifest names it and it is gone.
        """
        try:
            return self._path("parts", digest).open("rb")
        except FileNotFoundError as error:
            raise StoreCorruptError(f"The kept part {digest} is missing.") from error

    def _path(self, section: str, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ArgumentError(f"{digest!r} is not a digest.")
        return self._folder / section / digest[:2] / digest[2:]

    def _put(self, path: Path, write: Callable[[BinaryIO], None]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name[:16]}-{uuid.uuid4().hex}")
        try:
            with partial.open("xb") as file:
                write(file)
            os.replace(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _write_all(file: BinaryIO, data: bytes) -> None:
    file.write(data)
