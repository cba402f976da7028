"""The coder: what a model of a size answers to a prompt. No connection here; all of chance comes from three seeds."""

from __future__ import annotations

import hashlib
import math
import random
from functools import lru_cache
from typing import Any

import msgspec

from benchmarks.imperfect import words
from benchmarks.imperfect.breaking import Slips, favourite
from benchmarks.imperfect.judging import judged, valued, voted
from benchmarks.imperfect.profiles import AFTER_IMPROVEMENT, AFTER_REPAIR, AFTER_RUNAWAY, PART_SHARE, PROFILES, Profile
from benchmarks.imperfect.reading import Asked, read_prompt
from benchmarks.imperfect.script import Script, bugs, read_script, task_of
from benchmarks.imperfect.tasks import BANKS

_SCRIPTS = ("draft", "repair", "improve", "merge", "revise", "part")
_PART_NAMES = ("load", "features", "model", "train", "predict")


class Mind(msgspec.Struct, frozen=True):
    """Whose answer it is.

    Attributes:
        size: of the model.
        task: that it works on; None for what the prompt tells.
        seed: of the model.
        heed: how far its favourite bug gives way to a message that says what to write instead, 0 (not at all, however
            it is told) to 1 (like any other bug). Nothing is published on this; it is what results are sensitive to.
    """

    size: str
    task: str | None = None
    seed: int = 0
    heed: float = 0.0


class Reply(msgspec.Struct, frozen=True):
    """A completion before it is put on the wire.

    Attributes:
        thinking: a few words of it; `thinking_tokens` are how many it counts for.
        answer: what comes after it.
        endless: the thinking has no end but the limit; there is no answer.
    """

    thinking: str
    answer: str
    thinking_tokens: int
    endless: bool = False


def reply(mind: Mind, prompt: str, seed: int, schema: dict[str, Any] | None = None) -> Reply:
    """Return the answer to a prompt.

    Args:
        mind: whose.
        prompt: all messages, joined.
        seed: of this completion.
        schema: JSON schema that the answer should follow, if one was given.
    """
    profile = PROFILES[mind.size]
    digest = hashlib.sha256(prompt.encode()).hexdigest()
    rng = random.Random(f"{mind.size}/{mind.seed}/{seed}/{digest}")
    asked = read_prompt(prompt)
    task = mind.task or task_of(prompt) or next(iter(BANKS))
    whole = asked.ask in _SCRIPTS and asked.part is None
    share = 1.0 if whole else PART_SHARE
    tokens = max(40, round(share * profile.thinking * math.exp(rng.gauss(0.0, profile.spread))))
    if asked.cut:
        tokens = min(tokens, 60)
    kind, grip = favourite(mind.size, task, mind.seed)
    if asked.ask in ("improve", "merge"):
        grip *= AFTER_IMPROVEMENT
    if asked.reminded:
        grip *= 1.0 - mind.heed
    if asked.cut and rng.random() < AFTER_RUNAWAY:
        return Reply(words.thinking(rng), words.rambling(rng), tokens)
    if not asked.cut and rng.random() < _either(profile.runaway, grip if kind == "runaway" else 0.0, share):
        return Reply(words.endless(rng), "", tokens, endless=True)
    if asked.ask in _SCRIPTS:
        if rng.random() < _either(profile.prose, grip if kind == "prose" else 0.0, share):
            return Reply(words.thinking(rng), words.rambling(rng), tokens)
        return Reply(words.thinking(rng), _script_answer(mind, profile, task, asked, rng), tokens)
    return Reply(words.thinking(rng), _other_answer(profile, task, asked, rng, schema), tokens)


def _either(first: float, second: float, share: float) -> float:
    """Return the chance of any of two events, for a completion that is a share of a whole one."""
    return float(1.0 - ((1.0 - first) * (1.0 - second)) ** share)


def _script_answer(mind: Mind, profile: Profile, task: str, asked: Asked, rng: random.Random) -> str:
    if asked.part is not None:
        return _part_answer(mind, profile, task, asked, rng)
    slips = Slips(mind.size, task, mind.seed, asked.planned)
    shown = [s for code in asked.scripts if (s := read_script(task, code)) is not None]
    if not shown and asked.ask == "revise" and (last := read_script(task, asked.script)) is not None:
        shown = [last]
    if asked.ask in ("repair", "revise") and shown:
        script = repaired(profile, slips, shown[-1], asked.told, rng, mind.heed)
        script = slips.broken(script, rng, AFTER_REPAIR, AFTER_REPAIR, known=shown[-1].bugs)
        return words.script(words.repair_plan(shown[-1], script), script.text())
    if asked.ask in ("improve", "merge") and shown:
        base = max(shown, key=lambda s: (not s.fatal, s.level)) if asked.ask == "merge" else shown[-1]
        script = slips.broken(_moved(profile, base, rng), rng, AFTER_IMPROVEMENT, AFTER_IMPROVEMENT)
        return words.script(words.improvement_plan(script), script.text())
    script = slips.broken(Script(task, drawn_level(profile, task, rng)), rng)
    return words.script(words.draft_plan(script), script.text())


