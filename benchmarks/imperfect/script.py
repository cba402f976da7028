"""A script as the coder sees it: a level of the bank and the bugs in it; it can be written, and read back."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from benchmarks.imperfect.bank import PARTS, Bank
from benchmarks.imperfect.bugs import Bug, bugs_of
from benchmarks.imperfect.tasks import BANKS


class Script(msgspec.Struct, frozen=True):
    """A script: the task, the level in its bank (0 is the poorest) and the names of its bugs."""

    task: str
    level: int
    bugs: tuple[str, ...] = ()

    @property
    def bank(self) -> Bank:
        """The bank that it is from."""
        return BANKS[self.task]

    @property
    def fatal(self) -> tuple[str, ...]:
        """The bugs that keep it from working."""
        known = bugs(self.task)
        return tuple(name for name in self.bugs if not known[name].harmless)

    def part(self, part: str) -> str:
        """Return the text of one part."""
        text = self.bank.parts(self.level)[part]
        known = bugs(self.task)
        for name in self.bugs:
            if known[name].part == part:
                text = known[name].apply(text)
        return text

    def text(self) -> str:
        """Return the whole script."""
        return "".join(self.part(part) for part in PARTS)


@lru_cache
def bugs(task: str) -> dict[str, Bug]:
    """Return the bugs of a task by name."""
    return bugs_of(BANKS[task].target)


def read_script(task: str, code: str) -> Script | None:
    """Return the script that a text is, however its lines are laid out; None where it is none of the bank's."""
    level = BANKS[task].level_of(code)
    if level is None:
        return None
    return Script(task, level, tuple(name for name, bug in bugs(task).items() if bug.in_code(code)))


def task_of(text: str) -> str | None:
    """Return the task that a prompt is about: the one whose target and id column are named in it."""
    for name, bank in BANKS.items():
        if bank.id in text and bank.target in text:
            return name
    return None
