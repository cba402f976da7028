"""Lines of journals of every format, brought to today's as they are read; a journal is never rewritten.

A line is of the format in force: that of the first event, until a `session_resumed` names another. When a format is
made, the one before gets its step here, and a small journal of it stays in `tests/journals/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from tui_aide.errors import SessionError
from tui_aide.tree.events import FORMAT, AnyEvent, SessionResumed, SessionStarted, decode

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""Brings one line, as plain data, from its format to the next."""

STEPS: Mapping[int, Step] = {}
"""The steps by the format that they start from. Format 2 only added types of events, so that 1 needs none."""

_TYPES = {str(t.__struct_config__.tag) for t in get_args(AnyEvent)}
_HEADS = {str(t.__struct_config__.tag) for t in (SessionStarted, SessionResumed)}


class LineDecoder:
    """Decodes one journal's lines in their order.

    Args:
        steps: how lines of older formats are brought on.
        newest: the format that these lead to.
    """

    def __init__(self, steps: Mapping[int, Step] = STEPS, newest: int = FORMAT) -> None:
        self.format = newest
        self._steps = steps
        self._old = False  # whether lines of the format in force need a step
        self._newest = newest

    def decode(self, line: bytes) -> AnyEvent:
        """Return a line's event, in today's terms.

        Raises:
            SessionError: it was written by a newer program, or is damaged; it names no file.
        """
        if b'"session_' in line:
            self._take_format(line)
        try:
            event = self._bring(line) if self._old else decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, KeyError, TypeError) as e:
            raise self._refusal(line, e) from e
        return event

    def _take_format(self, line: bytes) -> None:
        head = _loose(line)
        kind, found = head.get("type"), head.get("format", 1)
        if kind in _HEADS and isinstance(found, int):
            if found > self._newest:
                raise SessionError(
                    f"written by a newer tui_aide (format {found}, this one reads to {self._newest}); update tui_aide"
                )
            self.format = found
            self._old = any(n in self._steps for n in range(found, self._newest))

    def _bring(self, line: bytes) -> AnyEvent:
        data = msgspec.json.decode(line, type=dict[str, Any])
        for number in range(self.format, self._newest):
            if step := self._steps.get(number):
                data = step(data)
        event: AnyEvent = msgspec.convert(data, AnyEvent)
        return event

    def _refusal(self, line: bytes, error: Exception) -> SessionError:
        kind = _loose(line).get("type")
        if isinstance(kind, str) and kind not in _TYPES:
            return SessionError(
                f"written by a newer tui_aide (it has an event {kind[:40]!r}, which format {self._newest} has not); "
                "update tui_aide"
            )
        return SessionError(f"damaged line {line[:60]!r}: {error}")


def _loose(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
