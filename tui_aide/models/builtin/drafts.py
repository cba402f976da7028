"""First scripts: different families in a sensible order, with the slips that a first try may have."""

from __future__ import annotations

import datetime
import random
import re

from tui_aide.models.builtin.choice import Choice, Context
from tui_aide.models.builtin.cost import within
from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import FAMILIES
from tui_aide.models.builtin.recipe import Family, Member, Recipe, change
from tui_aide.models.builtin.script import title

SLIPS = 0.3
"""Share of drafts with a slip, where the data offer an occasion for one."""

_PLACES: dict[str, tuple[tuple[Family, ...], ...]] = {
    "text": (
        ("naive_bayes", "linear"),
        ("boosting", "extra_trees"),
        ("linear",),
        ("sgd", "elastic"),
        ("mlp", "svm"),
        ("naive_bayes", "knn"),
    ),
    "picture": (("linear",), ("forest", "knn"), ("svm",), ("mlp",), ("extra_trees", "boosting"), ("knn", "boosting")),
    "small": (
        ("linear", "knn"),
        ("forest", "extra_trees"),
        ("svm",),
        ("gaussian_process", "spline"),
        ("boosting",),
        ("mlp", "elastic"),
    ),
    "large": (("sgd",), ("boosting",), ("linear",), ("forest",), ("extra_trees",), ("mlp",)),
    "mixed": (
        ("linear", "elastic"),
        ("forest",),
        ("boosting",),
        ("svm", "mlp"),
        ("extra_trees", "spline"),
        ("knn", "mlp", "spline"),
    ),
}


def line_up(facts: Facts) -> tuple[tuple[Family, ...], ...]:
    """Return families in the order of trying, simple ones first; each place offers alternatives."""
    if facts.large:
        return _PLACES["large"]
    if facts.picture:
        return _PLACES["picture"]
    if facts.text and len(facts.text) >= 0.3 * facts.width and not facts.regression:
        return _PLACES["text"]
    if facts.rows < 400:
        return _PLACES["small"]
    return _PLACES["mixed"]


def draft(context: Context) -> Choice:
    """Choose a family that was not tried yet, and what goes with it.

    Args:
        context: the task and what was tried; `proposal.number` spreads drafts that are written at the same time.

    Returns:
        Choice: a recipe that fits the data, or with a slip in about a third of the cases that offer one.
    """
    facts, proposal = context.facts, context.proposal
    rng = random.Random(f"{context.seed}/{proposal.number}/draft")
    places = line_up(facts)
    used = {t.recipe.members[0].family for t in context.tried if len(t.recipe.members) == 1}
    order = [places[(proposal.number + k) % len(places)] for k in range(len(places))]
    place = next((p for p in order if not any(f in used for f in p)), None)
    if place is None:
        place = next((p for p in order if any(f not in used for f in p)), order[0])
    fresh = [f for f in place if f not in used] or list(place)
    fresh = [f for f in fresh if not (facts.regression and f == "naive_bayes")] or ["linear"]
    family = rng.choice(fresh)
    recipe = standard(family, facts, rng, later=bool(used))
    recipe = within(recipe, facts, proposal.limits.seconds)
    slip = ""
    first = proposal.number == 0 and not context.tried
    if rng.random() < SLIPS and not first:  # the first figure to beat comes from a careful, plain script
        recipe, slip = _slipped(recipe, context, rng)
    reasons = [f"I take {FAMILIES[family].title}: {FAMILIES[family].why}."]
    if used:
        known = ", ".join(sorted(FAMILIES[f].title for f in used))
        reasons.append(f"Tried already: {known}; so this is another kind of model.")
    elif proposal.number <= 1:
        reasons.append("As one of the first scripts it also gives a figure that later ones have to beat.")
    if slip:
        reasons.append(slip)
    return Choice(recipe, title(recipe), tuple(reasons))


