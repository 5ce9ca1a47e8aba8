"""Corrections for many tests at once: false discoveries, or any false alarm at all, are bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy

from mltrace.errors import unknown_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

Correction = Literal["benjamini-hochberg", "benjamini-yekutieli", "bonferroni", "holm", "none"]


def adjusted(
    p_values: ArrayLike, correction: Correction = "benjamini-hochberg"
) -> NDArray[numpy.float64]:
    """Adjust p-values of several tests, so that each may be compared with one and the same rate.

    Parameters
    ----------
    p_values : array of float, shape (num_tests,)
        From 0 to 1.
    correction : str, default 'benjamini-hochberg'
        'benjamini-hochberg' bounds the expected share of false alarms among all alarms, for tests
        that are independent or depend on each other positively, as those of columns mostly do;
        'benjamini-yekutieli' does for any tests. 'holm' and the weaker 'bonferroni' bound how often
        there is any false alarm, for any tests. 'none' leaves the p-values as they are.

    Returns
    -------
    array of float, shape (num_tests,)
        Each at least the p-value and at most 1, in the same order.

    Raises
    ------
    OptionError
        If there is no such correction.

    Notes
    -----
    If nothing has drifted, all alarms are false, so each of them but 'none' then bounds how often
    there is any. Cost: O(num_tests * log(num_tests)).

    References
    ----------
    Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x. Benjamini and Yekutieli
    (2001), doi:10.1214/aos/1013699998. Holm (1979), "A simple sequentially rejective multiple test
    procedure", Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> adjusted([0.01, 0.02, 0.5]).tolist()
    [0.03, 0.03, 0.5]
    >>> adjusted([0.01, 0.02, 0.5], "holm").tolist()
    [0.03, 0.04, 0.5]
    """
    rule = _RULES.get(correction)
    if rule is None:
        raise unknown_option("correction", str(correction), get_args(Correction))
    values = numpy.asarray(p_values, numpy.float64)
    order = values.argsort(kind="stable")
    result = numpy.empty(len(values))
    result[order] = numpy.minimum(rule(values[order]), 1.0)
    return result


def _hochberg(ascending: NDArray[Any]) -> NDArray[Any]:
    num = len(ascending)
    raised = ascending * num / numpy.arange(1, num + 1)
    least: NDArray[Any] = numpy.minimum.accumulate(raised[::-1])[::-1]
    return least


def _yekutieli(ascending: NDArray[Any]) -> NDArray[Any]:
    return _hochberg(ascending) * float((1 / numpy.arange(1, len(ascending) + 1)).sum())


def _holm(ascending: NDArray[Any]) -> NDArray[Any]:
    raised = ascending * numpy.arange(len(ascending), 0, -1)
    return numpy.asarray(numpy.maximum.accumulate(raised))


_RULES: Final[Mapping[str, Callable[[NDArray[Any]], NDArray[Any]]]] = {
    "benjamini-hochberg": _hochberg,
    "benjamini-yekutieli": _yekutieli,
    "bonferroni": lambda ascending: ascending * len(ascending),
    "holm": _holm,
    "none": lambda ascending: ascending,
}
