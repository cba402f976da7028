"""What is said to the terminal itself, past the screen: its title, and notifications of the desktop.

Everything here ends in control sequences. So text is stripped to what is printed, and cut: a model or a script that
writes a control character into a name cannot command the terminal.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from tui_aide.tui.plain_text import one_line

SAVE_TITLE = "\x1b[22;2t"
RESTORE_TITLE = "\x1b[23;2t"
_LONGEST_TITLE = 80
_LONGEST_WORDS = 200


def title_sequence(text: str) -> str:
    """Return what sets the title of the terminal's window."""
    return f"\x1b]2;{printed(text, _LONGEST_TITLE)}\x07"


def desktop_sequence(heading: str, words: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return what has the terminal notify the desktop, in the one way that this terminal is known to take.

    That is OSC 99 for kitty, OSC 777 for foot, urxvt and VTE's, and for all others OSC 9, which one that does not know
    it leaves alone. Within tmux and screen it is passed through; tmux wants `allow-passthrough on` for that.

    Returns:
        The sequence, or "" for a terminal that would print it.
    """
    heading, words = printed(heading, _LONGEST_TITLE), printed(words, _LONGEST_WORDS)
    term = environ.get("TERM", "")
    if term in ("", "dumb", "linux"):
        return ""
    if environ.get("KITTY_WINDOW_ID") or term == "xterm-kitty":
        # all parts with one id make one notification; d=0 says that more comes
        sequence = f"\x1b]99;i=tui_aide:d=0;{heading}\x1b\\\x1b]99;i=tui_aide:d=1:p=body;{words}\x1b\\"
    elif environ.get("VTE_VERSION") or term.startswith(("foot", "rxvt-unicode")):
        sequence = f"\x1b]777;notify;{heading.replace(';', ',')};{words}\x07"
    else:
        sequence = f"\x1b]9;{heading}: {words}\x07"
    return through_multiplexer(sequence, environ)


def through_multiplexer(sequence: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return a sequence as tmux or screen pass it on to the terminal around them."""
    if environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("STY"):  # screen ends its own sequence at the first ESC \
        return "\x1bP" + sequence.replace("\x1b\\", "\x07") + "\x1b\\"
    return sequence


def printed(text: str, longest: int) -> str:
    """Return text on one line, without any character that is not printed, of at most `longest` characters."""
    text = "".join(c for c in one_line(text) if c.isprintable())
    return text if len(text) <= longest else text[: longest - 1] + "…"
