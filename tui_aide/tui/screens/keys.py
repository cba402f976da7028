"""The help screen: every key, from the registry of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_aide.tui.actions import EVERYWHERE, FOLD, HOME, MOVE, NEW, REPLAY, SEARCH, Action, keys_text
from tui_aide.tui.command_line import USAGE
from tui_aide.tui.documents import Paragraphs, Span
from tui_aide.tui.plain_text import fit
from tui_aide.tui.replaying import REPLAY_USAGE
from tui_aide.tui.widgets.text_pane import TextPane

_GROUPS = ("Replay", "Search", "Tree", "Node", "Move", "Screen", "Home", "New search")


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

    def __init__(self, *, replay: bool = False) -> None:
        """Show the keys of a search, or of a replay."""
        super().__init__()
        self._replay = replay

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical() as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes"
            yield TextPane(id="keys")

    def on_mount(self) -> None:
        """Fill the list."""
        pane = self.query_one(TextPane)
        pane.show(Paragraphs(key_lines(replay=self._replay)))
        pane.focus()


def key_lines(*, replay: bool = False) -> list[Sequence[Span]]:
    """Return the help's lines: a heading a group, a line an action, then the command line's words."""
    first, last = (REPLAY, ()) if replay else (SEARCH, (*HOME, *NEW))
    actions: tuple[Action, ...] = (*first, *FOLD, *MOVE, *EVERYWHERE, *last)
    lines: list[Sequence[Span]] = []
    for group in (g for g in _GROUPS if any(a.group == g for a in actions)):
        lines.append(((group, "title"),))
        for action in actions:
            if action.group == group:
                keys = keys_text(action) or "by : or ^p"
                lines.append(((fit(f"  {keys}", 18), "key"), (action.description, "")))
        lines.append((("", ""),))
    lines.append((("Command line, opened by :", "title"),))
    usages = REPLAY_USAGE if replay else USAGE
    lines += [((f"  {usage}", ""),) for usage in usages.values()]
    lines += [
        (("", ""),),
        (("Signs", "title"),),
        (("  ★ best   ◆ handed in   ✓ valid   ✗ failed   ◐ live   · queued", ""),),
        (("  ⊘ cancelled, killed or cut off   ? suspect   » asked for by you", ""),),
        (("  ⊘ with a struck branch: pruned   m pinned   p paused branch", ""),),
        (("  ▎ at the edge of the output: written to stderr", ""),),
        (("  ◦ candidate of a node   ◉ the chosen one   ◦ 3 so many hidden, shown by →", ""),),
    ]
    return lines
