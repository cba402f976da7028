"""Telling reasoning from answer while text streams in, for servers that leave `<think>` tags in the content."""

from __future__ import annotations

from typing import Literal

Kind = Literal["reasoning", "answer"]

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkingSplitter:
    """Splits streamed content at its thinking tags, which may be cut across pieces.

    Only an opening tag at the very start counts, and only the first closing tag; whatever follows is the answer.

    Args:
        thinking: the model is known to start inside its thinking, the opening tag being part of the prompt.
    """

    def __init__(self, thinking: bool = False) -> None:
        self._kind: Kind = "reasoning" if thinking else "answer"
        self._at_start = True
        self._held = ""

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Return what is certain by now; the beginning of a possible tag is held back."""
        self._held += text
        if self._at_start:
            start = self._held.lstrip()
            if len(start) < len(_OPEN) and _OPEN.startswith(start):
                return []
            self._at_start = False
            if start.startswith(_OPEN):
                self._kind, self._held = "reasoning", start[len(_OPEN) :]
        if self._kind == "answer":
            return self.flush()
        reasoning, tag, answer = self._held.partition(_CLOSE)
        if tag:
            self._kind, self._held = "answer", answer
            return [*_piece("reasoning", reasoning), *self.flush()]
        kept = _tag_start(reasoning)
        self._held = reasoning[len(reasoning) - kept :]
        return _piece("reasoning", reasoning[: len(reasoning) - kept])

    def flush(self) -> list[tuple[Kind, str]]:
        """Return what is held back; nothing more comes."""
        held, self._held = self._held, ""
        return _piece(self._kind, held)


def _piece(kind: Kind, text: str) -> list[tuple[Kind, str]]:
    return [(kind, text)] if text else []


def _tag_start(text: str) -> int:
    """Return how many characters at the end of `text` could be the beginning of a closing tag."""
    return next((n for n in range(min(len(_CLOSE) - 1, len(text)), 0, -1) if _CLOSE.startswith(text[-n:])), 0)
