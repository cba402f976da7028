"""Repairs: from the text of a traceback to its cause, and from the cause to a recipe that mends it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import msgspec

from tui_aide.models.builtin.choice import Choice, Context
from tui_aide.models.builtin.cost import within
from tui_aide.models.builtin.drafts import draft, standard
from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import FAMILIES
from tui_aide.models.builtin.recipe import Family, Member, Recipe, change
from tui_aide.models.builtin.script import title
from tui_aide.models.chat import Attempt

Mend = Callable[[Recipe, Facts], Recipe]


class Repair(msgspec.Struct, frozen=True):
    """A pattern in a traceback, what it means, and what to change."""

    pattern: str
    cause: str
    remedy: str
    mend: Mend


def _fields(**fields: object) -> Mend:
    return lambda recipe, facts: change(recipe, **fields)


def _without_numbers(recipe: Recipe, facts: Facts) -> Recipe:
    numbers = (*facts.numeric, *facts.tidy, *facts.dates)
    if facts.text and numbers and not set(numbers) <= set(recipe.drop):
        return change(recipe, drop=tuple(dict.fromkeys((*recipe.drop, *numbers))))
    return change(recipe, members=(Member("linear"),))


def _smaller(recipe: Recipe, facts: Facts) -> Recipe:
    """Fewer members first, then fewer repeats and folds, then fewer rows."""
    if len(recipe.members) > 1:
        return change(recipe, members=recipe.members[:1], stack=False)
    if recipe.shifts:
        return change(recipe, shifts=False)
    if recipe.repeats > 1 or recipe.folds > 3:
        return change(recipe, repeats=1, folds=3)
    return change(recipe, rows=max(500, (recipe.rows or facts.rows) // 4))


def _fewer_latent(recipe: Recipe, facts: Facts) -> Recipe:
    return change(recipe, latent=max(2, recipe.latent // 4))


def _fewer_folds(recipe: Recipe, facts: Facts) -> Recipe:
    return change(recipe, folds=max(2, recipe.folds // 2), calibrated=recipe.calibrated)


def _impute(recipe: Recipe, facts: Facts) -> Recipe:
    if recipe.impute:
        return change(recipe, members=(Member("boosting"),), categories="ordinal", log_target=False, fill_text=True)
    return change(recipe, impute=True)


def _tidy(recipe: Recipe, facts: Facts) -> Recipe:
    if recipe.tidy_numbers or not facts.tidy:
        return change(recipe, tidy_numbers=True, coerce=True)
    return change(recipe, tidy_numbers=True)


REPAIRS: tuple[Repair, ...] = (
    Repair(
        r"np\.nan is an invalid document|expected byte or unicode string|'float' object has no attribute 'lower'",
        "the text column has missing values, and TF-IDF takes text only",
        "I replace missing text by an empty text",
        _fields(fill_text=True),
    ),
    Repair(
        r"Input y contains (NaN|infinity)|invalid value encountered in log1p|y contains NaN",
        "the logarithm of a negative target is not a number",
        "I learn the target itself",
        _fields(log_target=False),
    ),
    Repair(
        r"not finite numbers|overflow encountered in expm1",
        "the exponential of a predicted logarithm left the range of numbers",
        "I learn the target itself",
        _fields(log_target=False),
    ),
    Repair(
        r"Input (X )?contains infinity|value too large for dtype",
        "there are infinite values among the inputs",
        "I take infinite values as missing",
        _fields(infinities=True, impute=True),
    ),
    Repair(
        r"contains NaN|does not accept missing values|cannot convert.*NaN|NaNs? in",
        "the model met missing values, which it cannot take",
        "I fill the gaps with the median, learnt from the training folds only",
        _impute,
    ),
    Repair(
        r"could not convert string to float|Unable to parse string|invalid literal for|Cannot use median strategy",
        "a column that looks numeric holds stray text or units",
        "I cut the number out of the text and take the rest as missing",
        _tidy,
    ),
    Repair(
        r"Found unknown categories",
        "a fold or the test rows hold a category that the encoder never saw",
        "I let the encoder take unknown categories as a group of their own",
        _fields(tolerate_unknown=True),
    ),
    Repair(
        r"does(n't| not) match format|time data|Unknown datetime string|unconverted data remains|OutOfBoundsDatetime",
        "the dates are not all written the way I assumed",
        "I let pandas read each date by its own form, and take unreadable ones as missing",
        _fields(parse_dates=True),
    ),
    Repair(
        r"has no attribute '?predict_proba",
        "this classifier gives margins, not probabilities",
        "I calibrate its margins on folds of the training rows",
        _fields(calibrated=True),
    ),
    Repair(
        r"Logarithmic Error cannot be used when|predictions of 0 or more|clip them",
        "the logarithm in the metric takes no negative predictions",
        "I cut predictions at the smallest target seen",
        _fields(floor=True),
    ),
    Repair(
        r"Sparse data was passed|dense data is required|sparse (matrix|array).*(dense|not supported)|Use \.toarray",
        "the terms are a sparse matrix, which this model does not take",
        "I reduce them to a few dense dimensions by truncated SVD",
        _fields(latent=50),
    ),
    Repair(
        r"Negative values in data passed to MultinomialNB",
        "counts by class cannot be negative, and scaled numbers are",
        "I leave the numbers to other models and keep the words",
        _without_numbers,
    ),
    Repair(
        r"n_components.*must be (<=|less|between)|n_components\(\d+\)",
        "there are fewer terms than the dimensions I asked for",
        "I ask for fewer dimensions",
        _fewer_latent,
    ),
    Repair(
        r"empty vocabulary|After pruning, no terms remain",
        "no term is frequent enough to be kept",
        "I use pieces of words instead of words",
        _fields(text="characters"),
    ),
    Repair(
        r"least populated class|number of members in each class|number of classes has to be greater than one"
        r"|n_splits=\d+|requires at least|cannot have number of splits",
        "a class has too few rows for so many folds",
        "I cut the rows into fewer folds",
        _fewer_folds,
    ),
    Repair(
        r"class label|not one of the classes|is not a class|unknown (class|label)|labels? (that|which)",
        "the submission held codes in place of the class labels",
        "I write the labels as they stand in the training table",
        _fields(decode=True),
    ),
)


def repair(context: Context) -> Choice:
    """Read the parent's traceback and mend the recipe; a fresh sound draft where the script is not of this hand."""
    reasons: tuple[str, ...]
    facts, limits = context.facts, context.proposal.limits
    parent = context.proposal.parents[0] if context.proposal.parents else None
    recipe = next((t.recipe for t in context.tried if parent is not None and t.attempt.node == parent.node), None)
    if parent is None or recipe is None:
        fresh = draft(context)
        sound = sounder(fresh.recipe, facts)
        reasons = ("The script is not one of mine, so I cannot mend it in place; I write a sound one afresh.",)
        return Choice(sound, fresh.title, (*reasons, *fresh.reasons[:1]))
    ending = _last_line(parent)
    if parent.verdict in ("timeout", "out_of_memory"):
        word = "time" if parent.verdict == "timeout" else "memory"
        mended = _smaller(recipe, facts)
        reasons = (f"The script ran out of {word}, so it gets less to do: {_difference(recipe, mended)}.",)
        return Choice(mended, f"made smaller: {title(mended)}", reasons)
    text = f"{parent.message}\n{parent.output_tail}"
    for entry in REPAIRS:
        if re.search(entry.pattern, text, re.IGNORECASE):
            mended = entry.mend(recipe, facts)
            if mended != recipe:
                found = f"The run ended with: {ending.rstrip('.')}." if ending else f"The verdict is {parent.verdict}."
                reasons = (found, f"The cause: {entry.cause}.", f"The repair: {entry.remedy}; all else stays.")
                return Choice(within(mended, facts, limits.seconds), f"repaired: {title(recipe)}", reasons)
    mended = sounder(recipe, facts)
    if mended == recipe or parent.debug_depth >= 1:
        rng = random.Random(f"{context.seed}/{context.proposal.number}/debug")
        family: Family = "boosting" if recipe.members[0].family != "boosting" else "linear"
        mended = within(standard(family, facts, rng), facts, limits.seconds)
    reasons = (
        f"The run ended with: {ending.rstrip('.')}."
        if ending
        else f"The verdict is {parent.verdict}: {parent.message}",
        "No rule of mine knows this error, so I go back to a plainer script with every safeguard on.",
    )
    return Choice(mended, f"simplified: {title(mended)}", reasons)


