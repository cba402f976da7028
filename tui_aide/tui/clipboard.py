"""Copying to the clipboard: through the terminal by OSC 52, and through pyperclip where that is installed."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from tui_aide.tui.figures import thousands

if TYPE_CHECKING:
    from textual.screen import Screen

MOST = 74_994
"""Bytes that terminals take by OSC 52; of a longer text some keep nothing, others a part."""


def copy(screen: Screen[object] | Screen[None] | Screen[str], text: str, what: str) -> None:
    """Copy a text and say so, or why it could not be copied. Nothing is waited for here.

    Args:
        screen: says it.
        text: what to copy.
        what: what the text is, for the message: "the script of #3".
    """
    size = len(text.encode("utf-8", "replace"))
    fits = size <= MOST
    if fits:
        screen.app.copy_to_clipboard(text)

    def told(by_program: bool) -> None:
        lines = text.count("\n") + 1
        if fits or by_program:
            note = f": {thousands(lines)} lines" if lines > 1 else ""
            screen.notify(f"Copied {what}{note}.", markup=False, timeout=3)
        else:
            screen.notify(
                f"{what[0].upper()}{what[1:]} has {thousands(size)} bytes; terminals take {thousands(MOST)}. "
                "E writes it to a file.",
                severity="error",
                markup=False,
                timeout=6,
            )

    driver = screen.app._driver
    in_browser = driver is not None and driver.is_web  # the clipboard that a program finds is the server's
    if in_browser or importlib.util.find_spec("pyperclip") is None:
        told(False)
        return

    def work() -> None:
        screen.app.call_from_thread(told, _by_program(text))

    screen.run_worker(work, thread=True, group="clipboard", exclusive=True)


def _by_program(text: str) -> bool:
    """Copy by the system's own program, as pyperclip finds it; return whether that was possible."""
    pyperclip = importlib.import_module("pyperclip")
    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError):
        return False
    return True
