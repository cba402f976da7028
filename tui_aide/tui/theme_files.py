"""Themes as files: a few colours in TOML, one theme a file; a bad file is reported and left out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tui_aide.errors import UsageError, nearest
from tui_aide.file_formats import FormatError, brought
from tui_aide.sessions.places import config_dir, shipped
from tui_aide.tui.span_styles import LOOKS

if TYPE_CHECKING:
    from textual.theme import Theme

    from tui_aide.file_formats import Step

FORMAT = 1
STEPS: Mapping[int, Step] = {}
"""How theme files of older formats are brought on."""

_TEXT_STYLES = {"none", "not", "bold", "italic", "underline", "reverse", "strike", "dim"}
_TEXTUALS = ("ansi-background", "ansi-foreground", "button-color-foreground", "input-selection-foreground")
"""Variables that Textual's themes may have though it gives them no value of its own."""


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a theme file holds.

    Colours are names or #rrggbb; `variables` are Textual's and `span_styles`' by name. With `ansi` the colours are the
    terminal's own: `ansi_blue`, `ansi_bright_blue` ..., `ansi_default`.
    """

    name: str
    dark: bool
    primary: str
    background: str
    foreground: str
    ansi: bool = False
    secondary: str | None = None
    accent: str | None = None
    success: str | None = None
    warning: str | None = None
    error: str | None = None
    surface: str | None = None
    panel: str | None = None
    variables: dict[str, str] = msgspec.field(default_factory=dict)


def theme_folders() -> list[Path]:
    """Return the folders that hold themes: ours, then the user's, which need not be there."""
    return [shipped("themes"), config_dir() / "themes"]


def theme_paths(folders: list[Path]) -> list[Path]:
    """Return the theme files of some folders, those of the first folder first."""
    return [p for folder in folders for p in sorted(folder.glob("*.toml"))]


def read_theme(path: Path) -> Theme:
    """Read one theme file.

    Raises:
        UsageError: it cannot be used; the message names the file, the key and the remedy.
    """
    from textual.theme import BUILTIN_THEMES, Theme

    try:
        data = brought(tomllib.loads(path.read_text(encoding="utf-8")), FORMAT, STEPS)
    except FormatError as e:
        raise UsageError(f"{path}: {e}") from e
    except OSError as e:
        raise UsageError(f"{path}: cannot be read: {e.strerror}") from e
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise UsageError(f"{path}: is no TOML: {e}") from e
    try:
        file = msgspec.convert(data, ThemeFile)
    except msgspec.ValidationError as e:
        unknown = [key for key in data if key not in ThemeFile.__struct_fields__]
        hint = nearest(unknown[0], ThemeFile.__struct_fields__) if unknown else ""
        raise UsageError(f"{path}: {e}.{hint}") from e
    fields = msgspec.structs.asdict(file)
    for key, value in fields.items():
        if isinstance(value, str) and key != "name":
            _check_colour(path, key, value, ansi=file.ansi)
    for key, value in file.variables.items():
        _check_variable(path, key, value, ansi=file.ansi)
    if file.ansi:  # Textual's own style sheets ask for variables that only its own such themes have
        base = BUILTIN_THEMES["ansi-dark" if file.dark else "ansi-light"].variables
        fields["variables"] = {**base, **file.variables}
    return Theme(**fields)


@cache
def _variables() -> frozenset[str]:
    """Return the names of all variables that a theme may have: Textual's, and those of our own styles."""
    from textual.theme import BUILTIN_THEMES

    ours = {name for look in LOOKS.values() for name in (*look.colours, *look.ground)}
    return frozenset({*BUILTIN_THEMES["textual-dark"].to_color_system().generate(), *_TEXTUALS, *ours})


def _check_variable(path: Path, key: str, value: str, *, ansi: bool) -> None:
    """Raise a UsageError where a variable is none, or cannot have this value."""
    if key not in (known := _variables()):
        raise UsageError(f"{path}: no variable {key!r}.{nearest(key, known)}")
    if not key.endswith("-style"):
        _check_colour(path, f"variables.{key}", value, ansi=ansi)
    elif not set(value.split()) <= _TEXT_STYLES:
        raise UsageError(f"{path}: variables.{key} = {value!r} is no style; such are {', '.join(sorted(_TEXT_STYLES))}")


def _check_colour(path: Path, key: str, value: str, *, ansi: bool) -> None:
    """Raise a UsageError where a value is no colour of this theme."""
    from textual.color import Color, ColorParseError

    colour, _, share = value.partition(" ")
    try:
        parsed = Color.parse(colour if share.rstrip("%").isdigit() else value)
    except ColorParseError as e:
        known = "ansi_blue, ansi_bright_blue, ansi_default" if ansi else "#6fa8dc, #6fa8dc 40%, red"
        raise UsageError(f"{path}: {key} = {value!r} is no colour; such are {known}") from e
    if ansi and parsed.ansi is None and not parsed.auto:
        raise UsageError(
            f"{path}: {key} = {value!r} is none of the terminal's colours; such are ansi_blue, ansi_default"
        )
    if parsed.ansi is not None and not ansi:
        raise UsageError(f"{path}: {key} = {value!r} is a colour of the terminal; such need ansi = true in the file")
