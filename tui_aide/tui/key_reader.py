"""Reads what the terminal sends, in a thread, and tells an Escape from the begin of another key's bytes in time."""

from __future__ import annotations

import os
import selectors
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable

from textual import constants
from textual._xterm_parser import XTermParser
from textual.message import Message

_ESCAPE = "\x1b"
_IDLE = 0.1
_MARGIN = 0.001
_MOST = 4096


class KeyReader:
    """Turns a terminal's bytes into Textual's events.

    Textual's own loop looks for an Escape that stands alone only when its wait of a tenth of a second ends, so that
    `ESCDELAY` below that has no effect there. This one waits just so long, and only while an Escape may stand alone.

    Args:
        fileno: the terminal.
        ended: set when nothing more is wanted; seen within a tenth of a second.
        take: what gets each event.
        debug: let the parser write its log, as Textual's drivers do.
    """

    def __init__(
        self, fileno: int, ended: threading.Event, take: Callable[[Message], None], debug: bool = False
    ) -> None:
        self._fileno = fileno
        self._ended = ended
        self._take = take
        self._parser = XTermParser(debug)
        self._decode = getincrementaldecoder("utf-8")().decode

    def run(self) -> None:
        """Read until the end.

        Raises:
            OSError: the terminal cannot be read.
        """
        escape = False
        with selectors.SelectSelector() as selector:
            selector.register(self._fileno, selectors.EVENT_READ)
            while not self._ended.is_set():
                if selector.select(constants.ESCAPE_DELAY + _MARGIN if escape else _IDLE):
                    data = os.read(self._fileno, _MOST)
                    if not data:  # hung up: it would be ready for ever, and take the time that the app needs to leave
                        return
                    text = self._decode(data)
                    escape = _ESCAPE in text
                    for event in self._parser.feed(text) if text else ():
                        self._take(event)
                else:
                    escape = False
                for event in self._parser.tick():
                    self._take(event)
