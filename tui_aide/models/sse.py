"""Server-sent events from bytes as they come off the wire: only the data of each event is of interest here."""

from __future__ import annotations


class EventDecoder:
    """Cuts a byte stream into the data of its events.

    Bytes may be fed in pieces of any size. Comments and other fields are skipped; several data lines of one event are
    joined with newlines, as the standard has it (WHATWG HTML, section 9.2).
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that `chunk` completes."""
        text = self._rest + chunk
        lines = text.split(b"\n")
        self._rest = lines.pop()
        events: list[bytes] = []
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._data:
                events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
        return events
