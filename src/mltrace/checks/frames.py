"""Which data frames a built-in check looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals.stable.v2 as nw


def frames_among(variables: Mapping[str, Any], on: str | None) -> dict[str, nw.DataFrame[Any]]:
    """Pick the data frames to look at, by name.

    Parameters
    ----------
    variables : mapping of str to object
        The variables of a run.
    on : str or None
        The variable to look at; else the return value if there is one, else all arguments.

    Raises
    ------
    NotApplicable
        If none of these is a data frame.
    """
    import narwhals.stable.v2 as nw

    if on is not None:
        chosen = {on: variables[on]} if on in variables else {}
    elif "result" in variables:
        chosen = {"result": variables["result"]}
    else:
        chosen = dict(variables)
    frames = {}
    for name, value in chosen.items():
        frame = nw.from_native(value, eager_only=True, pass_through=True)
        if isinstance(frame, nw.DataFrame):
            frames[name] = frame
    if not frames:
        looked = on or ", ".join(chosen) or "nothing"
        raise NotApplicable(f"no data frame to look at (looked at {looked})")
    return frames
