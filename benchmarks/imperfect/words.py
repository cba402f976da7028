"""The prose around the coder's scripts: thoughts, plans, reviews. Short, since only their kind matters."""

from __future__ import annotations

import random

from benchmarks.imperfect.script import Script

_THOUGHTS = (
    "The table has a target and an id, so first I look at the columns and their kinds.",
    "The metric decides what to predict, and rows must keep their order.",
    "A simple model that runs is worth more than a clever one that does not.",
    "I have to be careful with the paths and with the columns of the submission.",
    "Missing values need a rule before any model sees them.",
)
_RAMBLING = (
    "Okay, so the user wants a script. Let me think about the data once more, since the columns matter.",
    "Wait, maybe it would be better to treat the numbers as categories. Hmm, but then the model gets large.",
    "On the other hand one could begin with a linear model and see. But wait, the metric is what counts.",
    "So the steps are: read, clean, fit, predict. I should say something about each of them in turn.",
    "Alternatively, gradient boosting might be used here, though I am not sure that the package has it.",
)
_WRONG = (
    "Scale the features before they reach the model.",
    "Raise the number of estimators, so that the model converges.",
    "Set the random seed at the start of the script.",
    "Check the shapes of the tables after they are read.",
)
ABLATION = """\
for block in ("features", "model", "blend"):
    print(f"without {block}: 0.5")
"""
"""An ablation study that measures nothing, as a small model's often does."""

_PARTS = {
    "load": "Reads the tables.",
    "features": "Makes the features of both tables alike.",
    "model": "Chooses the model.",
    "train": "Validates on a fifth of the rows, then fits on all.",
    "predict": "Predicts and writes the submission.",
}


def thinking(rng: random.Random) -> str:
    """Return a few thoughts that come to an end."""
    return " ".join(rng.sample(_THOUGHTS, 2))


def endless(rng: random.Random) -> str:
    """Return thoughts that were cut off."""
    return " ".join(rng.choices(_RAMBLING, k=4)) + " But wait"


def rambling(rng: random.Random) -> str:
    """Return prose instead of an answer."""
    return "\n\n".join(rng.sample(_RAMBLING, 3))


def script(plan: str, code: str) -> str:
    """Return an answer: a plan and a fenced script."""
    return f"{plan}\n\n```python\n{code.rstrip()}\n```\n"


def draft_plan(made: Script) -> str:
    """Return what a draft says of itself."""
    level = made.bank.levels[made.level]
    return f"I use {level.features} and {level.model}. The rows are validated on a fifth of the table."


def repair_plan(shown: Script, made: Script) -> str:
    """Return what a repair says of itself; that it has changed something is no promise."""
    gone = [name for name in shown.bugs if name not in made.bugs]
    cause = f"The cause was {gone[0].replace('/', ': ')}." if gone else "The cause should be gone now."
    return f"{cause} The rest of the script stays as it was."


def improvement_plan(made: Script) -> str:
    """Return what an improvement says of itself."""
    level = made.bank.levels[made.level]
    return f"I change to {level.model} on {level.features}, which should fit these data better."


def part_plan(part: str) -> str:
    """Return a line about one part."""
    return _PARTS[part]


def plan(rng: random.Random) -> str:
    """Return a short plan without code."""
    model = rng.choice(("a linear model", "a random forest", "gradient boosting"))
    return (
        "1. Read both tables and look at the columns.\n2. Fill what is missing and encode the words.\n"
        f"3. Fit {model} and validate it on a fifth of the rows.\n4. Fit on all rows and write the submission."
    )


def review(advice: str) -> str:
    """Return a critique that names the cause."""
    return f"The script fails for one reason that can be named.\n\n1. {advice}\n2. Leave everything else as it is."


def wrong_review(rng: random.Random) -> str:
    """Return a critique that misses the cause."""
    first, second = rng.sample(_WRONG, 2)
    return f"The script has weaknesses.\n\n1. {first}\n2. {second}"


def no_review() -> str:
    """Return a critique that finds nothing."""
    return "No specific errors found."
