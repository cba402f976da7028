"""Server-sent events from bytes as they come off the wire: only the data of each event is of interest here."""

from __future__ import annotations

LONGEST_EVENT = 32 << 20
"""Bytes after which an event that does not end is given up: no completion holds so much in one piece."""


class EndlessEventError(Exception):
    """An event grew beyond `LONGEST_EVENT`."""


class EventDecoder:
    """Cuts a byte stream into the data of its events, as the standard has it (WHATWG HTML, section 9.2).

    Bytes may be fed in pieces of any size, with any of the three line ends. Comments and other fields are skipped,
    several data lines of one event are joined with newlines, and an event that never ends is dropped.
    """

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_size = 0
        self._started = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that `chunk` completes.

        Raises:
            EndlessEventError: an event has no end.
        """
        if not self._started and chunk:
            self._started = True
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        self._held_size += len(chunk)
        if self._held_size > LONGEST_EVENT:
            raise EndlessEventError(f"an event of more than {LONGEST_EVENT >> 20} MiB")
        if self._held and b"\n" not in chunk and b"\r" not in chunk:
            self._held.append(chunk)  # so that a long line costs no more than its length
            return []
        text = b"".join((*self._held, chunk)) if self._held else chunk
        kept = b""
        if b"\r" in text:
            if text.endswith(b"\r"):
                text, kept = text[:-1], b"\r"  # half of a line end, maybe
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *blocks, rest = text.split(b"\n\n")
        rest += kept
        self._held, self._held_size = ([rest] if rest else []), len(rest)
        return [data for block in blocks if (data := _data(block))]


def _data(block: bytes) -> bytes:
    """Return the data of one event's lines, or nothing for comments and other fields."""
    if block.startswith(b"data: ") and b"\n" not in block:
        return block[6:]
    lines = [line for line in block.split(b"\n") if line == b"data" or line.startswith(b"data:")]
    return b"\n".join(line[6:] if line[5:6] == b" " else line[5:] for line in lines)
