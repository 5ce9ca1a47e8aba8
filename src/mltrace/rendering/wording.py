"""Says numbers, times and ids in words."""

from __future__ import annotations

from datetime import UTC
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mltrace.rendering.lines import Span, Style

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mltrace.records import ArtifactRef, Run

STATUS_GLYPHS: Final[dict[str, tuple[str, Style]]] = {
    "succeeded": ("✓", ""),
    "passed": ("✓", ""),
    "failed": ("✗", "failed"),
    "error": ("✗", "failed"),
    "aborted": ("⊘", "failed"),
    "running": ("◌", "running"),
    "skipped": ("·", "dim"),
}
_MAX_EXACT: Final = 2**53
"""From here on not every whole number is a float."""
_ID_MILLISECONDS: Final = 13
_ID_LEAST: Final = 8


def status(word: str) -> Span:
    """Say a status by glyph and word; only what needs attention is coloured."""
    glyph, style = STATUS_GLYPHS.get(word, ("·", ""))
    return Span(f"{glyph} {word}", style)


def age(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was; a moment far away is said as its date.

    Examples
    --------
    >>> from datetime import datetime, timedelta, UTC
    >>> now = datetime(2013, 7, 1, tzinfo=UTC)
    >>> age(now - timedelta(minutes=3, seconds=10), now), age(now - timedelta(days=200), now)
    ('3 minutes ago', '2012-12-13')
    """
    seconds = (now - moment).total_seconds()
    if seconds < -1 or seconds >= 90 * 86_400:
        return f"{moment.astimezone(UTC):%Y-%m-%d}"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            return f"{count(int(seconds // size), unit)} ago"
    return "just now"


def moment_text(moment: datetime, now: datetime | None = None) -> str:
    """Say a moment in full, in UTC, with its age where `now` is given."""
    text = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    said = age(moment, now) if now is not None else ""
    return f"{text} ({said})" if said.endswith(("ago", "now")) else text


def took(seconds: float | None) -> str:
    """Say a duration briefly.

    Examples
    --------
    >>> took(0.0123), took(1.24), took(95), took(None)
    ('12 ms', '1.2 s', '1.6 min', '')
    """
    if seconds is None:
        return ""
    for size, unit in ((86_400.0, "days"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.001 else f"{seconds * 1e6:.0f} µs"


def size(num_bytes: int) -> str:
    """Say a size in decimal units.

    Examples
    --------
    >>> size(812), size(3_412_000)
    ('812 B', '3.4 MB')
    """
    value, unit = float(num_bytes), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):  # noqa: B007 (the unit reached is what is said)
        if value < 999.5:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def count(number: int, noun: str) -> str:
    """Say a number of things.

    Examples
    --------
    >>> count(1, "run"), count(52_000, "run")
    ('1 run', '52,000 runs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def value_text(value: Any) -> str:
    """Say a parameter: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def metric_text(value: float | None) -> str:
    """Say a metric: a whole number without a fraction, a missing one as null.

    Examples
    --------
    >>> metric_text(0.0), metric_text(0.25), metric_text(None)
    ('0', '0.25', 'null')
    """
    if value is not None and abs(value) < _MAX_EXACT and value.is_integer():
        return str(int(value))
    return value_text(value)


def short_digest(digest: str | None) -> str:
    """Say a digest by its first 8 digits, which every verb takes back as `name@digest`."""
    return (digest or "")[:8]


def versioned(ref: ArtifactRef) -> str:
    """Say an artifact version as `name@digest`.

    The name is spelled as the user spelled it, the digest cut to 8 digits.
    """
    return f"{ref.name}@{short_digest(ref.digest)}" if ref.digest else ref.name


def place_text(artifact: str | None, component: str | None, subject: str = "") -> str:
    """Say where something is: the last part of an artifact's name, and by which component.

    Examples
    --------
    >>> place_text("batches/2013-W22/weather.parquet", "ingest")
    'weather.parquet by ingest'
    >>> place_text(None, None, "select count(*) from runs")
    'select count(*) from runs'
    """
    if not artifact:
        return component or subject
    name = artifact.rpartition("/")[2] or artifact
    return name if component in (None, "", name) else f"{name} by {component}"


def names_text(names: Sequence[str], *, most: int = 3) -> str:
    """Say the first few of some names, and how many more there are.

    Examples
    --------
    >>> names_text(["temp", "hour", "dewp", "wind"])
    'temp, hour, dewp and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def short_ids(ids: Collection[str]) -> dict[str, str]:
    """Cut ids to prefixes of one length by which they differ.

    A UUIDv7 begins with its millisecond in 13 characters; fewer would look alike, and be
    ambiguous in the store, for all runs of one minute.

    Examples
    --------
    >>> short_ids(["01938b5e-8c00-7abc-8000-000000000001", "01938b5e-8c00-7abd-8000-000000000002"])
    {'01938b5e-8c00-7abc-8000-000000000001': '01938b5e-8c00-7abc',
     '01938b5e-8c00-7abd-8000-000000000002': '01938b5e-8c00-7abd'}
    """
    distinct = sorted(set(ids))
    is_uuid7 = any(len(one) == 36 and one[14] == "7" for one in distinct)
    length = _ID_MILLISECONDS if is_uuid7 else _ID_LEAST
    for before, after in pairwise(distinct):
        if before[:length] == after[:length]:
            length = 1 + next(
                (
                    at
                    for at, pair in enumerate(zip(before, after, strict=False))
                    if len({*pair}) > 1
                ),
                len(before),
            )
    return {one: one[:length] for one in distinct}


def attention(run: Run) -> list[Span]:
    """List what is wrong with a run in a few words, the worst first."""
    found: list[Span] = []
    bad = sum(check.status in {"failed", "error"} for check in run.checks)
    if bad:
        found.append(Span(f"✗ {bad} of {count(len(run.checks), 'check')}", "failed"))
    if run.error is not None:
        found.append(Span(run.error.type.rpartition(".")[2], "failed"))
    if any(ref.flagged for ref in run.outputs):
        found.append(Span("⚑ flagged", "flagged"))
    if run.stale:
        found.append(Span("◷ stale", "stale"))
    return found
