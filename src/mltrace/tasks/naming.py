"""Names with parameters as text: `f_beta(beta=2)`, `ndcg@10`; of metrics and of statistics."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_K: Final = "_at_k"
"""What the names of metrics end with that may be written with `@`."""
CUT_OFFS: Final = ("k", "share")
"""What may stand after `@`: a number of items, or a share of predictions."""
_DECIMAL: Final = re.compile(r"\s*0?\.\d+\s*")


def parse_name(text: str) -> tuple[str, dict[str, Any]]:
    """Part a text at the name and its parameters, which are numbers, texts and the like.

    Raises
    ------
    ArgumentError
        If the text is no such name.

    Examples
    --------
    >>> parse_name("f_beta(beta=2)"), parse_name("ndcg@10"), parse_name("lift@0.1")
    (('f_beta', {'beta': 2}), ('ndcg_at_k', {'k': 10}), ('lift_at_k', {'share': 0.1}))
    """
    name, _, cut_off = text.strip().partition("@")
    if cut_off.strip().isdecimal():
        return f"{name}{AT_K}", {"k": int(cut_off)}
    if _DECIMAL.fullmatch(cut_off):
        return f"{name}{AT_K}", {"share": float(cut_off)}
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise _unreadable(text) from None
    if isinstance(tree, ast.Name):
        return tree.id, {}
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name) or tree.args:
        raise _unreadable(text)
    parameters = {}
    for keyword in tree.keywords:
        if keyword.arg is None:
            raise _unreadable(text)
        try:
            parameters[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError:
            raise _unreadable(text) from None
    return tree.func.id, parameters


def format_name(name: str, parameters: Mapping[str, Any]) -> str:
    """Put a name and its parameters together, in the order of their names.

    Examples
    --------
    >>> format_name("f_beta", {"beta": 2}), format_name("ndcg_at_k", {"k": 10})
    ('f_beta(beta=2)', 'ndcg@10')
    """
    if name.endswith(AT_K) and list(parameters) in ([one] for one in CUT_OFFS):
        return f"{name.removesuffix(AT_K)}@{next(iter(parameters.values()))}"
    if not parameters:
        return name
    told = ", ".join(f"{key}={parameters[key]!r}" for key in sorted(parameters))
    return f"{name}({told})"


def _unreadable(text: str) -> ArgumentError:
    return ArgumentError(
        f"{text!r} is no name; it is one such as 'f1', 'f_beta(beta=2)', 'ndcg@10' or 'lift@0.1'."
    )
