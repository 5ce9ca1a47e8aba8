"""What all facts are."""

from __future__ import annotations

import msgspec


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="f", kw_only=True):
    """The base of all facts."""
