"""A field of a form: label, text, a mark where there are choices, and below it what is wrong."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widgets import Input, Static

from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.order_fields import Field
from tui_aide.tui.plain_text import fit, one_line


class _Mark(Static):
    """The clickable mark of a field with choices."""

    class Clicked(Message):
        """It was clicked."""

    def on_click(self, event: events.Click) -> None:
        """Tell the field."""
        event.stop()
        self.post_message(self.Clicked())


class FieldInput(Input):
    """An input whose size does not depend on its text, so that a key makes no new layout of the whole form."""

    value = reactive("", init=False)


class FormField(Vertical):
    """One field. Enter, or a click on its mark, asks for its choices.

    Attributes:
        field: what it is.
        input: where its text is typed.
    """

    DEFAULT_CSS = """
    FormField {
        height: auto;
        Horizontal { height: 1; }
        .label { width: 11; color: $text-muted; }
        Input { width: 1fr; background: $surface; padding: 0 1; }
        Input:focus { background: $panel; }
        _Mark { width: 3; color: $accent; text-align: center; }
        .error { display: none; height: auto; color: $text-error; padding: 0 0 0 11; }
        &.wrong { .error { display: block; } .label { color: $text-error; } }
        &:focus-within .label { color: $text; text-style: bold; }
    }
    """

    class Edited(Message):
        """The text was changed."""

        def __init__(self, key: str, text: str) -> None:
            super().__init__()
            self.key = key
            self.text = text

    class Asked(Message):
        """The user wants to see the choices, or, where there are none, to go on."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    class Entered(Message):
        """The field has the focus now."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    def __init__(self, field: Field, text: str = "", suggester: Suggester | None = None) -> None:
        super().__init__(id=f"field-{field.key}")
        self.field = field
        self._problem = ""
        self._usual = field.usual
        self.input = FieldInput(text, placeholder=field.usual, suggester=suggester, select_on_focus=False, compact=True)
        self._error = Static("", classes="error", markup=False)

    def compose(self) -> ComposeResult:
        """Make the row and the line below it."""
        with Horizontal():
            yield Static(self.field.label, classes="label", markup=False)
            yield self.input
            yield _Mark(GLYPHS.opened if self.field.choices else "", markup=False)
        yield self._error

    @property
    def problem(self) -> str:
        """What is wrong with it, as it is shown."""
        return self._problem

    def show_problem(self, problem: str) -> None:
        """Show what is wrong, "" for nothing."""
        problem = one_line(problem)
        if problem == self._problem:
            return
        self._problem = problem
        self._error.update(problem)
        self.set_class(bool(problem), "wrong")

    def show_usual(self, usual: str) -> None:
        """Show what it means to leave it empty."""
        self._usual = one_line(usual)
        self._cut_usual()

    def on_resize(self) -> None:
        """Cut what stands in an empty field to its width."""
        self._cut_usual()

    def _cut_usual(self) -> None:
        width = self.input.content_size.width
        text = fit(self._usual, width).rstrip() if width else self._usual
        if self.input.placeholder != text:
            self.input.placeholder = text

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self.field.key, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Asked(self.field))

    @on(_Mark.Clicked)
    def _clicked(self, event: _Mark.Clicked) -> None:
        event.stop()
        self.input.focus()
        if self.field.choices:
            self.post_message(self.Asked(self.field))

    def on_descendant_focus(self) -> None:
        """Tell the form, which says what the field is for."""
        self.post_message(self.Entered(self.field))
