"""Folders across a run: which of their files it read and which it wrote.

A folder that is handed to a function is one artifact, and so is each file in it, so that lineage
leads from the run that wrote a file to the run that read its folder, and the other way round. Of a
folder that the run changed, only what it was seen to read is an input, and only what it touched
an output: runs that share a working folder do not depend on each other for that.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import msgspec

from mltrace.capture.boundary import Crossing
from mltrace.capture.guard import harmless
from mltrace.values.described import Described
from mltrace.values.explicit import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mltrace.capture.files import FileWatch
    from mltrace.values.described import Member

_READ_UNSEEN: Final = (".parquet", ".arrow", ".feather", ".ipc", ".orc", ".avro")
"""Files that compiled libraries open by themselves, which nobody sees."""


def written(crossings: Iterable[Crossing], watch: FileWatch) -> list[Crossing]:
    """Leave of the files of each folder that was written only those that the run touched."""
    return [_written(crossing, watch) or crossing for crossing in crossings]


@harmless(default=None)
def _written(crossing: Crossing, watch: FileWatch) -> Crossing:
    return only(crossing, watch.touched_below(crossing.described.identity or ""))


def only(crossing: Crossing, touched: frozenset[str] | None) -> Crossing:
    """Leave of the files of a folder only those that were touched; all if that is not known."""
    if touched is None or not crossing.described.members:
        return crossing
    members = tuple([member for member in crossing.described.members if member.path in touched])
    described = msgspec.structs.replace(crossing.described, members=members)
    return dataclasses.replace(crossing, described=described)


def read_inside(inputs: Sequence[Crossing], watch: FileWatch) -> list[Crossing]:
    """Take as inputs the files that were read of folders that the run changed."""
    return [
        _as_file(crossing, member)
        for crossing, identity, seen in _folders(inputs, watch)
        if identity in watch.touched
        for member in crossing.described.members
        if member.path in seen
    ]


def unread_inside(inputs: Sequence[Crossing], watch: FileWatch) -> list[str]:
    """List the files of the folders among the inputs that the run did not read.

    Of a folder that it did not change and of which it was not seen to open any file, it may have
    read them all.
    """
    return [
        _path(identity, member)
        for crossing, identity, seen in _folders(inputs, watch)
        for member in crossing.described.members
        if (identity in watch.touched)
        or (seen and member.path not in seen and not member.path.endswith(_READ_UNSEEN))
    ]


def _folders(
    inputs: Iterable[Crossing], watch: FileWatch
) -> Iterator[tuple[Crossing, str, frozenset[str]]]:
    for crossing in inputs:
        if crossing.described.members:
            identity = crossing.described.identity or ""
            yield crossing, identity, watch.read_below(identity)


def _as_file(crossing: Crossing, member: Member) -> Crossing:
    described = crossing.described
    name = _path(described.name or crossing.name, member)
    return Crossing(
        name,
        File(name),
        Described(
            "file",
            digest=member.digest,
            size_bytes=member.size,
            trivial=member.size == 0,
            name=name,
            identity=_path(described.identity or "", member),
        ),
        crossing.at,
    )


def _path(folder: str, member: Member) -> str:
    return f"{folder.rstrip('/')}/{member.path}"
