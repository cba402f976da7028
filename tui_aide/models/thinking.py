"""Telling reasoning from answer while text streams in, for servers that leave `<think>` tags in the content."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["reasoning", "answer"]

_OPEN, _CLOSE = "<think>", "</think>"
_LONE_CLOSE = re.compile(r"\n[ \t]*</think>[ \t]*\n")


class ThinkingSplitter:
    """Splits streamed content at its thinking tags, which may be cut across pieces.

    Only an opening tag at the very start counts, and only the first closing tag; whatever follows is the answer.
    Where the prompt holds the opening tag and nobody says so, a closing tag on a line of its own tells it: `late` is
    then set, and all that was taken for the answer before that tag was thinking.

    Args:
        thinking: the model is known to start inside its thinking, the opening tag being part of the prompt.

    Attributes:
        late: whether the text so far turned out to be thinking; whoever reads it sets it back.
        saw_tag: whether a tag was found.
    """

    def __init__(self, thinking: bool = False) -> None:
        self.late = False
        self.saw_tag = False
        self._kind: Kind = "reasoning" if thinking else "answer"
        self._at_start = True
        self._certain = thinking
        self._held = ""
        self._bare = True

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Return what is certain by now; the beginning of a possible tag is held back."""
        self._held += text
        if self._at_start:
            start = self._held.lstrip()
            if len(start) < len(_OPEN) and _OPEN.startswith(start):
                return []
            self._at_start = False
            if start.startswith(_OPEN):
                self._kind, self._held, self.saw_tag = "reasoning", start[len(_OPEN) :], True
        if self._kind == "answer":
            return self._answer()
        reasoning, tag, answer = self._held.partition(_CLOSE)
        if tag:
            self._kind, self._held, self._certain, self.saw_tag = "answer", answer, True, True
            return [*_piece("reasoning", reasoning), *self.flush()]
        kept = _tag_start(reasoning)
        self._held = reasoning[len(reasoning) - kept :]
        return _piece("reasoning", reasoning[: len(reasoning) - kept])

    def _answer(self) -> list[tuple[Kind, str]]:
        """Pass the answer through, but look for a closing tag whose opening one stood in the prompt."""
        text = self._held
        if self._certain:
            return self.flush()
        if "</think>" in text and (found := _LONE_CLOSE.search(("\n" if self._bare else "x") + text)):
            self._certain = self.late = self.saw_tag = True
            self._held = ""
            return [*_piece("reasoning", text[: found.start()]), *_piece("answer", text[found.end() - 2 :])]
        before, newline, tail = text.rpartition("\n")
        stripped = tail.strip(" \t")
        if stripped and (newline or self._bare) and (_CLOSE.startswith(stripped)):
            self._held, self._bare = tail, True
            return _piece("answer", before + newline)
        if newline or self._bare:
            self._bare = not stripped
        return self.flush()

    def flush(self) -> list[tuple[Kind, str]]:
        """Return what is held back; nothing more comes."""
        held, self._held = self._held, ""
        if self._kind == "answer" and not self._certain and self._bare and held.strip() == _CLOSE:
            self.late = self.saw_tag = True
            return []
        return _piece(self._kind, held)


def _piece(kind: Kind, text: str) -> list[tuple[Kind, str]]:
    return [(kind, text)] if text else []


def _tag_start(text: str) -> int:
    """Return how many characters at the end of `text` could be the beginning of a closing tag."""
    return next((n for n in range(min(len(_CLOSE) - 1, len(text)), 0, -1) if _CLOSE.startswith(text[-n:])), 0)
