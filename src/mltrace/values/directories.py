"""Directories and partitioned datasets: a digest over the paths and digests of their files."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from mltrace.escaping import encodable
from mltrace.values.described import Described, Member, over_limit
from mltrace.values.digests import digest_of_items
from mltrace.values.file_digests import FileDigest, digest_file, file_part
from mltrace.values.identity import file_identity

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ENTRIES = 100_000
MAX_MEMBERS = 400
"""Files of a directory that are known one by one."""
# A store inside of a dataset changes with every run that is logged.
_SKIPPED = frozenset({".mltrace"})


class TooManyEntriesError(OSError):
    """A directory has more entries than are looked at."""


def describe_directory(path: str, keep_limit_bytes: int | None, *, name: str) -> Described:
    """Describe a directory by the relative paths and the bytes of the files below it.

    Links to files are followed, links to directories are not: where they lead is their content.
    Empty directories are not content.
    """
    identity = file_identity(path)
    root = os.path.abspath(path)
    try:
        found = dict(sorted(_files(root)))
    except OSError as error:
        said = error.strerror or (error.args[0] if error.args else "it cannot be read")
        return Described(
            "file", name=name, identity=identity, reason=f"{type(error).__name__}: {said}"
        )
    size = sum(file.size for file in found.values())
    items = [item for key, file in found.items() for item in (os.fsencode(key), _bytes(file))]
    is_kept = keep_limit_bytes is not None and size <= keep_limit_bytes
    reason = None
    if keep_limit_bytes is not None and not is_kept:
        reason = over_limit(size, keep_limit_bytes)
    parts = {
        file.digest: file_part(os.path.join(root, key), file)
        for key, file in found.items()
        if is_kept and not key.endswith(_LINK_MARK)
    }
    files = {encodable(key): file.digest for key, file in found.items() if file.digest in parts}
    return Described(
        "file",
        digest=digest_of_items("directory", items).hex(),
        size_bytes=size,
        trivial=size == 0,
        reason=reason,
        name=name,
        identity=identity,
        parts=tuple(parts.values()),
        manifest={"format": "file", "files": files} if is_kept else None,
        members=_members(found) if len(found) <= MAX_MEMBERS else (),
    )


def _members(found: dict[str, FileDigest]) -> tuple[Member, ...]:
    return tuple(
        [
            Member(encodable(key), file.digest, file.size)
            for key, file in found.items()
            if not key.endswith(_LINK_MARK)
        ]
    )


# No file name has a NUL in it, so a link cannot be mistaken for a file.
_LINK_MARK = "\0link"


def _files(root: str) -> Iterator[tuple[str, FileDigest]]:
    num_entries, pending = 0, [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                num_entries += 1
                if num_entries > MAX_ENTRIES:
                    raise TooManyEntriesError(f"it has over {MAX_ENTRIES} entries")
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED:
                        pending.append(entry.path)
                    continue
                key = os.path.relpath(entry.path, root).replace(os.sep, "/")
                yield _digested(entry, key)


def _digested(entry: os.DirEntry[str], key: str) -> tuple[str, FileDigest]:
    try:
        status = entry.stat()
    except FileNotFoundError:
        if not entry.is_symlink():
            raise
        status = entry.stat(follow_symlinks=False)
    if stat.S_ISREG(status.st_mode):
        return key, digest_file(entry.path, status)
    target = os.readlink(entry.path) if entry.is_symlink() else stat.filemode(status.st_mode)[0]
    return key + _LINK_MARK, FileDigest(
        digest_of_items("link", [os.fsencode(target)]).hex(), 0, None
    )


def _bytes(file: FileDigest) -> bytes:
    return bytes.fromhex(file.digest)
