"""Reading a prompt: what is asked, which scripts are shown, and what is told of what is wrong."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Ask = Literal[
    "draft",
    "repair",
    "improve",
    "merge",
    "review",
    "checklist",
    "revise",
    "plan",
    "part",
    "compare",
    "value",
    "vote",
    "ablate",
]
"""What the coder can be asked for."""

_HEADINGS: tuple[tuple[str, Ask], ...] = (
    ("# Your turn: a first draft", "draft"),
    ("# Your turn: repair this script", "repair"),
    ("# Your turn: improve this script", "improve"),
    ("# Your turn: change this script", "improve"),
    ("# Your turn: merge two scripts", "merge"),
    ("# Your turn: part ", "part"),
    ("# Your turn again: the script was checked and not run", "repair"),
    ("# Your turn again: the script was run and failed", "repair"),
    ("# Your turn again: review the failed script", "review"),
    ("# Your turn again: review the script against a checklist", "checklist"),
    ("# Your turn again: revise the script", "revise"),
    ("# Your turn again: your answer held no script", "draft"),
    ("# Your turn again", "repair"),
    ("# First, only a plan", "plan"),
    ("# Compare two scripts", "compare"),
    ("# Value these plans", "value"),
    ("# Choose among these plans", "vote"),
    ("# First, only an ablation study", "ablate"),
    ("# Previous (buggy) implementation", "repair"),
    ("# Previous solution", "improve"),
)
_ENDINGS = ("# How to answer", "# Your notes so far", "# The rest of your answer", "# Your thinking so far")
_REMINDER = "# Your turn again: your answer held no script"
_PART = re.compile(r"# Your turn: part (\d+) of (\d+)")
_CODE = re.compile(r"^```(?:python|py)[ \t]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)


class Asked(msgspec.Struct, frozen=True):
    """What a prompt asks for.

    Attributes:
        ask: the kind of answer.
        scripts: code blocks after the heading, in order.
        earlier: code blocks before it.
        told: the text after the heading without code blocks: messages, output, findings, instructions.
        part: number of the part that is asked for, from 0; None for whole scripts.
        planned: there is a plan to follow.
        reminded: an earlier answer held no script, and the prompt says so.
        cut: thinking was cut before, and the answer is asked for now, or the rest of it.
    """

    ask: Ask
    scripts: tuple[str, ...]
    earlier: tuple[str, ...]
    told: str
    part: int | None = None
    planned: bool = False
    reminded: bool = False
    cut: bool = False

    @property
    def script(self) -> str:
        """The script that is to be worked on: the last one shown, empty where there is none."""
        shown = self.scripts or self.earlier
        return shown[-1] if shown else ""


def read_prompt(text: str) -> Asked:
    """Return what a prompt asks for, by the last heading in it that is known; a draft where there is none."""
    bare = _CODE.sub(lambda m: "\x00" * len(m[0]), text)  # of the same length, so that places stay
    at, ask = -1, "draft"
    for heading, kind in _HEADINGS:
        found = _last_line(bare, heading)
        if found > at:
            at, ask = found, kind
    end = min((p for e in _ENDINGS if (p := _last_line(bare, e)) > at), default=len(text))
    start = max(at, 0)
    cut = any(_last_line(bare, e) > at for e in _ENDINGS[1:3])
    numbers = list(_PART.finditer(bare))
    part = int(numbers[-1][1]) - 1 if numbers and ask in ("part", "repair", "revise", "draft") else None
    return Asked(
        ask=ask,  # type: ignore[arg-type]
        scripts=tuple(m[1] for m in _CODE.finditer(text) if start <= m.start() < end),
        earlier=tuple(m[1] for m in _CODE.finditer(text) if m.start() < start),
        told=bare[start:end].replace("\x00", ""),
        part=part,
        planned=_last_line(bare, "# The plan to follow") >= 0,
        reminded=_last_line(bare, _REMINDER) >= 0 and _last_line(bare, _REMINDER) == at,
        cut=cut,
    )


def _last_line(text: str, heading: str) -> int:
    """Return where the last line begins that starts with a heading, -1 if none does."""
    at = text.rfind("\n" + heading)
    return at + 1 if at >= 0 else 0 if text.startswith(heading) else -1
