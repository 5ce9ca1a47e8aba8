"""Types of columns that mean the same in every database.

PostgreSQL orders texts as its locale says, takes no NUL in them, refuses to index long ones, and
has small integers; SQLite does none of this. Neither takes a text that UTF-8 cannot hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3
from sqlalchemy import BigInteger, Integer
from sqlalchemy import Text as AnyText
from sqlalchemy.types import TypeDecorator

from mltrace.escaping import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

MAX_KEY_BYTES: Final = 2_000
"""The longest text that PostgreSQL is given for an index, which takes up to 2,704 bytes."""

Number: Final = Integer().with_variant(BigInteger(), "postgresql")
"""A row id of a table that may outgrow 32 bits."""


class Text(TypeDecorator[str]):
    """A text of any characters, ordered by code point; what UTF-8 cannot hold is escaped.

    PostgreSQL keeps U+FFFD in the place of a NUL.
    """

    impl = AnyText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Choose the type of the column."""
        is_postgresql = dialect.name == "postgresql"
        return dialect.type_descriptor(AnyText(collation="C" if is_postgresql else None))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Choose how a value is changed on its way; on SQLite it is only escaped."""
        return self.stored if dialect.name == "postgresql" else _escaped

    def stored(self, text: str | None) -> str | None:
        r"""Tell what PostgreSQL keeps of a text.

        Examples
        --------
        >>> Text().stored("a\0b")
        'a\ufffdb'
        """
        return encodable(text).replace("\0", "\ufffd") if text else text


class Key(Text):
    """A text in an index; PostgreSQL keeps the start and the digest of a very long one."""

    cache_ok = True

    def stored(self, text: str | None) -> str | None:
        """Tell what PostgreSQL keeps of a text.

        Examples
        --------
        >>> Key().stored("raw.csv")
        'raw.csv'
        >>> len(Key().stored("x" * 3000)) <= MAX_KEY_BYTES
        True
        """
        text = super().stored(text)
        if text is None or len(text) * 4 <= MAX_KEY_BYTES:
            return text
        encoded = text.encode()
        if len(encoded) <= MAX_KEY_BYTES:
            return text
        mark = f"…{blake3(encoded).hexdigest(16)}"
        start = encoded[: MAX_KEY_BYTES - len(mark.encode())]
        return start.decode("utf-8", "ignore") + mark


def _escaped(text: str | None) -> str | None:
    return encodable(text) if text else text
