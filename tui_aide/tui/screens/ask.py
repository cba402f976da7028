"""Two small dialogs: an instruction to type, and a question to confirm."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

_CSS = """
    align: center middle;
    background: $background 60%;
    & > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 1 2;
        border-title-color: $text; border-subtitle-color: $text-muted;
    }
    & Label { width: 1fr; margin-bottom: 1; color: $text-muted; }
    & Input { border: round $border-blurred; background: $surface;
        &:focus { border: round $primary; background-tint: $foreground 0%; } }
"""


class InstructionDialog(ModalScreen[str | None]):
    """Asks for the instruction of a branch; None when it was left."""

    CSS = "InstructionDialog {" + _CSS + "}"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel", priority=True)]

    def __init__(self, heading: str, about: str, hint: str, text: str = "") -> None:
        super().__init__()
        self._heading, self._about, self._hint, self._text = heading, about, hint, text

    def compose(self) -> ComposeResult:
        """Make the dialog."""
        from textual.content import Content

        with Vertical() as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "enter sends   esc cancels"
            yield Label(self._about, markup=False)
            yield Input(self._text, placeholder=self._hint, select_on_focus=False, id="instruction")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give back what was typed."""
        text = event.value.strip()
        if text:
            self.dismiss(text)


class QuestionDialog(ModalScreen[bool]):
    """Asks to confirm what is hard to undo."""

    CSS = "QuestionDialog {" + _CSS + "}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("n,escape,q", "dismiss(False)", "No"),
    ]

    def __init__(self, heading: str, about: str) -> None:
        super().__init__()
        self._heading, self._about = heading, about

    def compose(self) -> ComposeResult:
        """Make the dialog."""
        from textual.content import Content

        with Vertical() as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "y yes   n no"
            yield Label(self._about, markup=False)
