"""Patterns of texts: what kinds of characters they are made of, as in 'AA-999' or 'a@a.a'."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from mltrace.records import ValueCount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

MAX_CHARACTERS: Final = 64
"""Of longer texts, only these are kept and looked at."""
CUT: Final = "…"
_MANY: Final = 12
_MAX_PATTERNS: Final = 16
_SHORT_RUN: Final = 4


class _Classes(dict[int, str]):
    """What stands for each character; learnt as characters come."""

    def __missing__(self, code: int) -> str:
        self[code] = _class_of(chr(code))
        return self[code]


def _class_of(character: str) -> str:
    if character == "\n":
        return character  # parts the texts of `shapes_of`
    category = unicodedata.category(character)
    if category == "Lu":
        return "A"
    if category.startswith(("L", "M")):
        return "a"
    if category.startswith("N"):
        return "9"
    if category.startswith(("Z", "C")):
        return " "
    return character if character.isascii() else "*"


_CLASSES: Final = _Classes()


def shapes_of(texts: Sequence[str]) -> list[str]:
    """Replace each character of texts by one that stands for its kind.

    Capital letters become 'A', other letters 'a', digits '9'; ASCII's other characters stay, what
    is neither is '*'. Texts are looked at up to their 64th character.

    Notes
    -----
    All at once takes a tenth of the time that one by one does.

    Examples
    --------
    >>> shapes_of(["UA-837", "ana@mail.de", "😀 ok"])
    ['AA-999', 'aaa@aaaa.aa', '* aa']
    """
    if not texts:
        return []
    cut = [text[:MAX_CHARACTERS] for text in texts]
    lines = "\n".join(cut)
    if lines.count("\n") >= len(texts):
        lines = "\n".join(text.replace("\n", " ") for text in cut)
    shapes = lines.translate(_CLASSES).split("\n")
    if cut == texts:
        return shapes
    return [
        shape + CUT if len(text) > MAX_CHARACTERS else shape
        for shape, text in zip(shapes, texts, strict=True)
    ]


def _count_runs(shape: str) -> str:
    return re.sub(r"(\w)\1{4,}", lambda run: f"{run[1]}{{{len(run[0])}}}", shape)


def _shorten_runs(shape: str) -> str:
    return re.sub(r"(.)\1+", r"\1", shape)


def _count_words(shape: str) -> str:
    return re.sub(r"\w+", lambda word: f"x{{{len(word[0])}}}" if len(word[0]) > 1 else "x", shape)


def _shorten_words(shape: str) -> str:
    return re.sub(r"(.)\1+", r"\1", re.sub(r"\w+", "x", shape))


_WAYS: Final[tuple[Callable[[str], str], ...]] = (
    _count_runs,
    _shorten_runs,
    _count_words,
    _shorten_words,
)


def patterns_of(shapes: Iterable[tuple[str, float]]) -> tuple[ValueCount, ...]:
    """Sum up the shapes of texts: in as much detail as leaves few of them.

    Parameters
    ----------
    shapes : iterable of tuples (str, float)
        The shapes, and how many rows have each.

    Notes
    -----
    Runs of one kind keep their lengths ('AA-999', 'a{12}'); where this gives more than 12
    patterns, runs are one character ('a@a.a'); then letters and digits are alike, with the
    lengths of words ('x{8}-x{4}'), and at last without.

    Examples
    --------
    >>> [(one.value, one.count) for one in patterns_of([("AA-999", 4), ("AA-99", 1)])]
    [('AA-999', 4), ('AA-99', 1)]
    """
    weighed = dict[str, float]()
    for shape, count in shapes:
        weighed[shape] = weighed.get(shape, 0) + count
    counts = dict[str, float]()
    for way in _WAYS:
        at_most = len(weighed) if way is _WAYS[-1] else _MANY
        if counts := _counted(weighed, way, at_most=at_most):
            break
    ordered = sorted(counts, key=lambda pattern: (-counts[pattern], pattern))
    told = ((pattern, round(counts[pattern])) for pattern in ordered[:_MAX_PATTERNS])
    return tuple(ValueCount(value=pattern, count=count) for pattern, count in told if count)


def _counted(
    shapes: Mapping[str, float], way: Callable[[str], str], *, at_most: int
) -> dict[str, float]:
    """Count patterns; nothing if there are more than so many."""
    counts = dict[str, float]()
    for shape, count in shapes.items():
        pattern = way(shape)
        counts[pattern] = counts.get(pattern, 0) + count
        if len(counts) > at_most:
            return {}
    return counts
