"""From a model's answer to its plan and its script. One block is the script; blocks are never joined."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from tui_aide.code.fences import Block, block, blocks, closing_lines
from tui_aide.code.syntax import docstring, looks_like_code, syntax_error

Problem = Literal["no_code", "truncated", "syntax"]

_OPEN, _CLOSE = "<think>", "</think>"
_UNFINISHED_STRING = "unterminated triple-quoted"
_FENCES_TRIED = 20
_TITLE_LENGTH = 48
_FENCE = re.compile(r"`{3,}|~{3,}")
_HEADING = re.compile(
    r"^(?:the |my |our |a )?(?:solution |approach|implementation |final |overall |brief |high-level )*"
    r"(?:plan|sketch|approach|solution|idea|overview|summary|design|outline|strategy|answer|code|script)s?\W*$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:(?:in )?this (?:solution|script|approach|version),? )|(?:plan|approach|idea|solution|summary): *)?"
    r"(?:(?:i|we)(?: will|['’]ll| am going to| are going to| propose to| plan to)|let(?: me|['’]s| us)) ",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:plan|approach|idea|solution|summary|sketch): +", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z0-9\"'(`]|\s*$)|:(?=\s*$)")


class Extraction(msgspec.Struct, frozen=True):
    """What an answer holds.

    Attributes:
        plan: the prose around the script, without any code block.
        code: the script; where there is a problem, what there is of it, or None.
        problem: the verdict for a script that can't be run, else None.
        message: the problem in words, with line and column where there is a line.
    """

    plan: str
    code: str | None
    problem: Problem | None = None
    message: str = ""


def split_thinking(text: str) -> tuple[str, str]:
    """Return the reasoning and the answer of a completion that holds both.

    They part at the last `</think>` that does not stand in a line of a code block. The opening tag may be missing,
    since chat templates often write it themselves; with only an opening tag the thinking was never ended.
    """
    fence = ""
    split = -1
    at = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if _CLOSE in line and (not fence or stripped == _CLOSE):
            split = at + line.rindex(_CLOSE)
            stripped = line[line.rindex(_CLOSE) + len(_CLOSE) :].strip()
            fence = mark[0] if (mark := _FENCE.match(stripped)) else ""
        elif not fence and (mark := _FENCE.match(stripped)):
            fence = mark[0]
        elif fence and stripped.startswith(fence) and not stripped.strip(fence[0]):
            fence = ""
        at += len(line)
    if split >= 0:
        return text[:split].replace(_OPEN, "", 1).strip(), text[split + len(_CLOSE) :].lstrip("\r\n")
    if text.lstrip().startswith(_OPEN):
        return text.replace(_OPEN, "", 1).strip(), ""
    return "", text


def extract(answer: str, finish: str = "stop") -> Extraction:
    """Return the plan and the script of an answer.

    The script is the last fenced Python block that compiles; blocks without a language count where none says Python.
    Where a later block is broken, an earlier one stands in for it only if it is at least half as long: a snippet is
    not a script. An answer without any fence may be a script as a whole.

    Args:
        answer: the model's text after its thinking; leftovers of the thinking are cut off.
        finish: why the stream ended; an unclosed block is whole only if that is "stop".
    """
    text = split_thinking(answer.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n"))[1]
    lines = text.split("\n")
    found = blocks(lines, lambda b: _whole(lines, b))
    if not found:
        return _unfenced(text, finish)
    candidates = [b for b in found if b.python] or [b for b in found if b.bare]
    broken: tuple[Block, Problem, str] | None = None
    for candidate in reversed(candidates):
        error = syntax_error(candidate.text)
        if not candidate.text.strip() or (
            error is None and not candidate.python and not looks_like_code(candidate.text)
        ):
            continue
        cut = not candidate.closed and finish != "stop"
        if error is None and not cut:
            if broken and len(candidate.text) < len(broken[0].text) / 2:
                break
            return Extraction(_prose(lines, found), candidate.text)
        if broken is None:
            broken = (candidate, "truncated", _cut_words(finish)) if cut else (candidate, "syntax", error or "")
    if broken is None:
        return _nothing(_prose(lines, found), finish)
    return Extraction(_prose(lines, found), broken[0].text, broken[1], broken[2])


def _whole(lines: list[str], found: Block) -> Block:
    """Return the block up to its true end: a fence inside of a triple-quoted string does not close it."""
    if (found.python or found.bare) and _UNFINISHED_STRING in (syntax_error(found.text) or ""):
        for end in closing_lines(lines, found.start)[1:_FENCES_TRIED]:
            longer = block(lines, found.start, end)
            if syntax_error(longer.text) is None:
                return longer
    return found


def _unfenced(text: str, finish: str) -> Extraction:
    code = text.strip("\n") + "\n"
    if looks_like_code(code) and syntax_error(code) is None:
        if finish == "stop":
            return Extraction("", code)
        return Extraction("", code, "truncated", _cut_words(finish))
    return _nothing(text.strip(), finish)


def _nothing(plan: str, finish: str) -> Extraction:
    if finish != "stop":
        return Extraction(plan, None, "truncated", _cut_words(finish))
    return Extraction(plan, None, "no_code", "the answer holds no Python block")


def _cut_words(finish: str) -> str:
    why = "reached its token limit" if finish == "length" else "was broken off"
    return f"the answer {why} before the script was complete"


def _prose(lines: list[str], found: list[Block]) -> str:
    kept = list(lines)
    for b in found:
        kept[b.start : b.end + 1] = [""] * (min(b.end + 1, len(lines)) - b.start)
    text = "\n".join(line.rstrip() for line in kept)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def title(plan: str, code: str) -> str:
    """Return one line of at most 48 characters for the tree: what the plan says first, else the script's docstring."""
    for text in (plan, docstring(code) if code else ""):
        for line in text.splitlines():
            words = _plain(line)
            if words and not _HEADING.match(words):
                return _shortened(words)
    return ""


def _plain(line: str) -> str:
    """Return a line of Markdown as bare words."""
    printable = "".join(c if c.isprintable() else " " for c in line)
    marked = re.sub(r"^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s*)+", "", printable)
    return " ".join(re.sub(r"\*\*|__|`|\*(?=\S)|(?<=\S)\*", "", marked).split())


def _shortened(words: str) -> str:
    rest = _LEAD.sub("", words, count=1)
    rest = _LABEL.sub("", rest, count=1) or words
    end = _SENTENCE_END.search(rest)
    sentence = (rest[: end.start()] if end and end.start() else rest).strip()
    sentence = sentence[:1].upper() + sentence[1:]
    if len(sentence) <= _TITLE_LENGTH:
        return sentence
    cut = sentence[: _TITLE_LENGTH - 1]
    at_word = cut if sentence[_TITLE_LENGTH - 1] == " " else cut.rpartition(" ")[0]
    return (at_word if len(at_word) > _TITLE_LENGTH // 2 else cut).rstrip(" ,;:") + "…"
