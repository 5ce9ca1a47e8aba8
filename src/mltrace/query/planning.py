"""Plans what is read of which views for a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mltrace.query.view import Derived
from mltrace.query.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.query.pushdown import Needed


class Reading(NamedTuple):
    """What is read of a view.

    Attributes
    ----------
    columns : frozenset of str or None
        The columns, under their names in the source; None for all.
    equals : mapping of str to tuple of str
        By column, the texts one of which each row has that matters.
    """

    columns: frozenset[str] | None
    equals: Mapping[str, tuple[str, ...]]


def plan_reading(tables: Sequence[str], needed: Needed) -> dict[str, Reading]:
    """Work out what is read for the tables that a query names."""
    plan: dict[str, Reading] = {}
    for name in tables:
        view = VIEWS[name]
        equals = needed.equals.get(name, {})
        if isinstance(view.source, Derived):
            passed = view.source.passed
            equals = {passed[key]: texts for key, texts in equals.items() if key in passed}
            for other, columns in view.source.of.items():
                _add(plan, other, Reading(columns, equals))
        else:
            named = {new: old for old, new in view.renamed.items()}
            own = {column.name for column in view.columns}
            equals = {named.get(key, key): texts for key, texts in equals.items() if key in own}
            _add(plan, name, Reading(_named(needed.columns, named), equals))
    return plan


def _named(columns: frozenset[str] | None, names: Mapping[str, str]) -> frozenset[str] | None:
    return None if columns is None else frozenset(names.get(one, one) for one in columns)


def _add(plan: dict[str, Reading], name: str, reading: Reading) -> None:
    """Read a view for one more purpose: with the columns of both, and the rows of either."""
    before = plan.get(name)
    if before is None:
        plan[name] = reading
    elif before.columns is None or reading.columns is None:
        plan[name] = Reading(None, {})
    else:
        plan[name] = Reading(before.columns | reading.columns, {})
