"""The commands that stand in a page's shell blocks, one by one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.docs.pages import PAGES, blocks, name_of


class Command(msgspec.Struct, frozen=True):
    """One command with its words, as a shell would pass them, and where it stands; redirections are left out."""

    page: str
    line: int
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words in one line, without quotes, and without the folder of the program."""
        first, *rest = self.words
        return " ".join([first.removeprefix(".venv/bin/"), *rest])


def commands_of(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The commands of a shell block, each with the number of its line from 0; here-documents are no commands."""
    text = re.sub(
        r"(<<'?(\w+)'?[^\n]*\n)(.*?\n)\2\n", lambda m: m[1] + "\n" * (m[3].count("\n") + 1), text, flags=re.DOTALL
    )
    line, lines = 0, text.split("\n")
    while line < len(lines):
        start, joined = line, lines[line]
        while joined.endswith("\\"):
            line += 1
            joined = joined[:-1] + lines[line]
        line += 1
        reader = shlex.shlex(joined, posix=True, punctuation_chars=True)
        reader.whitespace_split = True
        words: list[str] = []
        for token in [*reader, ";"]:
            if token in ("&&", ";", "|", "||"):
                if simple := _simple(words):
                    yield start, simple
                words = []
            else:
                words.append(token)


def _simple(words: list[str]) -> tuple[str, ...]:
    """A command without the variables before it and what it is redirected to."""
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    for place, word in enumerate(words):
        if word in ("<", ">", ">>", "<<"):
            words = words[:place]
            break
    return tuple(words)


def found() -> list[Command]:
    """All commands of all pages' `sh` blocks."""
    return [
        Command(name_of(page), first + line, words)
        for page in PAGES
        for first, text in blocks(page, "sh")
        for line, words in commands_of(text)
    ]


def page_script(page: Path) -> str:
    """All of a page's shell blocks, one after the other."""
    return "\n".join(text for _, text in blocks(page, "sh"))
