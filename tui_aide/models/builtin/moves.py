"""Single changes to a working recipe: what each does, why it may help, and how promising it is on these data."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tui_aide.models.builtin.choice import Context
from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import FAMILIES, settings
from tui_aide.models.builtin.recipe import Family, Member, Recipe, change

_LOG_METRICS = frozenset({"rmsle", "mape", "smape"})
_RATE_METRICS = frozenset({"f1", "f1_macro", "balanced_accuracy", "mcc"})


class Move(msgspec.Struct, frozen=True):
    """One change.

    Attributes:
        name: groups moves of one kind, so that a kind which did not help is not tried again at once.
        promise: how likely it is to help, by experience; around 1 is usual.
        label: what the title says of it, where that is more than its name.
    """

    name: str
    recipe: Recipe
    reason: str
    promise: float
    label: str = ""


def moves(recipe: Recipe, context: Context) -> Iterator[Move]:
    """Yield every change that makes sense for this recipe on these data."""
    facts = context.facts
    yield from _target_moves(recipe, facts)
    yield from _decision_moves(recipe, facts)
    yield from _drift_moves(recipe, facts)
    yield from _input_moves(recipe, facts)
    yield from _picture_moves(recipe, facts)
    yield from _blend_moves(recipe, context)
    yield from _tuning_moves(recipe, facts)
    yield from _repeat_moves(recipe, facts)


def _target_moves(recipe: Recipe, facts: Facts) -> Iterator[Move]:
    if not facts.regression:
        return
    low = facts.target.minimum if facts.target is not None else None
    high = facts.target.maximum if facts.target is not None else None
    if recipe.log_target:
        promise = 0.05 if facts.view.metric == "rmsle" else 0.4
        yield Move("log", change(recipe, log_target=False), "I learn the target itself, not its logarithm", promise)
    elif low is None or low > -1:
        wide = low is not None and high is not None and high > 20 * max(1.0, low)
        promise = 3.0 if facts.view.metric in _LOG_METRICS else (0.9 if wide else 0.3)
        why = "the metric compares logarithms" if facts.view.metric == "rmsle" else "large targets weigh less then"
        yield Move("log", change(recipe, log_target=True), f"I learn the logarithm of the target: {why}", promise)


def _decision_moves(recipe: Recipe, facts: Facts) -> Iterator[Move]:
    view = facts.view
    if facts.ordered and not recipe.ordered and all(FAMILIES[m.family].regressor for m in recipe.members):
        reason = "the classes have an order and far misses cost most, so I regress on the rank and move the borders"
        yield Move("ordered", change(recipe, ordered=True, decision="cutpoints"), reason, 3.0)
    elif recipe.ordered and recipe.decision != "cutpoints":
        reason = "borders between the ranks are moved to where the metric is best out of fold"
        yield Move("cutpoints", change(recipe, decision="cutpoints"), reason, 2.5)
    elif view.kind == "labels" and view.metric in _RATE_METRICS and recipe.decision == "plain":
        reason = (
            f"the most probable class is not what {view.metric} rewards; I weigh classes by out-of-fold predictions"
        )
        yield Move("threshold", change(recipe, decision="threshold"), reason, 2.5)
    if view.metric in ("log_loss", "brier") and recipe.decision == "plain":
        reason = "the probabilities may be too bold or too timid; one power for all is fitted out of fold"
        over = any(m.family in ("naive_bayes", "mlp", "forest", "extra_trees", "knn") for m in recipe.members)
        yield Move("temperature", change(recipe, decision="temperature"), reason, 1.4 if over else 0.9)
    balanceable = not recipe.ordered and any(FAMILIES[m.family].balanced for m in recipe.members)
    if balanceable and view.kind == "labels" and not recipe.balanced and view.metric in _RATE_METRICS:
        reason = "rare classes weigh as much as frequent ones in training"
        yield Move("balanced", change(recipe, balanced=True), reason, 0.8)


def _drift_moves(recipe: Recipe, facts: Facts) -> Iterator[Move]:
    if facts.width < 3 or facts.rows < 300 or facts.picture or recipe.drift != "ignore":
        return
    in_time = facts.view.split.startswith("time:")
    if in_time:
        reason = "what held in older rows may not hold in newer ones: columns whose effect fades are left out"
        yield Move("unstable", change(recipe, drift="unstable"), reason, 3.5)
    if not facts.text:
        reason = "columns that tell training rows from test rows are left out (adversarial validation)"
        yield Move("adversarial", change(recipe, drift="adversarial"), reason, 1.5 if in_time else 0.12)


def _input_moves(recipe: Recipe, facts: Facts) -> Iterator[Move]:
    inputs = {FAMILIES[m.family].inputs for m in recipe.members}
    scaled = "scaled" in inputs
    numbers = len(facts.numeric) + len(facts.tidy)
    families = set(recipe.families)
    if scaled and numbers and not facts.picture:
        if not recipe.clip and recipe.scale != "quantile":
            reason = "outliers are pulled to a few quartile ranges, so that they do not set the scale"
            yield Move("clip", change(recipe, clip=True), reason, 1.0 if facts.outliers else 0.4)
        if recipe.scale != "quantile":
            reason = "numbers are spread evenly by rank, which tames long tails and outliers"
            yield Move("quantile", change(recipe, scale="quantile"), reason, 1.6 if facts.outliers else 0.6)
        if not recipe.interactions and 2 <= numbers <= 30 and families & {"linear", "elastic", "sgd"}:
            reason = "products of pairs let a linear model bend and interact"
            yield Move("interactions", change(recipe, interactions=True, scale="standard"), reason, 1.4)
        if numbers >= 10 and families & {"svm", "knn", "gaussian_process", "mlp", "spline"}:
            for percent in (70, 50, 35):
                if percent < recipe.select:
                    reason = f"only the {percent} % of inputs with the most information on the target stay"
                    yield Move("select", change(recipe, select=percent), reason, 1.0 if percent == 50 else 0.6)
    elif scaled and facts.picture and recipe.scale == "standard":
        reason = "all pixels share one scale, so I leave their ranges alone"
        yield Move("pixels as they are", change(recipe, scale="none"), reason, 0.2)
    if facts.positive_pairs and not recipe.ratios and not facts.picture:
        a, b = facts.positive_pairs[0]
        reason = f"ratios such as {a!r} to {b!r} may say more than both alone"
        yield Move("ratios", change(recipe, ratios=True), reason, 1.1)
    if facts.alike and not recipe.matches:
        a, b = facts.alike[0]
        yield Move(
            "matches", change(recipe, matches=True), f"{a!r} and {b!r} share values; whether they agree joins in", 1.5
        )
    if facts.categorical and not recipe.fold_case:
        promise = 1.3 if _spellings(facts) else 0.15
        reason = "categories that differ only in case or blanks become one"
        yield Move("spelling", change(recipe, fold_case=True), reason, promise)
    if facts.missing_numbers and not recipe.indicators:
        reason = "that a value is missing may tell something itself, so it becomes an input"
        yield Move("indicators", change(recipe, indicators=True), reason, 0.6)
    if facts.categorical and "tree" in inputs:
        for encoding in ("target", "onehot", "ordinal"):
            if encoding != recipe.categories and not (encoding == "onehot" and facts.many_valued):
                promise = (0.9 if facts.many_valued else 0.5) if encoding == "target" else 0.35
                reason = f"categories get another encoding for the trees: {encoding}"
                yield Move("encoding", change(recipe, categories=encoding), reason, promise)
    elif facts.many_valued and recipe.categories != "target":
        reason = "a category with many values is replaced by its mean target, learnt inside the folds"
        yield Move("encoding", change(recipe, categories="target"), reason, 0.8)
    if facts.text and recipe.text != "both":
        reason = "pieces of words join the words: they see through endings and spellings"
        yield Move("text", change(recipe, text="both"), reason, 1.3)
    if facts.text and recipe.latent and inputs - {"scaled"}:
        reason = "the text keeps more dimensions"
        yield Move("latent", change(recipe, latent=recipe.latent * 2), reason, 0.3)
    if facts.text and set(recipe.drop) & set(facts.numeric) and "naive_bayes" not in families:
        yield Move("columns", change(recipe, drop=()), "the columns beside the text come back in", 0.5)


def _picture_moves(recipe: Recipe, facts: Facts) -> Iterator[Move]:
    if not facts.picture:
        return
    if not recipe.contrast:
        reason = "pictures differ in brightness for no reason; each gets the same contrast"
        yield Move("contrast", change(recipe, contrast=True), reason, 1.6)
    if not recipe.shifts and not recipe.neighbourhood:
        reason = "a picture moved by one pixel shows the same thing, so moved copies join the training rows"
        yield Move("shifts", change(recipe, shifts=True), reason, 2.2)
        reason = "means of neighbouring pixels are steadier than single noisy ones"
        yield Move("neighbourhood", change(recipe, neighbourhood=True), reason, 0.8)


def _blend_moves(recipe: Recipe, context: Context) -> Iterator[Move]:
    """Add the best member of another family, and swap blending for stacking."""
    facts = context.facts
    most = 2 if facts.large else 4
    if len(recipe.members) < most and not (recipe.shifts and len(recipe.members) >= 2):
        for place, member in enumerate(_partners(recipe, context)):
            grown = change(recipe, members=(*recipe.members, member))
            words = FAMILIES[member.family].title
            reason = f"{words} errs in other ways than what is there, so a weighted mean of both should err less"
            promise = max(0.6, 2.0 - 0.3 * place - 0.3 * len(recipe.members))
            yield Move("blend", grown, reason, promise, label=f"blend in {words}")
    if len(recipe.members) > 1 and not facts.large:
        word = "back to a weighted mean" if recipe.stack else "a linear model on the out-of-fold predictions"
        yield Move("stack", change(recipe, stack=not recipe.stack), f"members are combined by {word}", 0.35)


def _partners(recipe: Recipe, context: Context) -> list[Member]:
    """Return members of families that the recipe lacks: proven ones, best first, then likely ones."""
    found: dict[Family, Member] = {}
    for tried in context.ranked:
        for member in tried.recipe.members:
            if member.family not in recipe.families:
                found.setdefault(member.family, member)
    facts = context.facts
    likely: tuple[Family, ...] = ("boosting", "extra_trees", "mlp", "linear", "svm")
    if facts.large:
        likely = ("boosting", "forest", "sgd")
    elif facts.text:
        likely = ("linear", "sgd", "boosting")
    for family in likely:
        if family not in recipe.families:
            found.setdefault(family, Member(family))
    banned = {"naive_bayes"} if set(facts.text) != set(_inputs(recipe, facts)) or recipe.ordered else set()
    slow = {"gaussian_process"} if facts.rows > 800 else set()
    if facts.large:
        slow |= {"svm", "knn", "gaussian_process", "mlp"}
    return [m for f, m in found.items() if f not in banned | slow][:4]


def _inputs(recipe: Recipe, facts: Facts) -> list[str]:
    every = (*facts.numeric, *facts.tidy, *facts.categorical, *facts.dates, *facts.text)
    return [name for name in every if name not in recipe.drop]


def _tuning_moves(recipe: Recipe, facts: Facts) -> Iterator[Move]:
    """Move one hyper-parameter of one member by one step; slower boosting takes more rounds along."""
    for place, member in enumerate(recipe.members):
        values, ladders = settings(member), FAMILIES[member.family].ladders
        for key, ladder in ladders.items():
            nearest = min(range(len(ladder)), key=lambda i: abs(float(ladder[i]) - float(values[key])))
            for step in (-1, 1):
                if not 0 <= nearest + step < len(ladder):
                    continue
                new = {**member.params, key: ladder[nearest + step]}
                if key == "rate" and step < 0:
                    new["rounds"] = int(float(values["rounds"]) * float(values["rate"]) / float(new["rate"]) / 10) * 10
                members = (*recipe.members[:place], Member(member.family, new), *recipe.members[place + 1 :])
                title = FAMILIES[member.family].title
                reason = f"{title}: {key} from {values[key]} to {new[key]}, all else equal"
                promise = _tuning_promise(member.family, key, step, facts) / len(recipe.members) ** 0.5
                label = f"{key} {values[key]} to {new[key]}"
                yield Move(f"tune {member.family} {key}", change(recipe, members=members), reason, promise, label)


def _tuning_promise(family: Family, key: str, step: int, facts: Facts) -> float:
    """Return how often such a step helps: strong for penalties and learning rates, weak for sizes."""
    if family == "linear" and facts.text and not facts.regression:
        return 1.6 if step > 0 else 0.2  # normalised terms are small, so usual penalties are too strong
    table: dict[tuple[str, str, int], float] = {
        ("boosting", "rate", -1): 1.3,
        ("boosting", "leaves", -1): 0.9,
        ("boosting", "leaf", 1): 0.6,
        ("boosting", "l2", 1): 0.6,
        ("forest", "trees", 1): 0.6,
        ("extra_trees", "trees", 1): 0.6,
        ("extra_trees", "share", 1): 0.7,
        ("forest", "share", 1): 0.6,
        ("forest", "leaf", 1): 0.6,
        ("svm", "C", 1): 0.9,
        ("svm", "gamma", -1): 0.8,
        ("linear", "C", -1): 0.7,
        ("linear", "C", 1): 0.8,
        ("mlp", "units", 1): 0.7,
        ("mlp", "alpha", 1): 0.9,
        ("mlp", "epochs", 1): 0.5,
        ("knn", "neighbours", -1): 0.6,
        ("naive_bayes", "alpha", -1): 0.7,
        ("naive_bayes", "alpha", 1): 0.6,
    }
    return table.get((family, key, step), 0.4)


def _repeat_moves(recipe: Recipe, facts: Facts) -> Iterator[Move]:
    if recipe.repeats < 3 and not facts.large:
        small = facts.rows < 1500
        reason = f"{recipe.repeats + 1} cuts into folds, each with its own seed, average out chance"
        yield Move("repeats", change(recipe, repeats=recipe.repeats + 1), reason, 0.8 if small else 0.4)
    if recipe.folds == 5 and not facts.large:
        reason = "with ten folds every model learns from nine tenths of the rows"
        yield Move("folds", change(recipe, folds=10), reason, 0.5)


def _spellings(facts: Facts) -> bool:
    """Whether frequent values of a category differ in case or blanks only."""
    for column in facts.view.columns:
        if column.name in facts.categorical:
            folded = {s.strip().casefold() for s in column.samples}
            if len(folded) < len(column.samples) or any(s != s.strip() for s in column.samples):
                return True
    return False
