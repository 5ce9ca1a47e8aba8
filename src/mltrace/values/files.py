"""Local files and directories: paths, and texts that name an existing file."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

from mltrace.escaping import encodable
from mltrace.values.described import Described, over_limit
from mltrace.values.file_digests import digest_file, file_part
from mltrace.values.identity import absolute_path, looks_like_path
from mltrace.values.kinds import OpenPart, ValueKind, kinds

if TYPE_CHECKING:
    from mltrace.values.wanted import Wanted

NO_SUCH_FILE = "no such file"
_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


class FileKind(ValueKind):
    """Files and directories of this machine, by content.

    A path object is one whether or not the file exists. A text is one if it names an existing
    file, or an existing directory and has a separator in it.
    """

    key = "file"
    kind = "file"

    def handles(self, cls: type) -> bool:
        """Tell whether a type is a path or text."""
        return issubclass(cls, str | os.PathLike)

    def accepts(self, value: Any) -> bool:
        """Tell whether a value is a path or names an existing file."""
        if not isinstance(value, str):
            return True
        if not looks_like_path(value):
            return False
        try:
            if not os.access(value, os.F_OK):  # half the time of a look at what is not there
                return False
            mode = os.stat(value).st_mode
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(mode) or (stat.S_ISDIR(mode) and os.sep in value)

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe a file by its bytes, a directory by its files; links are followed."""
        return describe_path(os.fspath(value), keep_limit_bytes)

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring the bytes of a file back, or the table in it; of a directory, bytes by path."""
        if "digest" not in manifest:
            wanted.refuse_pieces("A directory")
            wanted.refuse_forms("A directory", "bytes")
            files = manifest["files"].items()
            return {path: bytes(open_part(digest).read()) for path, digest in files}
        part = open_part(manifest["digest"])
        if wanted.form not in (None, "bytes"):
            from mltrace.values.converting import convert
            from mltrace.values.table_files import read_table_file

            return convert(read_table_file(part.stream(), wanted.name, wanted), wanted.form)
        wanted.refuse_pieces("A file as bytes")
        return bytes(part.read())


def describe_path(given: str | bytes, keep_limit_bytes: int | None, *, name: str = "") -> Described:
    """Describe the file or directory at a path; never opens pipes or devices."""
    path = os.fsdecode(given)
    absolute = absolute_path(path)
    identity = encodable(absolute)
    name = name or encodable(path)
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        return Described("file", name=name, identity=identity, reason=_absent(path, error))
    if stat.S_ISDIR(status.st_mode):
        from mltrace.values.directories import describe_directory

        return describe_directory(path, keep_limit_bytes, name=name)
    if not stat.S_ISREG(status.st_mode):
        said = f"not read: it is {_SPECIAL.get(stat.S_IFMT(status.st_mode), 'no regular file')}"
        return Described("file", name=name, identity=identity, reason=said)
    try:
        found = digest_file(absolute, status)
    except OSError as error:
        said, size = _failed(error), status.st_size
        return Described("file", size_bytes=size, name=name, identity=identity, reason=said)
    is_kept = keep_limit_bytes is not None and found.size <= keep_limit_bytes
    reason = None
    if keep_limit_bytes is not None and not is_kept:
        reason = over_limit(found.size, keep_limit_bytes)
    return Described(
        "file",
        digest=found.digest,
        size_bytes=found.size,
        trivial=found.size == 0,
        reason=reason,
        name=name,
        identity=identity,
        parts=(file_part(absolute, found),) if is_kept else (),
        manifest={"format": "file", "digest": found.digest} if is_kept else None,
    )


def _absent(path: str, error: OSError | ValueError) -> str:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        return _failed(error)
    return "broken symbolic link" if os.path.islink(path) else NO_SUCH_FILE


def _failed(error: OSError | ValueError) -> str:
    # The text of the operating system alone: the whole message would repeat the path.
    said = getattr(error, "strerror", None) or (error.args[0] if error.args else "")
    return f"{type(error).__name__}: {said or 'the file cannot be read'}"


kinds.add(FileKind.key, FileKind())
