"""The settings screen: every key of settings.toml with its value and what it does; a change holds at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_aide.tui.keymaps import PRESETS
from tui_aide.tui.plain_text import fit, one_line, short_path, wrap
from tui_aide.tui.screens.themes import ThemePicker
from tui_aide.tui.settings import Key, keys, refusal, settings_file, value_of
from tui_aide.tui.widgets.board import Board, Row
from tui_aide.tui.widgets.pick_list import PickList

if TYPE_CHECKING:
    from tui_aide.tui.preferences import Preferences

_NAME, _VALUE = 20, 16
_HELP_ROWS = 3


class SettingsScreen(ModalScreen[None]):
    """Left and right, or enter, change the value under the cursor."""

    CSS = """
    SettingsScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 110; max-width: 98%; height: auto; max-height: 96%; background: $surface;
            border: round $primary; padding: 0 1; border-title-color: $text; border-subtitle-color: $text-muted;
        }
        & PickList { background: $surface; height: auto; }
        & #about { height: 4; background: $surface; border-top: solid $border-blurred; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,comma", "dismiss", "Close"),
        Binding("backspace,delete,r", "reset", "Default"),
    ]

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences
        self._rows: list[Key | str] = []
        table = ""
        for key in keys():
            if (of := key.path.rpartition(".")[0]) != table:
                table = of
                self._rows.append(table.replace("_", " ").capitalize())
            self._rows.append(key)

    def compose(self) -> ComposeResult:
        """Make the list and the line of help."""
        with Vertical() as box:
            box.border_title = "Settings"
            box.border_subtitle = "enter or arrows change  r default  esc closes"
            yield PickList(id="settings")
            yield Board(id="about")

    def on_mount(self) -> None:
        """Show all keys."""
        choices = self.query_one(PickList)
        choices.styles.max_height = f"{max(3, self.size.height - 8)}"
        choices.styles.height = len(self._rows)
        self._draw()
        choices.focus()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.query_one(PickList).styles.max_height = f"{max(3, self.size.height - 8)}"
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        choices = self.query_one(PickList)
        width = choices.text_width
        headings = [i for i, row in enumerate(self._rows) if isinstance(row, str)]
        choices.show([self._row(row, width) for row in self._rows], headings=headings)
        self._tell()

    def _row(self, row: Key | str, width: int) -> Row:
        if isinstance(row, str):
            return ((row, "title"),)
        value = value_of(self._preferences.settings, row.path)
        name = row.path.rpartition(".")[2].replace("_", " ")
        style = "" if value == row.default else "accent"
        room = width - _NAME - _VALUE
        about = fit(row.description, room) if room > 20 else ""
        return ((fit(f"  {name}", _NAME), ""), (fit(_shown(value), _VALUE), style), (about, "muted"))

    @property
    def key(self) -> Key:
        """The key under the cursor."""
        key = self._rows[self.query_one(PickList).cursor]
        assert isinstance(key, Key)
        return key

    def _tell(self, problem: str = "") -> None:
        board, key = self.query_one("#about", Board), self.key
        width = max(20, board.size.width)
        options = f"  {', '.join(self._choices(key))}." if key.choices or key.path == "keymap" else ""
        lines = wrap(problem or key.description + options, width)[: _HELP_ROWS - 1]
        default = f"{key.path}, by default {_shown(key.default)}, in {short_path(settings_file())}"
        rows: list[Row] = [((line, "bad" if problem else ""),) for line in lines]
        board.show([*rows, ((fit(one_line(default), width), "muted"),)])

    def _choices(self, key: Key) -> list[str]:
        if key.path == "theme":
            return self._preferences.theme_names
        return list(PRESETS) if key.path == "keymap" else list(key.choices)

    @on(PickList.Moved)
    def _moved(self) -> None:
        self._tell()

    @on(PickList.Chosen)
    def _chosen(self, event: PickList.Chosen) -> None:
        key = self.key
        value = value_of(self._preferences.settings, key.path)
        if key.path == "theme" and not event.step:
            self.app.push_screen(ThemePicker(self._preferences), lambda _: self._draw())
        elif choices := self._choices(key):
            at = choices.index(value) if value in choices else -1
            self._put(key, choices[(at + (event.step or 1)) % len(choices)])
        elif isinstance(value, bool):
            self._put(key, not value)
        elif isinstance(value, int | float) and event.step:
            self._put(key, value + event.step)
        elif not event.step:
            self._ask(key, value)

    def _ask(self, key: Key, value: Any) -> None:
        from tui_aide.tui.screens.ask import InstructionDialog

        def answered(text: str | None) -> None:
            if text is not None:
                self._put(key, typed(text, value))

        heading = key.path.rpartition(".")[2].replace("_", " ").capitalize()
        self.app.push_screen(InstructionDialog(heading, key.description, "", _plain(value)), answered)

    def action_reset(self) -> None:
        """Give the key under the cursor its default."""
        self._put(self.key, self.key.default)

    def _put(self, key: Key, value: Any) -> None:
        try:
            told = self._preferences.put(key.path, value)
        except msgspec.ValidationError as e:
            self._tell(refusal(key, e))
            return
        self._draw()
        if told:
            self._tell(told)


def typed(text: str, old: Any) -> Any:
    """Return what was typed as the kind of value that the key has; what cannot be is left for the check to refuse."""
    if isinstance(old, int | float) and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if isinstance(old, float) or "." in text else int(text)
    if isinstance(old, tuple | list):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(_plain(value)) or "none"
