"""What critiques have in common: how one says that there is nothing to change, and how failures are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui_aide.engine.prompting import ALLOWANCE

_NOTHING = re.compile(r"no (?:specific |obvious |further )?(?:errors?|issues?|changes?|problems?)\b", re.IGNORECASE)
_FRAME = re.compile(r'File "[^"\n]*solution\.py", line (\d+)')
_AROUND = 3


def finds_nothing(review: str) -> bool:
    """Whether a critique says, in its last lines, that nothing is to be changed, and lists no changes."""
    last = "\n".join(review.strip().splitlines()[-3:])
    return bool(_NOTHING.search(last)) and not re.search(r"^\s*\d+[.)]\s", review, re.MULTILINE)


def listed(plans: Sequence[str]) -> str:
    """Return plans with their numbers from 1, each cut to its share of the room there is, so that all are seen."""
    share = max(200, ALLOWANCE["plans"] // max(1, len(plans)) - 40)
    shown = (plan if len(plan) <= share else f"{plan[:share]} [... cut ...]" for plan in plans)
    return "\n\n".join(f"Plan {i}:\n{plan}" for i, plan in enumerate(shown, 1))


def failing_lines(code: str, output: str) -> str:
    """Return the lines of a script around those that its last traceback names, with their numbers and a mark.

    It is empty where the output holds no traceback that leads through the script.
    """
    start = output.rfind("Traceback (most recent call last)")
    if start < 0:
        return ""
    named = [int(number) for number in _FRAME.findall(output, start)]
    lines = code.split("\n")  # as the interpreter counts them
    shown = sorted(
        {n for at in named[-3:] for n in range(at - _AROUND, at + _AROUND + 1) if 1 <= n <= len(lines)},
    )
    rows: list[str] = []
    for index, n in enumerate(shown):
        if index and n != shown[index - 1] + 1:
            rows.append("      ...")
        rows.append(f"{'>' if n in named else ' '} {n:>4}  {lines[n - 1]}")
    return "\n".join(rows)
