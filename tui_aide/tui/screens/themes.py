"""The theme picker: a list at the side, while the screen behind shows the theme under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.widgets.board import Board, Row
from tui_aide.tui.widgets.pick_list import PickList

if TYPE_CHECKING:
    from tui_aide.tui.preferences import Preferences

_WIDTH = 30


class ThemePicker(ModalScreen[None]):
    """Enter keeps the theme under the cursor, esc brings back the one from before."""

    CSS = """
    ThemePicker {
        align: right top;
        background: transparent;
        & > Vertical {
            width: 34; height: 100%; background: $surface; border: round $primary; padding: 0 1;
            border-title-color: $text; border-subtitle-color: $text-muted;
        }
        & PickList { background: $surface; }
        & #sample { height: 11; background: $surface; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,T", "cancel", "Cancel", priority=True)]

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences
        ours = len(preferences.shelf.themes)
        names = preferences.theme_names
        self._names = [*names[:ours], "", *names[ours:]]  # "" is the heading between ours and Textual's
        self._before = ""

    def compose(self) -> ComposeResult:
        """Make the list and the sample."""
        with Vertical() as box:
            box.border_title = "Themes"
            box.border_subtitle = "enter keeps  esc cancels"
            yield PickList(id="themes")
            yield Board(id="sample")

    def on_mount(self) -> None:
        """Begin at the theme that is shown."""
        self._before = self.app.theme
        at = self._names.index(self._before) if self._before in self._names else 0
        rows, heading = [self._row(name) for name in self._names], self._names.index("")
        self.query_one(PickList).show(rows, cursor=at, headings=[heading])
        self.query_one(PickList).focus()
        self.query_one("#sample", Board).show(sample())

    def _row(self, name: str) -> Row:
        if not name:
            return (("Textual's", "title"),)
        theme = self.app.available_themes[name]
        kind = "terminal" if theme.ansi else "dark" if theme.dark else "light"
        ours = name in self._preferences.shelf.themes
        mark = GLYPHS.valid if name == self._before else " "
        return ((f"{mark} {fit(one_line(name), _WIDTH - 14)}", "" if ours else "muted"), (f" {kind}", "muted"))

    @on(PickList.Moved)
    def _moved(self, event: PickList.Moved) -> None:
        self._preferences.try_theme(self._names[event.index])

    @on(PickList.Chosen)
    def _chosen(self, event: PickList.Chosen) -> None:
        if event.step:
            return
        name = self._names[event.index]
        self._preferences.try_theme(name)
        told = self._preferences.put("theme", name)
        if told:
            self.notify(one_line(told), severity="warning", markup=False)
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Bring back the theme from before."""
        self._preferences.try_theme(self._before)
        self._preferences.try_theme("")
        self.dismiss(None)


def sample() -> list[Row]:
    """Return some lines of all that a theme colours."""
    g = GLYPHS
    return [
        ((f"{g.best} 0.8731", "best"), (f"  {g.valid} valid", "good"), (f"  {g.buggy} crash", "bad")),
        ((f"{g.live} thinking", "live"), ("  paused", "warn"), ("  muted", "muted")),
        (),
        (("def ", "code-keyword"), ("score", "code-function"), ("(", ""), ("rows", "code-parameter"), ("): ", "")),
        (("    # held out", "code-comment"),),
        (("    return ", "code-keyword"), ('"auc"', "code-string"), (", ", ""), ("0.87", "code-number")),
        (("@cached ", "code-decorator"), ("class ", "code-keyword"), ("Fold", "code-type")),
        (),
        (("@@ -61,2 +61,2 @@", "hunk"),),
        (("- num_leaves=63", "removed"),),
        (("+ num_leaves=127", "added"),),
    ]
