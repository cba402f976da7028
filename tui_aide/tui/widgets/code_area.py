"""A text area for a script, in the colours that scripts have elsewhere on the screen."""

from __future__ import annotations

from rich.text import Text
from textual.app import App
from textual.events import Key
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from tui_aide.tui.span_styles import span_style

LONGEST = 200_000
"""Characters up to which a script has colours: they are worked out anew with each key."""
_PICTURES = {
    **{c: 0x2400 + c for c in range(32) if c != 9},
    **dict.fromkeys(
        [0x7F, *range(0x80, 0xA0), *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A)], 0xB7
    ),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}
"""What is drawn for characters that would command the terminal, or turn the line around; the script keeps them."""
_NAMES = {
    "code-keyword": (
        "keyword", "keyword.function", "keyword.operator", "keyword.return", "include", "conditional", "repeat",
        "exception",
    ),
    "code-string": ("string",),
    "code-number": ("number", "float", "boolean", "constant.builtin", "string.escape"),
    "code-comment": ("comment",),
    "code-function": ("function", "function.call", "function.builtin", "method", "method.call"),
    "code-type": ("type", "type.class", "type.builtin", "type.definition", "constructor"),
    "code-parameter": ("parameter",),
    "code-operator": ("operator", "punctuation.bracket", "punctuation.delimiter", "punctuation.special"),
    "code-decorator": ("attribute", "attribute.builtin"),
}  # fmt: skip
"""For each of our styles the names that Textual's query for Python gives to what has it."""


class CodeArea(TextArea):
    """Edits Python. Its colours follow the app's theme."""

    DEFAULT_CSS = """
    CodeArea { border: none; padding: 0; background: $background; height: 1fr; scrollbar-size: 1 1;
        scrollbar-background: $background; scrollbar-color: $border-blurred; scrollbar-corner-color: $background;
        &:focus { border: none; } }
    """

    def __init__(self, code: str, *, id: str | None = None) -> None:
        super().__init__(
            code,
            language="python" if len(code) <= LONGEST else None,
            soft_wrap=False,
            show_line_numbers=True,
            tab_behavior="indent",
            id=id,
        )

    def on_mount(self) -> None:
        """Take the theme's colours, now and whenever it changes."""
        self._colour(self.app)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._colour(self.app))

    def on_key(self, event: Key) -> None:
        """Leave esc to the screen; a text area moves the focus by it."""
        if event.key == "escape":
            event.prevent_default()

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is drawn: each character that is none to print has a picture."""
        return Text(self.document.get_line(line_index).translate(_PICTURES), end="", no_wrap=True)

    def _colour(self, app: App[object]) -> None:
        variables, ground = app.theme_variables, self.background_colors[1]
        styles = {name: span_style(look, variables, ground) for look, names in _NAMES.items() for name in names}
        name = f"tui_aide {app.theme}"
        self.register_theme(TextAreaTheme(name, syntax_styles=styles))
        self.theme = name
