"""Themes as files: a few colours in TOML, one theme a file; a bad file is reported and left out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from textual.theme import Theme


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a theme file holds. Colours are names or #rrggbb; `variables` are Textual's by name."""

    name: str
    dark: bool
    primary: str
    background: str
    foreground: str
    secondary: str | None = None
    accent: str | None = None
    success: str | None = None
    warning: str | None = None
    error: str | None = None
    surface: str | None = None
    panel: str | None = None
    variables: dict[str, str] = msgspec.field(default_factory=dict)


def theme_folders() -> list[Path]:
    """Return the folders that hold themes: ours, then the user's."""
    package = Path(__file__).resolve().parent.parent
    ours = package / "_data" / "themes"
    if not ours.is_dir():
        ours = package.parent / "themes"
    from platformdirs import user_config_path

    return [ours, user_config_path("tui_aide", appauthor=False) / "themes"]


def load_themes(folders: list[Path]) -> tuple[list[Theme], list[str]]:
    """Return the themes of some folders, and one line for each file that could not be used."""
    from textual.color import Color, ColorParseError
    from textual.theme import Theme

    themes: list[Theme] = []
    problems: list[str] = []
    for path in sorted(p for folder in folders for p in folder.glob("*.toml")):
        try:
            file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), ThemeFile)
            fields = msgspec.structs.asdict(file)
            for key, value in fields.items():
                if key not in ("name", "variables") and isinstance(value, str):
                    Color.parse(value)
        except ColorParseError as e:
            problems.append(f"{path}: {e}")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as e:
            problems.append(f"{path}: {e}")
        else:
            themes.append(Theme(**fields))
    return themes, problems
