"""Errors of PostgreSQL in our words: what failed, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.errors import StoreCorruptError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.exc import DBAPIError

_AWAY: Final = (
    "What is logged waits on this machine and is not lost; once the database answers: mltrace sync."
)
_BY_STATE: Final[Mapping[str, str]] = {
    "25006": "it takes no writes: it is a replica, or set read-only",
    "28000": "it does not let this user in",
    "28P01": "it does not accept this password; it may also stand in ~/.pgpass or PGPASSWORD",
    "3D000": "there is no such database; make it: createdb NAME",
    "42501": "this user has no right to that; see the grants in docs/postgresql.md",
    "42P01": "its tables are gone; they are made anew when it is opened again",
    "42P07": (
        "tables of something else are in the way; give the store a schema of its own: "
        "?schema=mltrace"
    ),
    "3F000": "there is no schema to make tables in; name one: ?schema=mltrace",
    "53100": "its disk is full",
    "53300": "it has no connection left; close some, or raise max_connections",
    "55P03": (
        "another process has been writing to it for too long; try again, or look into "
        "pg_stat_activity and pg_locks for what it waits for"
    ),
    "57014": "the statement was cancelled",
}
_DAMAGED: Final = frozenset({"XX001", "XX002"})


def explain(error: DBAPIError, name: str) -> StoreError:
    """Make our error of one that the driver raised at the store of that name."""
    state = getattr(error.orig, "sqlstate", None) or ""
    reason = _first_line(str(error.orig))
    if state in _DAMAGED:
        return StoreCorruptError(f"The catalog of the store {name} is damaged: {reason}.")
    if state in _BY_STATE:
        return StoreError(f"The store {name} cannot be used: {_BY_STATE[state]} ({reason}).")
    is_away = not state or state.startswith(("08", "57P"))
    if is_away or error.connection_invalidated:
        return StoreError(f"The store {name} cannot be reached: {reason}. {_AWAY}")
    return StoreError(f"The store {name} cannot be used: {reason}.")


def _first_line(message: str) -> str:
    """Leave out what libpq asks back and where in a statement something stood."""
    first = message.strip().splitlines()[0] if message.strip() else "no reason was given"
    return first.removeprefix("connection failed: ").rstrip(".:")