def standard(family: Family, facts: Facts, rng: random.Random, later: bool = False) -> Recipe:
    """Return a sound recipe of one family for these data; `later` ones trust what is usual for such data more."""
    metric = facts.view.metric
    tree = FAMILIES[family].inputs == "tree"
    params: dict[str, float | int | str] = {}
    if family == "boosting" and facts.problem == "multiclass" and len(facts.view.classes) > 5:
        params = {"rounds": 60}
    if family == "boosting" and facts.large:
        params = {"rounds": 200, "leaves": 31, "rate": 0.1}
    if family in ("forest", "extra_trees") and facts.large:
        params = {"trees": 100, "leaf": 8}
    if family == "linear" and facts.text and later:
        params = {"C": rng.choice((3.0, 10.0, 30.0))}
    many = bool(facts.many_valued)
    recipe = Recipe(
        members=(Member(family, params),),
        categories=rng.choice(("ordinal", "target")) if tree and many else ("ordinal" if tree else "onehot"),
        text="both" if later and family == "linear" and not facts.large else "words",
        scale="quantile" if later and not tree and facts.outliers and rng.random() < 0.7 else "standard",
        log_target=_skewed(facts) and (metric == "rmsle") and rng.random() < 0.5,
        indicators=bool(facts.missing_numbers) and rng.random() < 0.3,
        infinities=facts.infinite,
        folds=3 if facts.large else (10 if facts.rows < 200 and facts.view.folds == 1 else 5),
        rows=200_000 if facts.rows > 300_000 else 0,
        drop=_not_for(family, facts),
        seed=rng.randrange(1000),
    )
    if facts.rows < 30:
        recipe = change(recipe, folds=max(2, min(5, facts.rows // 4)))
    return recipe


def _not_for(family: Family, facts: Facts) -> tuple[str, ...]:
    """Return columns that the family cannot use: words by class leave numbers out."""
    if family == "naive_bayes" and facts.text:
        return (*facts.numeric, *facts.tidy, *facts.dates)
    return ()


def _skewed(facts: Facts) -> bool:
    """Whether the logarithm of the target is defined, as far as the preview tells."""
    return facts.regression and (facts.target is None or facts.target.minimum is None or facts.target.minimum > -1)


def _slipped(recipe: Recipe, context: Context, rng: random.Random) -> tuple[Recipe, str]:
    """Return the recipe with one slip that these data invite, and what the first thought behind it was.

    What went wrong in an earlier attempt is not done again.
    """
    facts = context.facts
    family = recipe.members[0].family
    facts_of = FAMILIES[family]
    found: list[tuple[dict[str, object], str]] = []
    if facts.missing_numbers and facts_of.inputs == "scaled":
        found.append(({"impute": False, "indicators": False}, "Numbers go in as they are, without further treatment."))
    if facts.infinite:
        found.append(({"infinities": False}, "Numbers go in as the table has them."))
    if facts.tidy:
        found.append(({"tidy_numbers": False}, f"{facts.tidy[0]!r} looks numeric, so a cast to float should do."))
    if facts.missing_text:
        found.append(({"fill_text": False}, "The text goes straight into TF-IDF."))
    if facts.many_valued and recipe.categories != "target":
        found.append(({"tolerate_unknown": False}, "The encoder keeps its defaults."))
    if facts.dates and not _iso_dates(facts):
        found.append(({"parse_dates": False}, "Dates are parsed as year-month-day."))
    if family == "svm" and not facts.regression and not facts.ordered:
        found.append(({"calibrated": False}, "The classifier keeps its defaults."))
    if facts.view.kind == "labels" and not all(re.fullmatch(r"\d+", label) for label in facts.view.classes):
        found.append(({"decode": False}, "The predicted classes go straight into the submission."))
    if facts.regression and not _skewed(facts):
        found.append(({"log_target": True}, "A logarithm often tames a target with a long tail."))
    if facts.view.metric == "rmsle" and not recipe.log_target and facts_of.inputs == "scaled":
        found.append(({"floor": False}, "The target is learnt as it stands."))
    if facts.text and family == "boosting":
        found.append(({"latent": 0}, "Boosting gets the TF-IDF terms themselves."))
    if family == "naive_bayes" and recipe.drop:
        found.append(({"drop": ()}, "All columns go in beside the words."))
    found = [slip for slip in found if not any(_has(t.recipe, slip[0]) for t in context.tried)]
    if not found:
        return recipe, ""
    fields, thought = rng.choice(found)
    return change(recipe, **fields), thought


def _has(recipe: Recipe, fields: dict[str, object]) -> bool:
    """Whether the recipe has these values."""
    return all(getattr(recipe, name) == value for name, value in fields.items())


def _iso_dates(facts: Facts) -> bool:
    """Whether all sampled dates are written year-month-day."""
    for column in facts.view.columns:
        if column.name in facts.dates:
            for sample in column.samples:
                try:
                    datetime.date.fromisoformat(sample)
                except ValueError:
                    return False
    return True
