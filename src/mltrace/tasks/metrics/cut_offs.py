"""What stands after `@` in the name of a metric: a number of items, or a share of predictions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.tasks.metrics.metric import Metric


def check_cut_off(text: str, cls: type[Metric], given: Mapping[str, Any]) -> None:
    """Refuse a cut-off that a metric does not take.

    Parameters
    ----------
    text : str
        The name as it was asked for.
    cls : type
        The metric of that name, or of what stands before the `@`.
    given : mapping
        What is read of the text: `k` or `share`.

    Raises
    ------
    ArgumentError
        If the metric takes the other one of these, or none; the message says what to write.

    Examples
    --------
    >>> from mltrace.tasks.metrics.metric import parse_metric
    >>> parse_metric("lift@2", "binary")
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: 'lift@2' gives a number; lift takes a share of the predictions...
    """
    fields = {one.name: one.default for one in dataclasses.fields(cls)}
    (kind,) = given
    if kind in fields:
        return
    text = text.strip()
    name = text.partition("@")[0]
    if "share" in fields:
        percent = given[kind] if 0 < given[kind] <= 100 else 10
        raise ArgumentError(
            f"{text!r} gives a number; {name} takes a share of the predictions, above 0 and at "
            f"most 1: '{name}@{percent / 100:g}' is {percent} %."
        )
    if "k" in fields:
        raise ArgumentError(
            f"{text!r} gives a share; {name} takes a number of items, from 1, as '{name}@10' does."
        )
    numbers = [one for one, default in fields.items() if type(default) in (int, float)]
    instead = f"{name}({numbers[0]}={given[kind]})" if numbers else name
    raise ArgumentError(f"{name} takes nothing after '@'; write {instead!r} instead of {text!r}.")
