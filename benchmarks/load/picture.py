"""What a key changed on the screen, read from the bytes that were drawn: no terminal emulator, only what is asked."""

from __future__ import annotations

import re

from tui_aide.tui.glyphs import UNICODE

_FRAME_END = b"\x1b[?2026l"
_PIECE = re.compile(rb"\x1b\[(\d+);(\d+)H([^\x1b]*(?:\x1b\[[0-9;?]*[A-GI-Za-z][^\x1b]*)*)")
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_NODE = re.compile(rb"#(\d+)")
_CURSOR = UNICODE.cursor.encode()


class Picture:
    """Follows the facts that keys change, frame by frame.

    Attributes:
        cursor: the node under the tree's cursor.
        tabs: how the tabs look.
        border: how the tree's border looks, which tells the focus.
        whole: how many frames drew nearly all rows of the screen.
        frames: how many there were.
    """

    def __init__(self, rows: int) -> None:
        self.height = rows
        self.cursor = b""
        self.tabs = b""
        self.border = b""
        self.whole = self.frames = 0
        self._rest = b""

    def take(self, data: bytes) -> bool:
        """Read what was drawn; return whether a frame was completed by it."""
        *frames, self._rest = (self._rest + data).split(_FRAME_END)
        for frame in frames:
            self._frame(frame)
        return bool(frames)

    def _frame(self, frame: bytes) -> None:
        self.frames += 1
        rows = 0
        for y, x, body in _PIECE.findall(frame):
            if x == b"1":
                rows += 1
                if y == b"2" and b"Tree" in body:
                    self.border = body[: body.find(b"Tree")]
            if b" Plan" in body and b" Score" in body:
                self.tabs = body
            elif _CURSOR in body:
                text = _ESCAPES.sub(b"", body[body.find(_CURSOR) :])
                if found := _NODE.search(text):
                    self.cursor = found[1]
        if rows >= 0.8 * self.height:
            self.whole += 1
