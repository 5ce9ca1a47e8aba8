"""Texts that cannot be encoded, as they are stored."""

from __future__ import annotations


def encodable(text: str) -> str:
    r"""Escape what UTF-8 cannot hold, such as the bytes of a file name in another encoding.

    Examples
    --------
    >>> encodable("caf\udce9.csv")
    'caf\\xe9.csv'
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
