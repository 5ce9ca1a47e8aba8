"""Reasons why a run is stale: what they are, and how they are said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from mltrace.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["old", "overtaken", "superseded", "fresher", "code", "parameter", "schema"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they are said. `fresher` are runs that did another job, such as the next
week's, and replace nothing; a pipeline that rolls on always has some."""

MOST_SAID: Final = 20
"""Reasons of one run that are said; the others are counted."""

_MOST_NAMES: Final = 3
_PATH_ENDS: Final = 3
"""Components that a long path keeps at each of its ends."""


class Finding(NamedTuple):
    """A reason, said of the run itself and said as seen from a run downstream of it.

    `upstream` is empty if the reason does not spread. `of` names the input that it is about, or the
    component that made it; empty if it is about none.
    """

    kind: Kind
    own: str
    upstream: str
    of: str = ""


class Reason(NamedTuple):
    """Why a run is stale.

    Attributes
    ----------
    kind : str
        Of what sort the reason is.
    text : str
        The reason in words, without the path.
    run : str
        The id of the run upstream, or of the run itself, that the reason lies with.
    path : tuple of str
        The components from the stale run to that one; just one if it is the run itself.
    of : str
        The input of the run itself that it is about, or the component that made that.
    """

    kind: Kind
    text: str
    run: str
    path: tuple[str, ...]
    of: str = ""

    def said(self) -> str:
        """Say the reason with its path.

        Examples
        --------
        >>> Reason("code", "the code of clean changed since", "01", ("train", "clean")).said()
        'the code of clean changed since (path: train ← clean)'
        """
        return f"{self.text} (path: {path_text(self.path)})" if len(self.path) > 1 else self.text


def in_order(reasons: Sequence[Reason]) -> list[Reason]:
    """Order reasons most upstream first, then by kind; of equal ones the shortest path is kept."""
    nearest: dict[tuple[str, str], Reason] = {}
    for reason in sorted(reasons, key=lambda one: len(one.path)):
        nearest.setdefault((reason.kind, reason.text), reason)
    return sorted(
        nearest.values(), key=lambda one: (-len(one.path), KINDS.index(one.kind), one.text)
    )


def say(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """Say ordered reasons, at most `MOST_SAID` of them, then how many more there are."""
    said = [reason.said() for reason in reasons[:MOST_SAID]]
    more = len(reasons) - len(said)
    return (*said, f"and {more:,} more") if more else tuple(said)


def path_text(path: Sequence[str]) -> str:
    """Say a path; a long one is cut in its middle.

    Examples
    --------
    >>> path_text(("predict", "train", "clean"))
    'predict ← train ← clean'
    >>> path_text([f"step{number}" for number in range(9)])
    'step0 ← step1 ← step2 ← … 3 more … ← step6 ← step7 ← step8'
    """
    middle = len(path) - 2 * _PATH_ENDS
    if middle > 1:
        path = [*path[:_PATH_ENDS], f"… {middle} more …", *path[-_PATH_ENDS:]]
    return " ← ".join(path)


def newer_text(names: Sequence[str]) -> str:
    """Say of what newer versions exist; of many the first few are named.

    Examples
    --------
    >>> newer_text(["raw.csv"]), newer_text(["a", "b", "c", "d"])
    ('a newer raw.csv exists', 'newer versions of a, b, c and 1 more exist')
    """
    if len(names) == 1:
        return f"a newer {names[0]} exists"
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES])
    return f"newer versions of {shown}{f' and {more} more' if more > 0 else ''} exist"


def short_uid(uid: bytes) -> str:
    """Cut a run id to its millisecond, by which every verb finds it.

    Examples
    --------
    >>> short_uid(bytes.fromhex("01938b5e8c0070008000000000000001"))
    '01938b5e-8c00'
    """
    digits = uid.hex()
    return f"{digits[:8]}-{digits[8:12]}"


def day_text(moment: int, seen_from: int) -> str:
    """Name the day of a moment, with the time if that is needed to tell the two apart.

    Examples
    --------
    >>> day_text(0, 86_400_000_000_000), day_text(0, 60_000_000_000)
    ('1970-01-01', '1970-01-01 at 00:00:00 UTC')
    """
    at = to_datetime(moment)
    if at.date() == to_datetime(seen_from).date():
        return f"{at:%Y-%m-%d} at {at:%H:%M:%S} UTC"
    return f"{at:%Y-%m-%d}"
