"""The view of the settings in force."""

from __future__ import annotations

from typing import Final

from mltrace.query.view import Asked, View, ViewColumn, table_of
from mltrace.store.examining.settings_in_force import settings_in_force
from mltrace.store.mirroring.mirror import Pieces


class SettingRows:
    """The settings in force where the query is asked, without passwords."""

    def read(self, asked: Asked) -> Pieces:
        """List them."""
        rows = [one.to_dict() for one in settings_in_force(asked.settings)]
        return Pieces((), table_of(SETTINGS, rows))


SETTINGS: Final = View(
    "settings",
    "a setting in force where the query is asked",
    (
        ViewColumn("name", "VARCHAR", "its name"),
        ViewColumn("value", "VARCHAR", "its value, as text"),
        ViewColumn("origin", "VARCHAR", "where it comes from: a variable, a file, or 'default'"),
    ),
    SettingRows(),
    {},
)

VIEWS: Final = (SETTINGS,)
