"""Texts as codes: whole numbers from 0 on, which stay the same when texts are added."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_MOST_NARROW: Final = numpy.iinfo(numpy.int8).max


class Codes:
    """Distinct texts, in the order in which they came; threads may add to them at once.

    Parameters
    ----------
    texts : iterable of str
        The first of them.

    Examples
    --------
    >>> codes = Codes(["no", "yes"])
    >>> codes.add(["yes", "maybe"]).tolist(), codes.texts, codes.ranks().tolist()
    ([1, 2], ['no', 'yes', 'maybe'], [1, 2, 0])
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.places: dict[str, int] = {}
        self._lock = Lock()
        self.add(texts)

    @property
    def texts(self) -> list[str]:
        """The texts in the order of their codes."""
        return list(self.places)

    def __len__(self) -> int:
        """Tell how many there are."""
        return len(self.places)

    def add(self, texts: Iterable[str]) -> NDArray[numpy.int32]:
        """Tell the codes of texts, and give one to those that have none yet."""
        places = self.places
        with self._lock:
            codes = [places.setdefault(text, len(places)) for text in texts]
        return numpy.array(codes, numpy.int32)

    def recode(self, codes: NDArray[numpy.int32], texts: Sequence[str | None]) -> NDArray[Any]:
        """Bring rows that have codes of other texts to these; -1 and None are no value.

        While there are few texts, a code takes one byte.
        """
        given = [place for place, text in enumerate(texts) if text is not None]
        added = self.add(text for text in texts if text is not None)
        kind = numpy.int8 if added.max(initial=0) <= _MOST_NARROW else numpy.int32
        new = numpy.full(len(texts) + 1, -1, kind)
        new[given] = added
        return new[codes]

    def ranks(self) -> NDArray[numpy.int32]:
        """Tell the place of each text when they are sorted."""
        ranks = numpy.empty(len(self), numpy.int32)
        texts = self.texts
        ranks[sorted(range(len(texts)), key=texts.__getitem__)] = numpy.arange(len(texts))
        return ranks
