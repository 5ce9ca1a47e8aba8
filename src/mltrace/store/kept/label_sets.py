"""Sets of labels of data subjects, small on disk and quick to look into.

A label is kept as the first 64 bits of its blake3 digest. The digests are sorted, parted into
chunks, and each chunk is packed by itself: the differences between neighbours, bytes of equal
weight together, compressed. A header lists where each chunk ends and its first digest, so that to
look up a label unpacks one chunk. A label is mistaken for one of a million once in 10^13 times.

Layout, little-endian: the magic, the number of labels and of chunks (two 64-bit numbers), for each
chunk its first digest and its end behind the header (two 64-bit numbers each), then the chunks.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np
from blake3 import blake3

from mltrace.errors import StoreCorruptError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

CHUNK_LABELS: Final = 65_536
_MAGIC: Final = b"mtlabel1"
_WORD: Final = np.dtype("<u8")
_LEVEL: Final = 1
"""What is left after the bytes are parted by weight is nearly random: more effort finds nothing."""


def label_key(label: str) -> int:
    """Digest a label to 64 bits.

    Examples
    --------
    >>> label_key("alice") == label_key("alice"), label_key("alice") == label_key("Alice")
    (True, False)
    """
    return int.from_bytes(blake3(label.encode("utf-8", "surrogatepass")).digest(8), "little")


def pack(labels: Iterable[str]) -> tuple[bytes, int]:
    """Pack a set of labels; return its bytes and the number of different labels.

    Equal sets have equal bytes, whatever the order and the repetitions of their labels.

    Notes
    -----
    Cost: two seconds for a million labels, nearly all of it for their digests; 5.8 bytes a label,
    where 5.7 are the least that a set of random 64-bit numbers takes.

    Examples
    --------
    >>> data, num_labels = pack(["alice", "bob", "alice"])
    >>> num_labels, holds(data, "bob"), holds(data, "carol")
    (2, True, False)
    """
    digests = b"".join(
        [blake3(label.encode("utf-8", "surrogatepass")).digest(8) for label in set(labels)]
    )
    keys = np.unique(np.frombuffer(digests, _WORD))
    chunks = [_pack_chunk(keys[at : at + CHUNK_LABELS]) for at in _starts(len(keys))]
    ends = np.cumsum([len(chunk) for chunk in chunks], dtype=_WORD)
    index = np.column_stack([keys[::CHUNK_LABELS], ends]).astype(_WORD)
    counts = np.array([len(keys), len(chunks)], _WORD)
    return b"".join([_MAGIC, counts.tobytes(), index.tobytes(), *chunks]), len(keys)


def holds(data: bytes, label: str) -> bool:
    """Tell whether a packed set holds a label; unpacks one chunk.

    Raises
    ------
    StoreCorruptError
        If the bytes are no packed set.
    """
    return bool(held(data, [label]))


def held(data: bytes, labels: Iterable[str]) -> set[str]:
    """List which of some labels a packed set holds; unpacks each chunk that may hold one, once.

    Raises
    ------
    StoreCorruptError
        If the bytes are no packed set.
    """
    index, body = _read_index(data)
    firsts = index[:, 0]
    wanted: dict[int, list[tuple[int, str]]] = {}
    for label in labels:
        key = label_key(label)
        chunk = int(np.searchsorted(firsts, np.uint64(key), side="right")) - 1
        if chunk >= 0:
            wanted.setdefault(chunk, []).append((key, label))
    found = set()
    for chunk, pairs in wanted.items():
        start = int(index[chunk - 1, 1]) if chunk else 0
        keys = _unpack_chunk(body[start : int(index[chunk, 1])])
        for key, label in pairs:
            at = int(np.searchsorted(keys, np.uint64(key)))
            if at < len(keys) and int(keys[at]) == key:
                found.add(label)
    return found


def _starts(num_labels: int) -> range:
    return range(0, num_labels, CHUNK_LABELS)


def _pack_chunk(keys: NDArray[np.uint64]) -> bytes:
    steps = np.diff(keys, prepend=keys[:1] - keys[:1])
    by_weight = steps.astype(_WORD).view(np.uint8).reshape(-1, 8).T
    return zlib.compress(by_weight.tobytes(), _LEVEL)


def _unpack_chunk(data: memoryview) -> NDArray[np.uint64]:
    try:
        by_weight = np.frombuffer(zlib.decompress(data), np.uint8)
    except zlib.error as error:
        raise StoreCorruptError(f"A set of labels is damaged: {error}.") from error
    steps = np.ascontiguousarray(by_weight.reshape(8, -1).T).view(_WORD).ravel()
    return np.cumsum(steps, dtype=np.uint64)


def _read_index(data: bytes) -> tuple[NDArray[np.uint64], memoryview]:
    head = len(_MAGIC) + 2 * _WORD.itemsize
    if data[: len(_MAGIC)] != _MAGIC or len(data) < head:
        raise StoreCorruptError("A set of labels is damaged: it does not begin like one.")
    num_chunks = int(np.frombuffer(data, _WORD, count=2, offset=len(_MAGIC))[1])
    end = head + num_chunks * 2 * _WORD.itemsize
    if len(data) < end:
        raise StoreCorruptError("A set of labels is damaged: its index is cut.")
    index = np.frombuffer(data, _WORD, count=num_chunks * 2, offset=head).reshape(-1, 2)
    return index, memoryview(data)[end:]
