"""Rows of profiles, by the digest of the content that they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import insert_ignoring
from mltrace.store.database.schema import profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from mltrace.store.facts import ProfileFact

_KNOWN = select(profile.c.digest, profile.c.num_profiled_rows, profile.c.at, profile.c.content)
_REPLACE = update(profile).where(profile.c.digest == bindparam("its_digest"))


def apply_profiles(connection: Connection, facts: Iterable[ProfileFact]) -> None:
    """Insert profiles; of several of one content, the best one stays, in whatever order they come.

    That is the one of the most rows, of these the latest, and of these the greatest bytes.
    """
    best: dict[str, ProfileFact] = {}
    for fact in facts:
        if fact.digest not in best or _rank(best[fact.digest]) < _rank(fact):
            best[fact.digest] = fact
    if not best:
        return
    known = {
        row.digest: (row.num_profiled_rows, row.at, row.content)
        for row in connection.execute(
            _KNOWN.where(profile.c.digest.in_(CHOSEN_TEXTS)), choose_texts(best)
        )
    }
    new = [_row(fact) for digest, fact in best.items() if digest not in known]
    insert_ignoring(connection, profile, new)
    better = [
        {"its_digest": digest, **_row(fact)}
        for digest, fact in best.items()
        if digest in known and known[digest] < _rank(fact)
    ]
    if better:
        connection.execute(_REPLACE, better)


def _rank(fact: ProfileFact) -> tuple[int, int, bytes]:
    return fact.profiled, fact.at, fact.profile


def _row(fact: ProfileFact) -> dict[str, Any]:
    return {
        "digest": fact.digest,
        "at": fact.at,
        "num_rows": fact.rows,
        "num_profiled_rows": fact.profiled,
        "seconds": fact.seconds,
        "content": fact.profile,
    }
