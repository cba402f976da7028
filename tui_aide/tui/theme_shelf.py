"""The themes that there are: read from their files, and read anew when one of these is saved."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.errors import UsageError
from tui_aide.tui.theme_files import read_theme, theme_paths

if TYPE_CHECKING:
    from textual.theme import Theme


class ThemeShelf:
    """The themes of some folders; a file that is bad now keeps what it held before.

    Attributes:
        themes: by name, ours first; of two with one name the user's holds.
    """

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders
        self._read: dict[Path, Theme] = {}
        self._bad: dict[Path, str] = {}
        self.themes: dict[str, Theme] = {}
        self.read(self.paths())

    def paths(self) -> list[Path]:
        """Return the files that there are now."""
        return theme_paths(self._folders)

    @property
    def problems(self) -> list[str]:
        """One line for each file that cannot be used."""
        return list(self._bad.values())

    def read(self, paths: Iterable[Path]) -> None:
        """Read some files, which may be new or gone."""
        there = self.paths()
        for path in paths:
            self._bad.pop(path, None)
            if path not in there:
                self._read.pop(path, None)
                continue
            try:
                self._read[path] = read_theme(path)
            except UsageError as e:
                self._bad[path] = str(e)
        self.themes = {self._read[p].name: self._read[p] for p in there if p in self._read}
