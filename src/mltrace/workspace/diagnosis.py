"""Verbs that mark bad outputs and rank what may have caused them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mltrace.errors import ArgumentError
from mltrace.lineage import flags
from mltrace.lineage.predictions import look_up, output_facts
from mltrace.records import Flag, RecordList, Review
from mltrace.workspace.opened import OpenStore, each, who

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from mltrace.workspace.opened import Output


class DiagnosisVerbs(OpenStore):
    """Flags, and the suspects behind them."""

    def flag(self, output: Output | Iterable[Output], reason: str = "") -> RecordList[Flag]:
        """Mark an output as bad; see `mltrace.flag`."""
        if not isinstance(reason, str):
            raise ArgumentError(f"reason={reason!r} is no text; say in words what is wrong.")
        with self._reading() as connection:
            subjects = _subjects(connection, output)
            facts = flags.flag_facts(connection, subjects, is_flagged=True, reason=reason, by=who())
            outputs = output_facts(connection, [text for kind, text, _ in subjects if kind == "id"])
        self._mark([*outputs, *facts])
        with self._reading() as connection:
            return flags.flags_of(connection, subjects)

    def unflag(
        self,
        output: Output | Iterable[Output] | None = None,
        *,
        all: bool = False,  # noqa: A002
    ) -> RecordList[Flag]:
        """Take marks back; see `mltrace.unflag`."""
        if all == (output is not None):
            raise ArgumentError("unflag takes either an output or all=True.")
        with self._reading() as connection:
            if output is None:
                subjects = flags.all_subjects(connection)
            else:
                subjects = [
                    subject
                    for one in each(output)
                    for subject in flags.find_flagged_subjects(connection, one)
                ]
            taken = flags.flags_of(connection, subjects)
            facts = flags.flag_facts(connection, subjects, is_flagged=False, by=who())
        self._mark(facts)
        return RecordList((replace(flag, flagged=False) for flag in taken), of=Flag)

    def flagged(self) -> RecordList[Flag]:
        """List what is flagged; see `mltrace.flagged`."""
        with self._reading() as connection:
            return flags.list_flags(connection)

    def review(
        self, *, method: str = "ochiai", good: Output | Iterable[Output] | None = None
    ) -> Review:
        """Rank what may have caused the flagged outputs; see `mltrace.review`."""
        from mltrace.lineage.suspects.ranking import (
            rank_suspects,  # loads numpy, which no other verb needs
        )

        with self._reading() as connection:
            known = None if good is None else _subjects(connection, good)
            return rank_suspects(connection, self.settings, method=method, good=known)


def _subjects(connection: Connection, output: Output | Iterable[Output]) -> list[flags.Subject]:
    outputs = each(output)
    look_up(connection, outputs)
    return [one for given in outputs for one in flags.find_subjects(connection, given)]
