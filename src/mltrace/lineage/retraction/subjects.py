"""Says whose data an artifact version holds: labels become a set, an artifact its digest."""

from __future__ import annotations

import math
import os
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mltrace.errors import ArgumentError, UnknownNameError
from mltrace.escaping import encodable
from mltrace.lineage.refs import load_refs
from mltrace.lineage.targets import resolve_version
from mltrace.records import ArtifactRef, SubjectSet
from mltrace.store.facts import SubjectFact
from mltrace.times import now_ns
from mltrace.values.digests import digest_of_bytes
from mltrace.values.explicit import File, id_items, id_texts
from mltrace.values.identity import file_identity, is_uri, may_name_file
from mltrace.values.kinds import recognise

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mltrace.store.kept.blobs import Blobs
    from mltrace.values.described import Described

_EXACT: Final = 2**53  # from there on floats skip whole numbers
_ACCEPTED: Final = (
    "a name, name@digest, path, ArtifactRef, File, Artifact, or a value such as a data frame"
)


class Labelled(NamedTuple):
    """An artifact version that labels are given to."""

    name: str
    digest: str
    identity: str

    def holding(self, num_labels: int, *, num_missing: int) -> SubjectSet:
        """Make the record of the labels that were given to it."""
        return SubjectSet(
            name=self.name,
            digest=self.digest or None,
            num_labels=num_labels,
            num_missing=num_missing,
        )


def label_text(label: Any) -> str:
    """Turn one label into text: 1 and "1" are the same.

    Raises
    ------
    ArgumentError
        If it is neither text, a whole number nor a UUID, or is missing or empty.

    Examples
    --------
    >>> label_text(1), label_text("alice")
    ('1', 'alice')
    """
    if isinstance(label, list | tuple | set | frozenset | dict):
        raise ArgumentError(f"A label is one text, not a {type(label).__name__} of them.")
    if _plain(label) is None:
        raise ArgumentError(f"A label is one text or whole number; {label!r} names nobody.")
    return label_texts([label], taker="retract").texts[0]


class LabelTexts(NamedTuple):
    """Labels as texts, and how many were missing."""

    texts: list[str]
    num_missing: int


def label_texts(labels: Any, *, taker: str = "subject", noun: str = "label") -> LabelTexts:
    """Turn one label, or a list or column of labels, into texts; missing ones are left out.

    Raises
    ------
    ArgumentError
        If there is none, or one of them is empty or of another type.

    Examples
    --------
    >>> label_texts([1.0, float("nan"), 2.0])
    LabelTexts(texts=['1', '2'], num_missing=1)
    """
    if isinstance(labels, str | int | uuid.UUID):
        labels = [labels]
    items = id_items(labels, taker=taker, noun=noun)
    if not set(map(type, items)) <= {str, int, uuid.UUID}:
        items = list(map(_plain, items))
    missing = {at for at, item in enumerate(items) if item is None}
    filled = ["missing" if item is None else item for item in items] if missing else items
    texts = id_texts(filled, taker=taker, noun=noun)
    if missing:
        texts = [text for at, text in enumerate(texts) if at not in missing]
    return LabelTexts(_sound(texts, noun), len(missing))


def _plain(item: Any) -> Any:
    """Let what is missing be None, and a whole number in a column of floats be one."""
    if type(item).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(item, float):
        if math.isnan(item):
            return None
        if item.is_integer() and abs(item) < _EXACT:
            return int(item)
    return item


def _sound(texts: list[str], noun: str) -> list[str]:
    if not texts:
        raise ArgumentError(f"There are no {noun}s; give at least one, such as 'alice'.")
    if "" in texts:
        raise ArgumentError(
            f"The {noun} at position {texts.index('')} is an empty text, which names nobody."
        )
    return [encodable(text) for text in texts] if not all(map(str.isascii, texts)) else texts


def labelled_value(on: Any) -> Labelled | None:
    """Find the version that a value or an existing file is, without asking the catalog.

    Returns
    -------
    Labelled or None
        None for a name, which only the catalog can tell.

    Raises
    ------
    ArgumentError
        If `on` is nothing that can be an artifact, or its content cannot be digested.
    """
    if isinstance(on, ArtifactRef):
        return Labelled(on.name, on.digest or "", on.identity or on.name)
    if isinstance(on, os.PathLike) and not isinstance(on, File):
        return labelled_value(File(on)) if os.path.exists(on) else None
    if isinstance(on, str):
        is_here = is_uri(on) or (may_name_file(on) and os.path.exists(on))
        return labelled_value(File(on)) if is_here else None
    if isinstance(on, File) and not is_uri(on.path) and not os.path.exists(on.path):
        return None
    kind = None if isinstance(on, int | uuid.UUID) else recognise(on)
    if kind is None:
        raise ArgumentError(f"on= takes {_ACCEPTED}, not a {type(on).__name__}.")
    return _labelled(on, kind.describe(on))


def labelled_name(connection: Connection, on: str | os.PathLike[str]) -> Labelled:
    """Find the version that a name means; one that only the file system knows is a file.

    Raises
    ------
    UnknownNameError
        If there is no such artifact; the message lists the nearest matches.
    """
    try:
        version_id = resolve_version(connection, on)
    except UnknownNameError:
        if os.path.exists(on) and (found := labelled_value(File(on))) is not None:
            return found
        raise
    ref = load_refs(connection, [version_id])[version_id]
    return Labelled(ref.name, ref.digest or "", ref.identity)


def keep_labels(blobs: Blobs, labels: list[str], labelled: Labelled) -> SubjectFact:
    """Keep a set of labels, unless an equal one is kept; return the fact that a version has it."""
    from mltrace.store.kept import label_sets  # loads numpy, which other verbs do not need

    data, num_labels = label_sets.pack(labels)
    key = digest_of_bytes(data)

    blobs.put(key, data)
    return SubjectFact(
        digest=labelled.digest,
        identity=labelled.identity,
        labels=key,
        count=num_labels,
        at=now_ns(),
    )


def _labelled(on: Any, described: Described) -> Labelled:
    name = described.name or type(on).__name__
    identity = described.identity or (file_identity(on.path) if isinstance(on, File) else "")
    if not described.digest and not identity:
        why = f": {described.reason}" if described.reason else ""
        raise ArgumentError(
            f"The content of this {name} has no digest{why}; give the name of its artifact."
        )
    return Labelled(name, described.digest or "", identity)
