"""What is to become of the details of runs, and the marks because of which they must stay."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select, union

from mltrace.store.database import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

_run, _pin, _flag, _write = schema.run, schema.pin, schema.flag, schema.write
_version, _artifact, _output = schema.version, schema.artifact, schema.output_id


class State(IntEnum):
    """What is to become of the details of a run; of several reasons the greatest counts."""

    UNKNOWN = 0
    GOING = 1
    GONE = 2
    """They were removed before."""
    RECENT = 3
    """They stay, for the run is younger than the age from which they may go."""
    LAST = 4
    """They stay, for it is one of the last runs of its component, as many as are to be kept."""
    LATEST = 5
    """They stay, for it is the latest run of its component, or the latest that succeeded."""
    RUNNING = 6
    NEEDED_BY_FLAGGED = 7
    FLAGGED = 8
    NEEDED_BY_PINNED = 9
    PINNED = 10


class Mark(NamedTuple):
    """Why runs, and all that is upstream of them, must stay: two states, and which runs."""

    state: State
    needed: State
    query: Any


MARKS: Final = (
    Mark(
        State.FLAGGED,
        State.NEEDED_BY_FLAGGED,
        union(
            select(_output.c.run_id)
            .join(_flag, _flag.c.subject == _output.c.output)
            .where(_flag.c.kind == "id", _flag.c.is_flagged),
            select(_write.c.run_id)
            .join(_version, _version.c.id == _write.c.version_id)
            .join(_artifact, _artifact.c.id == _version.c.artifact_id)
            .join(
                _flag,
                (_flag.c.subject == _artifact.c.identity) & (_flag.c.digest == _version.c.digest),
            )
            .where(_flag.c.kind == "version", _flag.c.is_flagged),
        ),
    ),
    Mark(
        State.PINNED,
        State.NEEDED_BY_PINNED,
        select(_run.c.id).join(_pin, _pin.c.run_uid == _run.c.uid).where(_pin.c.is_pinned),
    ),
)
"""The marks, the strongest last. What an open alert is about joins them here."""


def find_marked(connection: Connection) -> dict[State, frozenset[int]]:
    """Find the runs that are marked, by the state that it puts them in."""
    return {mark.state: frozenset(connection.execute(mark.query).scalars()) for mark in MARKS}
