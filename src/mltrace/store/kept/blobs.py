"""Kept values: each a file under its digest, which says of which chunks in which packs it is made.

Every file ends with a checksum, and every chunk is checked by its own, so that damage is found when
it is read and stays with the values that have that chunk.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mltrace.errors import ArgumentError, StoreCorruptError
from mltrace.store.kept import recipes
from mltrace.store.kept.hints import Hints
from mltrace.store.kept.placing import damaged, put_checked, read_checked, renew

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mltrace.store.kept.recipes import KeptValue

_DIGEST: Final = re.compile(r"[0-9a-f]{16,128}")

RENEW_SECONDS: Final = 600.0
"""A writer that has kept a value relies on it for so long, then it renews it."""


class Blobs:
    """The kept values of a store.

    Attributes
    ----------
    folder : Path
        Where all of them lie.
    packs_folder : Path
        Where their chunks lie.
    hints : Hints
        Where chunks and parts may be kept already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packs_folder = folder / "packs"
        self.hints = Hints(folder / "hints")

    def has_manifest(self, digest: str) -> bool:
        """Tell whether the value of a digest is kept."""
        return self.manifest_path(digest).exists()

    def renew(self, digest: str) -> bool:
        """Mark the value of a digest as in use now; False if it is not kept, or not wholly."""
        if not renew(self.folder, self.manifest_path(digest)):
            return False
        try:
            value = self.value(digest)
        except StoreCorruptError:
            return False
        return value is not None and all(
            self.pack_path(name).exists() for name in value.packs if name
        )

    def kept(self) -> Iterator[str]:
        """Yield the digests of the kept values."""
        for path in self.folder.glob("values/??/*"):
            if is_digest(digest := f"{path.parent.name}{path.name}"):
                yield digest

    def packs(self) -> Iterator[bytes]:
        """Yield the names of the packs."""
        for path in self.packs_folder.glob("??/*"):
            if is_digest(name := f"{path.parent.name}{path.name}"):
                yield bytes.fromhex(name)

    def value(self, digest: str) -> KeptValue | None:
        """Read the file of a value; None if the value is not kept.

        Raises
        ------
        StoreCorruptError
            If it is damaged.
        """
        path = self.manifest_path(digest)
        try:
            data = read_checked(path)
        except FileNotFoundError:
            return None
        try:
            return recipes.decode(data)
        except ValueError as error:
            raise damaged(path, str(error)) from error

    def manifest(self, digest: str) -> dict[str, Any] | None:
        """Read how a value is laid out; None if it is not kept.

        Raises
        ------
        StoreCorruptError
            If its file is damaged.
        """
        value = self.value(digest)
        return None if value is None else value.manifest

    def put_value(self, digest: str, value: KeptValue) -> None:
        """Keep the file of a value whose chunks are kept already."""
        put_checked(self.folder, self.manifest_path(digest), recipes.encode(value))

    def put(self, digest: str, data: bytes) -> None:
        """Keep bytes that belong to no value, unless they are kept already."""
        path = self.part_path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not renew(self.folder, path):
            put_checked(self.folder, path, data)

    def open(self, digest: str) -> BinaryIO:
        """Read bytes that stand alone: those of `put`, and parts that earlier versions kept.

        Raises
        ------
        StoreCorruptError
            If they are damaged, or gone.
        """
        try:
            return io.BytesIO(read_checked(self.part_path(digest)))
        except FileNotFoundError as error:
            raise StoreCorruptError(
                f"The kept part {digest} is missing; run the component again to keep it anew."
            ) from error

    def manifest_path(self, digest: str) -> Path:
        """Tell where the file of a value is."""
        return self._path("values", digest)

    def part_path(self, digest: str) -> Path:
        """Tell where bytes are that stand alone."""
        return self._path("parts", digest)

    def pack_path(self, name: bytes) -> Path:
        """Tell where a pack is."""
        text = name.hex()
        return self.packs_folder / text[:2] / text[2:]

    def _path(self, section: str, digest: str) -> Path:
        if not is_digest(digest):
            raise ArgumentError(f"{digest!r} is not a digest.")
        return self.folder / section / digest[:2] / digest[2:]


def is_digest(text: str) -> bool:
    """Tell whether a text may be a digest."""
    return _DIGEST.fullmatch(text) is not None
