"""What an examination gathers: facts about a store, and findings with what to do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from mltrace.errors import MltraceError
from mltrace.records import Finding
from mltrace.store.database.catalog import IF_DAMAGED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.records import FindingSeverity


def numbered(number: int, one: str, more: str) -> str:
    """Say a number of things, each in the words for one or for more.

    Examples
    --------
    >>> numbered(1, "line is", "lines are"), numbered(1_200, "line is", "lines are")
    ('1 line is', '1,200 lines are')
    """
    return f"{number:,} {one if number == 1 else more}"


@dataclass(slots=True)
class Report:
    """Gathers the fields of a `Health`.

    Attributes
    ----------
    said : dict
        Its fields as far as they are known.
    findings : list of Finding
        What was found so far.
    """

    said: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def say(self, **fields: Any) -> None:
        """Take note of fields."""
        self.said.update(fields)

    def problem(self, about: str, message: str, remedy: str) -> None:
        """Take note of what wants something done."""
        self._add("problem", about, message, remedy)

    def notice(self, about: str, message: str, remedy: str = "") -> None:
        """Take note of what is good to know."""
        self._add("notice", about, message, remedy)

    def has_problem(self, about: str) -> bool:
        """Tell whether a part of the store wants something done."""
        return any(one.about == about and one.severity == "problem" for one in self.findings)

    @contextmanager
    def examining(self, about: str) -> Iterator[None]:
        """Let what cannot be examined be a problem rather than the end of the examination."""
        try:
            yield
        except MltraceError as error:
            said = str(error)
            remedy = IF_DAMAGED if said.endswith(IF_DAMAGED) else ""
            self.problem(about, said.removesuffix(remedy).rstrip(), remedy)
        except (OSError, SQLAlchemyError, ValueError, LookupError, ArithmeticError) as error:
            said = f"It cannot be examined: {type(error).__name__}: {error}"
            self.problem(about, said, "Put back a copy, or move this store away.")

    def _add(self, severity: FindingSeverity, about: str, message: str, remedy: str) -> None:
        self.findings.append(
            Finding(severity=severity, about=about, message=message, remedy=remedy)
        )