def repaired(
    profile: Profile, slips: Slips, script: Script, told: str, rng: random.Random, heed: float = 0.0
) -> Script:
    """Return a script without the bugs that the coder mends, given what it is told of them."""
    known = bugs(script.task)
    left = []
    for name in script.bugs:
        bug = known[name]
        chance = profile.repair if bug.named_by(told) else profile.blind
        if name == slips.favourite_bug:
            chance *= 1.0 - slips.grip * (1.0 - heed if bug.remedied_by(told) else 1.0)
        if bug.harmless or rng.random() >= chance:
            left.append(name)
    return Script(script.task, script.level, tuple(left))


def _moved(profile: Profile, script: Script, rng: random.Random) -> Script:
    dice = rng.random()
    step = 1 if dice < profile.up else -1 if dice < profile.up + profile.down else 0
    top = len(script.bank.levels) - 1
    return Script(script.task, min(top, max(0, script.level + step)), script.bugs)


def drawn_level(profile: Profile, task: str, rng: random.Random) -> int:
    """Return the level of a fresh script; the best of the bank is reached by improving only."""
    top = len(BANKS[task].levels) - 1
    return min(top - 1, max(0, round(rng.gauss(profile.skill * top, 0.17 * top))))


def _part_answer(mind: Mind, profile: Profile, task: str, asked: Asked, rng: random.Random) -> str:
    """Return one part of a script that fits the parts shown; told of a fault, the part without it, if it is mended."""
    assert asked.part is not None
    part = _PART_NAMES[min(asked.part, len(_PART_NAMES) - 1)]
    slips = Slips(mind.size, task, mind.seed, asked.planned)
    level = _fitting_level(profile, task, part, "\n".join((*asked.earlier, *asked.scripts)), rng)
    told = tuple(n for n, bug in bugs(task).items() if bug.named_by(asked.told))
    own = tuple(n for n in told if bugs(task)[n].part == part)
    fixed = repaired(profile, slips, Script(task, level, own), asked.told, rng, mind.heed)
    share = AFTER_REPAIR if told else 1.0
    script = slips.broken(fixed, rng, share, share, known=own, part=part)
    text = script.part(part)
    for name in told:  # an import that an earlier part forgot can be made up for here
        bug = bugs(task)[name]
        if bug.kind == "name" and part != "load" and rng.random() < profile.repair:
            text = bug.old + text
    return words.script(words.part_plan(part), text)


def _fitting_level(profile: Profile, task: str, part: str, shown: str, rng: random.Random) -> int:
    """Return a level whose features are those shown, near to what the coder would draw."""
    wanted = drawn_level(profile, task, rng)
    level = BANKS[task].level_of(shown)
    if part in ("load", "features") or level is None:
        return level if level is not None else wanted
    levels = BANKS[task].levels
    if part != "model":
        return level
    same = [i for i, one in enumerate(levels) if one.features == levels[level].features]
    return min(same, key=lambda i: abs(i - wanted))


def _other_answer(profile: Profile, task: str, asked: Asked, rng: random.Random, schema: dict[str, Any] | None) -> str:
    match asked.ask:
        case "compare":
            return judged(profile, task, asked, rng)
        case "value":
            return valued(asked, rng, schema)
        case "vote":
            return voted(asked, rng)
        case "plan":
            return words.plan(rng)
        case "ablate":
            return words.script("It leaves out one block at a time.", words.ABLATION)
    script = read_script(task, asked.script)
    if script is None or not script.fatal:
        return words.no_review()
    known = bugs(task)
    for name in script.fatal:
        bug = known[name]
        if asked.ask == "checklist":
            chance = profile.checklist if bug.visible else 0.0
        else:
            chance = profile.critique if bug.named_by(asked.told) else profile.critique / 3
        if rng.random() < chance:
            return words.review(bug.advice)
    return words.no_review() if asked.ask == "checklist" else words.wrong_review(rng)


@lru_cache(maxsize=4096)
def prompt_tokens(length: int) -> int:
    """Return how many tokens a prompt of so many characters has, by the usual four characters a token."""
    return max(1, length // 4)
