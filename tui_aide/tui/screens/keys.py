"""The help screen: every key as it is now, those of the focused pane first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_aide.tui.actions import (
    BENCH,
    COLUMNS,
    EVERYWHERE,
    FOLD,
    HOME,
    MOVE,
    NEW,
    REPLAY,
    SEARCH,
    Action,
    Group,
    first_key,
    keys_text,
)
from tui_aide.tui.command_line import USAGE
from tui_aide.tui.documents import Paragraphs, Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.keymaps import keymap_file
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.replaying import REPLAY_USAGE
from tui_aide.tui.settings import settings_file
from tui_aide.tui.widgets.text_pane import TextPane

_GROUPS: tuple[Group, ...] = ("Replay", "Search", "Tree", "Node", "Move", "Screen", "Home", "New search", "Bench")
_OF_PANE: dict[str, tuple[str, tuple[Group, ...]]] = {
    "tree": ("in the tree, where you are", ("Tree", "Search", "Move")),
    "node-text": ("in the node's text, where you are", ("Node", "Move")),
    "log": ("in the events, where you are", ("Move", "Screen")),
    "form": ("in the form, where you are", ("New search",)),
    "matrix": ("in the matrix, where you are", ("Bench", "Move")),
    "sessions": ("in the list of sessions, where you are", ("Home", "Move")),
    **{f"live-{i}": ("in a live pane, where you are", ("Node", "Move")) for i in range(3)},
}
"""What a pane is called, and the groups of actions that its help begins with, by the pane's id."""


_KEYS = 18
"""Cells of the column of keys."""


class KeysScreen(ModalScreen[None]):
    """Shows what each key does, and the words of the command line."""

    CSS = """
    KeysScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 92; max-width: 98%; height: 90%; background: $surface;
            border: round $primary; padding: 0 1; border-title-color: $text; border-subtitle-color: $text-muted;
        }
        TextPane { background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1,enter", "dismiss", "Close")]

    def __init__(self, *, replay: bool = False, pane: str = "", problems: Sequence[str] = ()) -> None:
        """Show the keys of a search, or of a replay.

        Args:
            replay: which of the two.
            pane: id of the focused widget.
            problems: what is wrong with the user's files.
        """
        super().__init__()
        self._lines = key_lines(replay=replay, pane=pane, problems=problems)

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical() as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes"
            yield TextPane(id="keys")

    def on_mount(self) -> None:
        """Fill the list."""
        pane = self.query_one(TextPane)
        pane.show(Paragraphs(self._lines, hang=_KEYS))
        pane.focus()


def key_lines(*, replay: bool = False, pane: str = "", problems: Sequence[str] = ()) -> list[Sequence[Span]]:
    """Return the help's lines: a heading a group, a line an action, then the command line's words and the signs."""
    first, last = (REPLAY, ()) if replay else (SEARCH, (*HOME, *NEW, *BENCH[:-1], *COLUMNS))
    actions: tuple[Action, ...] = (*first, *FOLD, *MOVE, *EVERYWHERE, *last)
    colon = next(a for a in SEARCH if a.id == "screen.command")
    palette = next(a for a in EVERYWHERE if a.id == "app.palette")
    any_way = f"by {first_key(colon)} or {first_key(palette)}"
    where, begin = _OF_PANE.get(pane, ("", ()))
    lines: list[Sequence[Span]] = [(("! ", "warn"), (one_line(problem), "warn")) for problem in problems]
    lines += [(("", ""),)] if problems else []
    for group in dict.fromkeys((*begin, *_GROUPS)):
        members = [a for a in actions if a.group == group]
        if not members:
            continue
        lines.append(((group, "title"), (f"  {where}" if group in begin[:1] else "", "muted")))
        for action in members:
            keys = keys_text(action).strip()
            lines.append(((fit(f"  {keys or any_way}", _KEYS), "key" if keys else "muted"), (action.description, "")))
        lines.append((("", ""),))
    lines.append(((f"Command line, opened by {keys_text(colon)}", "title"),))
    usages = REPLAY_USAGE if replay else USAGE
    lines += [((f"  {usage}", ""),) for usage in usages.values()]
    lines += [(("", ""),), (("Signs", "title"),), *(((f"  {text}", ""),) for text in _signs())]
    lines += [
        (("", ""),),
        (("Your own", "title"),),
        ((f"  {keymap_file()}", "strong"), ('  "search.pin" = "m" gives an action another key', "muted")),
        ((f"  {settings_file()}", "strong"), ("  the settings", "muted")),
    ]
    return lines


def _signs() -> list[str]:
    g = GLYPHS
    return [
        f"{g.best} best   {g.handed_in} handed in   {g.valid} valid   {g.buggy} failed   {g.live} live",
        f"{g.queued} queued   {g.cancelled} cancelled, killed or cut off   {g.suspect} suspect   {g.user} by you",
        f"{g.cancelled} with a struck branch: pruned   m pinned   p paused branch",
        f"{g.stderr} at the edge of the output: written to stderr",
        f"{g.candidate} candidate of a node   {g.chosen} the chosen one   {g.candidate} 3 so many hidden",
        f"in a bench: G S B gold, silver, bronze   ? not graded   {g.queued} waiting   {g.warning} interrupted",
    ]
