"""The prose around a script: the rationale that streams as reasoning, and the plan before the code."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.models.builtin.choice import Choice, Context
from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import FAMILIES
from tui_aide.models.builtin.recipe import Recipe

_DRIFT = {
    "adversarial": "leaves out columns that tell training rows from test rows",
    "unstable": "leaves out columns whose effect fades over time",
}


def rationale(choice: Choice, context: Context) -> str:
    """Return what the rules saw and why they chose so, as plain paragraphs."""
    facts = context.facts
    parts = [
        "I am the built-in proposer: fixed rules over the data preview and earlier results, no language model.",
        _data(facts),
        " ".join(choice.reasons),
        _history(context),
        _inputs(choice.recipe, facts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plan(choice: Choice, facts: Facts) -> str:
    """Return the plan in a few sentences: what the script does, in the order in which it does it."""
    recipe = choice.recipe
    title = choice.title
    steps = [f"{title[0].upper()}{title[1:]}."]
    if recipe.drop:
        steps.append(f"Leaves out {_names(recipe.drop)}.")
    done = []
    if recipe.drift != "ignore":
        done.append(_DRIFT[recipe.drift])
    if recipe.log_target and facts.regression:
        done.append("learns the logarithm of the target")
    if recipe.shifts and facts.picture:
        done.append("trains on moved copies of each picture")
    if recipe.ordered and facts.ordered:
        done.append("regresses on the rank of the class")
    times = f", {recipe.repeats} times" if recipe.repeats > 1 else ""
    done.append(f"validates by {recipe.folds} folds{times}")
    if len(recipe.members) > 1:
        done.append("stacks the members" if recipe.stack else "weighs the members by their out-of-fold predictions")
    if recipe.decision != "plain":
        done.append(f"fits the {recipe.decision.replace('_', ' ')} out of fold")
    sentence = ", ".join(done)
    steps.append(f"It {sentence} and predicts the test rows by the mean over the fold models.")
    return " ".join(steps)


def _names(names: Sequence[str], most: int = 4) -> str:
    """Return a few names, quoted, and how many more there are."""
    shown = ", ".join(repr(n) for n in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _data(facts: Facts) -> str:
    view = facts.view
    asked = {"labels": "class labels", "probabilities": "class probabilities", "values": "numbers"}[view.kind]
    asked = "probabilities" if view.targets and view.kind == "probabilities" else asked
    lines = [
        f"The task asks for {asked} of {view.target!r}, scored by {view.metric} "
        f"({'lower' if view.direction == 'min' else 'higher'} is better), "
        f"from {view.train_rows:,} training rows; {view.test_rows:,} rows are to be predicted."
    ]
    if facts.picture:
        lines.append(
            f"The {len(facts.numeric)} columns look like pixels of {facts.picture[0]} x {facts.picture[1]} pictures."
        )
    else:
        groups = (
            ("numeric", facts.numeric),
            ("numeric but written with stray text", facts.tidy),
            ("categorical", facts.categorical),
            ("dates", facts.dates),
            ("text", facts.text),
            ("of no use (ids, constants, not in the test rows)", facts.unused),
        )
        told = [f"{len(names)} {word} ({_names(names)})" for word, names in groups if names]
        lines.append(f"Columns: {'; '.join(told)}.")
    if facts.arrays:
        lines.append(f"{facts.arrays!r} has an entry for each row; quantiles of its values and slopes become columns.")
    holes = [c for c in view.columns if c.missing > 0 and c.name not in view.target_columns]
    if holes:
        worst = max(holes, key=lambda c: c.missing)
        lines.append(f"{len(holes)} columns have missing values, most of all {worst.name!r} ({worst.missing:.0%}).")
    if view.classes and not facts.regression:
        lines.append(f"There are {len(view.classes)} classes: {_names(view.classes, 6)}.")
    return " ".join(lines)


def _history(context: Context) -> str:
    ranked = context.ranked
    if not ranked:
        return ""
    best = ranked[0]
    names = " + ".join(FAMILIES[m.family].name for m in best.recipe.members)
    score = best.attempt.score.value if best.attempt.score else 0.0
    return f"The best that I know of so far is node {best.attempt.node} ({names}) with {score:.5g}."


def _inputs(recipe: Recipe, facts: Facts) -> str:
    """Return how the inputs are prepared, in one paragraph."""
    scaled = any(FAMILIES[m.family].inputs == "scaled" for m in recipe.members)
    tree = any(FAMILIES[m.family].inputs == "tree" for m in recipe.members)
    said = []
    if scaled and (facts.numeric or facts.tidy):
        scale = {"standard": "standardised", "quantile": "spread by rank", "none": "left as they are"}[recipe.scale]
        said.append(f"numbers are {scale}" + (" after imputing the median" if recipe.impute else ""))
    if facts.categorical:
        coding = {"onehot": "one-hot encoded", "ordinal": "coded as numbers", "target": "replaced by their mean target"}
        if scaled and recipe.categories != "target":
            said.append("categories are one-hot encoded")
        if (tree and not (scaled and recipe.categories == "onehot")) or recipe.categories == "target":
            said.append(f"{'for trees, ' if scaled else ''}categories are {coding[recipe.categories]}")
    if facts.dates:
        said.append(f"dates give day, month{', weekday and hour' if facts.clock else ' and weekday'}")
    if facts.text:
        terms = {"words": "words and pairs of words", "characters": "pieces of words", "both": "words and their pieces"}
        said.append(f"text becomes TF-IDF of {terms[recipe.text]}")
    return f"Inputs: {'; '.join(said)}." if said else ""
