"""The tables of docs/screens.md, made from the code and the theme files: keys, settings, themes.

python docs/screen_tables.py          write them into the page
python docs/screen_tables.py --check  exit code 1 where the page's are not what the code says
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
from session_tables import write_tables

from tui_aide.tui.actions import BENCH, COLUMNS, EVERYWHERE, FOLD, HOME, MOVE, NEW, REPLAY, SEARCH, Action, shown_key
from tui_aide.tui.glyphs import UNICODE, use_glyphs
from tui_aide.tui.keymaps import PRESETS
from tui_aide.tui.settings import DEFAULT_THEME, Key
from tui_aide.tui.settings import keys as setting_keys
from tui_aide.tui.theme_files import read_theme

PAGE = Path(__file__).with_name("screens.md")
THEMES = PAGE.parent.parent / "themes"


def keys() -> list[str]:
    """Return the table of keys: one row an action, with its id for keymap.toml."""
    actions: dict[str, Action] = {
        a.id: a for a in (*BENCH, *COLUMNS, *SEARCH, *FOLD, *MOVE, *EVERYWHERE, *HOME, *NEW, *REPLAY)
    }
    rows = [
        f"| `{a.id}` | {_keys(a.keys)} | {_keys(PRESETS['vim'].get(a.id, ''))} | {_cell(a.description)} |"
        for a in sorted(actions.values(), key=lambda a: _PLACES.index(a.id.partition(".")[0]))
    ]
    return ["| id | default | vim, where it differs | does |", "|---|---|---|---|", *rows]


_PLACES = ("screen", "app", "move", "tree", "node", "search", "home", "new", "bench", "replay")


def settings() -> list[str]:
    """Return the table of settings.toml's keys."""
    rows = [f"| `{k.path}` | {_may_be(k)} | {_plain(k.default)} | {_cell(k.description)} |" for k in setting_keys()]
    return ["| key | may be | default | does |", "|---|---|---|---|", *rows]


def themes() -> list[str]:
    """Return the table of our themes; what each is like stands in its file's first line."""
    rows = []
    for path in sorted(THEMES.glob("*.toml")):
        theme = read_theme(path)
        about = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        ground = ("dark" if theme.dark else "light") + (", the terminal's colours" if theme.ansi else "")
        default = " (default)" if theme.name == DEFAULT_THEME else ""
        rows.append(f"| `{theme.name}`{default} | {ground} | {about} |")
    return ["| theme | ground | |", "|---|---|---|", *rows]


def _keys(keys: str) -> str:
    return " ".join(f"`{shown_key(k)}`" for k in keys.split(",")) if keys else ""


def _may_be(key: Key) -> str:
    if key.choices:
        return ", ".join(f"`{c}`" for c in key.choices)
    return {bool: "`true`, `false`", int: "a whole number", float: "a number", str: "a text"}.get(key.kind, "a list")


def _plain(value: Any) -> str:
    return f"`{msgspec.json.encode(value).decode()}`"


def _cell(text: str) -> str:
    return text.replace("|", "or")


TABLES = {"keys": keys, "settings": settings, "themes": themes}

if __name__ == "__main__":
    use_glyphs(UNICODE)
    sys.exit(write_tables(TABLES, PAGE, __doc__))