def sounder(recipe: Recipe, facts: Facts) -> Recipe:
    """Return the recipe with every safeguard on."""
    safe = change(
        recipe,
        impute=True,
        tidy_numbers=True,
        fill_text=True,
        tolerate_unknown=True,
        parse_dates=True,
        calibrated=True,
        decode=True,
        floor=True,
        infinities=True,
        coerce=True,
        latent=recipe.latent or 50,
    )
    if recipe.log_target and facts.target is not None and (facts.target.minimum or 0.0) <= -1:
        safe = change(safe, log_target=False)
    if any(m.family == "naive_bayes" for m in recipe.members):
        safe = _without_numbers(safe, facts) if facts.text else change(safe, members=(Member("linear"),))
    return safe


def _last_line(parent: Attempt) -> str:
    """Return the last line of the output that names an error, shortened."""
    for line in reversed(parent.output_tail.splitlines()):
        if re.match(r"\w[\w.]*(Error|Exception|Warning)\b", line):
            return line.strip()[:200]
    return parent.message.strip().split("\n")[0][:200]


def _difference(before: Recipe, after: Recipe) -> str:
    """Return in words what became smaller."""
    if len(before.members) != len(after.members):
        return f"only {FAMILIES[after.members[0].family].title}"
    if before.shifts != after.shifts:
        return "no moved copies of the pictures"
    if before.folds != after.folds or before.repeats != after.repeats:
        return f"{after.folds} folds, once"
    return f"at most {after.rows} rows a fold"
