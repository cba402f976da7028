"""How scripts come to be broken: by the favourite bug of a model on a task, and by chance."""

from __future__ import annotations

import random
from functools import lru_cache

from benchmarks.imperfect.profiles import FAVOURITES, KINDS, LIES, PROFILES, SECOND
from benchmarks.imperfect.script import Script, bugs

_ANSWERS = ("runaway", "prose")
"""Favourites that are no bug of a script but a way not to write one."""


@lru_cache(maxsize=4096)
def favourite(size: str, task: str, seed: int) -> tuple[str, float]:
    """Return what a model does again and again on a task, and how firmly: the name of a bug, `runaway` or `prose`.

    Failures of one model on one task are not independent: in the published log one invented import comes back five
    times in fifteen steps, after debugging, too. One draw a model seed makes them so.
    """
    rng = random.Random(f"{size}/{task}/{seed}/favourite")
    kind = rng.choices(list(FAVOURITES), list(FAVOURITES.values()))[0]
    grip = rng.betavariate(*PROFILES[size].grip)
    return (kind if kind in _ANSWERS else _variant(task, kind, rng)), grip


def _variant(task: str, kind: str, rng: random.Random) -> str:
    return rng.choice([name for name, bug in bugs(task).items() if bug.kind == kind])


class Slips:
    """The bugs that a model of a size puts into scripts for one task.

    Attributes:
        favourite_bug: name of the bug it makes again and again; empty where what it does is no bug of a script.
        grip: how firmly, 0..1.
    """

    def __init__(self, size: str, task: str, seed: int, planned: bool = False) -> None:
        name, self.grip = favourite(size, task, seed)
        self.favourite_bug = "" if name in _ANSWERS else name
        profile = PROFILES[size]
        self._slip = min(1.0, max(0.0, profile.slip - (profile.planned if planned else 0.0)))

    def broken(
        self,
        script: Script,
        rng: random.Random,
        slips: float = 1.0,
        grips: float = 1.0,
        known: tuple[str, ...] = (),
        part: str = "",
    ) -> Script:
        """Return a script with the bugs that are made in writing it.

        Args:
            script: as it should be.
            rng: chance.
            slips: share of the chance of a fresh script's bugs; `grips` the same for the favourite.
            known: bugs that the script shown had: none of them is made anew.
            part: only this part is written; the parts together have about the chance of the whole.
        """
        made = list(script.bugs)
        table = bugs(script.task)
        again = self.favourite_bug and self.favourite_bug not in known
        if again and part in ("", table[self.favourite_bug].part) and rng.random() < self.grip * grips:
            made.append(self.favourite_bug)
        chance = self._slip * slips
        while rng.random() < self._within(script.task, chance, part):
            name = self._drawn(script.task, part, rng)
            if name not in known:
                made.append(name)
            chance = SECOND
        if part in ("", "train") and rng.random() < LIES:
            made.append("lie/score")
        kept = dict.fromkeys(name for name in table if name in made and not _shadowed(name, made))
        return Script(script.task, script.level, tuple(kept))

    def _within(self, task: str, chance: float, part: str) -> float:
        if not part:
            return chance
        weights = [
            KINDS[b.kind] / _variants(task)[b.kind] for b in bugs(task).values() if b.part == part and b.kind in KINDS
        ]
        return float(1.0 - (1.0 - chance) ** (sum(weights) / sum(KINDS.values())))

    def _drawn(self, task: str, part: str, rng: random.Random) -> str:
        found = {
            name: KINDS[bug.kind] / _variants(task)[bug.kind]
            for name, bug in bugs(task).items()
            if bug.kind in KINDS and part in ("", bug.part)
        }
        return rng.choices(list(found), list(found.values()))[0] if found else "lie/score"


@lru_cache
def _variants(task: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for bug in bugs(task).values():
        counts[bug.kind] = counts.get(bug.kind, 0) + 1
    return counts


def _shadowed(name: str, made: list[str]) -> bool:
    """Whether a bug cannot be put in beside one of the others, which changes the same text."""
    kind = name.partition("/")[0]
    if kind in ("column", "submission"):
        return any(other != name and other.startswith(kind + "/") for other in made[: made.index(name)])
    return name == "path/../input/train.csv" and "path/./data/train.csv" in made
