"""What the coder answers where it is to judge: two scripts, several plans, or the output of a run."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from benchmarks.imperfect.profiles import Profile
from benchmarks.imperfect.reading import Asked
from benchmarks.imperfect.script import Script, read_script

_PRINTED = re.compile(r"validation score: ([-+.\de]+)")
_FAILED = re.compile(
    r"Traceback \(most recent call last\)|\w+Error\b|TimeoutError|execution took too long", re.IGNORECASE
)
_PLANS = re.compile(r"^(?:#+ |\*\*)?(?:Plan )?(\d+)[.:)]?", re.MULTILINE)


def judged(profile: Profile, task: str, asked: Asked, rng: random.Random) -> str:
    """Return which of two scripts is better, as JSON; right as often as the profile says."""
    shown = (*asked.earlier, *asked.scripts)[-2:]
    worths = [_worth(read_script(task, code)) for code in shown]
    if len(worths) < 2 or worths[0] == worths[1]:
        return json.dumps({"better": rng.choice("AB")})
    right = "A" if worths[0] > worths[1] else "B"
    wrong = "B" if right == "A" else "A"
    return json.dumps({"better": right if rng.random() < profile.judge else wrong})


def _worth(script: Script | None) -> tuple[bool, int]:
    return (False, -1) if script is None else (not script.fatal, script.level)


def valued(asked: Asked, rng: random.Random, schema: dict[str, Any] | None) -> str:
    """Return a value for each plan, as JSON; nearly by chance, as model-made values of plans are."""
    count = _count(schema) or len(set(_PLANS.findall(asked.told))) or 3
    return json.dumps({"values": [rng.randint(3, 9) for _ in range(count)]})


def voted(asked: Asked, rng: random.Random) -> str:
    """Return the number of one of several plans, as JSON, by chance."""
    return json.dumps({"best": rng.randint(1, max(2, len(set(_PLANS.findall(asked.told)))))})


def _count(schema: dict[str, Any] | None) -> int:
    if not schema:
        return 0
    values = schema.get("properties", {}).get("values", {})
    return int(values.get("minItems") or values.get("maxItems") or 0)


def review_call(prompt: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a function call that reports on a run, as far as its parameters are known ones.

    What is reported is what the output shown in the prompt says: the printed score is believed, lies included.

    Args:
        prompt: all messages, joined; the output is whatever it shows.
        parameters: JSON schema of the function's parameters.
    """
    output = prompt.rpartition("# Execution output")[2] or prompt
    printed = _PRINTED.findall(output)
    bug = bool(_FAILED.search(output)) or not printed
    known: dict[str, Any] = {
        "is_bug": bug,
        "has_csv_submission": not bug and "submission written" in output,
        "summary": "The run failed." if bug else "The run ended in order and printed its validation score.",
        "metric": None if bug else float(printed[-1]),
        "lower_is_better": False,
    }
    wanted = parameters.get("properties") or known
    return {name: known.get(name) for name in wanted}
