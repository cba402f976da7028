"""Following a user's instruction by its words, as far as the rules know them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tui_aide.models.builtin.choice import Choice, Context
from tui_aide.models.builtin.cost import within
from tui_aide.models.builtin.drafts import standard
from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.families import FAMILIES, settings
from tui_aide.models.builtin.improvements import improve
from tui_aide.models.builtin.recipe import Family, Member, Recipe, change
from tui_aide.models.builtin.script import title

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10, "twenty": 20}
_NOT = re.compile(r"\b(no|not|without|don't|do not|avoid|stop|remove|drop)\b[\w\s]{0,12}$")


def branch(context: Context) -> Choice:
    """Follow the instruction as far as it is understood; say plainly which part that is."""
    facts, proposal = context.facts, context.proposal
    rng = random.Random(f"{context.seed}/{proposal.number}/branch")
    nodes = {p.node for p in proposal.parents}
    start = next((t.recipe for t in context.tried if t.attempt.node in nodes), None)
    if start is None:
        start = standard("boosting", facts, rng)
    text = proposal.instruction
    recipe, understood = follow(text, start, facts, rng)
    if not understood:
        fallback = improve(context) if any(t.attempt.node in nodes for t in context.tried) else None
        reason = f"Of the instruction {_short(text)!r} I understand nothing: I go by known words only."
        if fallback is None:
            return Choice(start, title(start), (reason, "I write a sound script instead."))
        return Choice(
            fallback.recipe, fallback.title, (reason, "I change what I would have changed.", *fallback.reasons)
        )
    recipe = within(recipe, facts, proposal.limits.seconds)
    reasons = (
        f"The instruction is {_short(text)!r}.",
        f"What I understood of it: {'; '.join(understood)}. Anything beyond that I cannot read.",
    )
    return Choice(recipe, f"as instructed: {title(recipe)}", reasons)


def heed(choice: Choice, context: Context) -> Choice:
    """Follow the user's hints on top of what was chosen, as far as they are understood."""
    recipe, known = choice.recipe, []
    rng = random.Random(f"{context.seed}/{context.proposal.number}/hints")
    for hint in context.proposal.hints:
        recipe, understood = follow(hint, recipe, context.facts, rng)
        known += understood
    if recipe == choice.recipe:
        return choice
    recipe = within(recipe, context.facts, context.proposal.limits.seconds)
    reasons = (*choice.reasons, f"Your hints count for every script; what I understood of them: {'; '.join(known)}.")
    return Choice(recipe, title(recipe), reasons)


def follow(text: str, recipe: Recipe, facts: Facts, rng: random.Random) -> tuple[Recipe, list[str]]:
    """Apply every part of an instruction that is understood.

    Args:
        text: what the user wrote.
        recipe: where to start from.
        facts: what is known of the data.
        rng: for choices that the instruction leaves open.

    Returns:
        tuple[Recipe, list[str]]: the recipe, and what was understood, in words.
    """
    low = text.casefold()
    understood: list[str] = []
    recipe = _columns(text, low, recipe, facts, understood)
    recipe = _families(low, recipe, facts, rng, understood)
    recipe = _folds(low, recipe, understood)
    for pattern, words, mend in _WORDS:
        match = re.search(pattern, low)
        if match:
            refused = _NOT.search(low[: match.start()]) is not None
            changed = mend(recipe, facts, not refused)
            if changed != recipe:
                understood.append(("no " if refused else "") + words)
                recipe = changed
    return _sizes(low, recipe, understood), understood


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:157]}..."


def _columns(text: str, low: str, recipe: Recipe, facts: Facts, understood: list[str]) -> Recipe:
    """Leave out columns that are named after a word for leaving out."""
    names = (*facts.numeric, *facts.tidy, *facts.categorical, *facts.dates, *facts.text)
    for name in sorted(names, key=len, reverse=True):
        found = re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", low)
        if found is None:
            continue
        before = low[: found.start()]
        if re.search(r"\b(drop|without|ignore|remove|exclude|leave out|omit)\b[^.;]*$", before):
            recipe = change(recipe, drop=(*recipe.drop, name))
            understood.append(f"leave out the column {name!r}")
        elif re.search(r"\b(keep|bring back|use|include)\b[^.;]*$", before) and name in recipe.drop:
            recipe = change(recipe, drop=tuple(n for n in recipe.drop if n != name))
            understood.append(f"use the column {name!r} again")
    return recipe


def _families(low: str, recipe: Recipe, facts: Facts, rng: random.Random, understood: list[str]) -> Recipe:
    """Take the families that are named, alone or in a blend."""
    words = set(re.findall(r"[a-z]+", low))
    named: list[tuple[int, Family]] = []
    for family, known in FAMILIES.items():
        hits = [m.start() for w in known.words if (m := re.search(rf"\b{w}\b", low))]
        if hits and (known.regressor or not facts.regression):
            named.append((min(hits), family))
    named.sort()
    wanted = [f for start, f in named if not _NOT.search(low[:start])]
    refused = [f for start, f in named if _NOT.search(low[:start])]
    if "extra_trees" in wanted and "forest" in wanted and "forest" not in low:
        wanted.remove("forest")
    blend = words & {"blend", "ensemble", "stack", "stacking", "combine", "mix", "average", "add", "vote", "voting"}
    if wanted:
        kept = list(recipe.members) if blend or re.search(r"\b(also|too|together|plus)\b", low) else []
        members = [m for m in kept if m.family not in wanted and m.family not in refused]
        old = {m.family: m for m in recipe.members}
        members += [old.get(f, standard(f, facts, rng).members[0]) for f in wanted]
        understood.append(f"use {' and '.join(FAMILIES[f].title for f in wanted)}")
        recipe = change(recipe, members=tuple(members[:5]))
    elif refused:
        members = [m for m in recipe.members if m.family not in refused] or [
            standard("linear" if "boosting" in refused else "boosting", facts, rng).members[0]
        ]
        understood.append(f"no {' and '.join(FAMILIES[f].title for f in refused)}")
        recipe = change(recipe, members=tuple(members))
    elif blend & {"blend", "ensemble", "stack", "stacking", "combine", "mix", "average", "vote", "voting"}:
        likely: tuple[Family, ...] = (
            ("boosting", "linear") if facts.large or facts.text else ("boosting", "extra_trees", "mlp")
        )
        extra = [Member(f) for f in likely if f not in recipe.families]
        understood.append("combine several models")
        recipe = change(recipe, members=(*recipe.members, *extra)[:4])
    if words & {"stack", "stacking"} and len(recipe.members) > 1:
        recipe = change(recipe, stack=True)
        understood.append("combine them by stacking")
    return recipe


def _folds(low: str, recipe: Recipe, understood: list[str]) -> Recipe:
    count = r"(\d+|" + "|".join(_NUMBERS) + ")"
    match = re.search(count + r"[\s-]*folds?\b", low)
    if match:
        folds = min(20, max(2, _NUMBERS.get(match[1], 0) or int(match[1])))
        recipe = change(recipe, folds=folds)
        understood.append(f"{folds} folds")
    match = re.search(count + r"\s*(?:random )?(seeds|repeats|repetitions)\b", low)
    if match:
        repeats = min(10, max(1, _NUMBERS.get(match[1], 0) or int(match[1])))
        recipe = change(recipe, repeats=repeats)
        understood.append(f"{repeats} seeds")
    return recipe


def _sizes(low: str, recipe: Recipe, understood: list[str]) -> Recipe:
    """Move hyper-parameters that are named by a direction: more trees, a lower learning rate, more regularisation."""
    rules: tuple[tuple[str, tuple[str, ...], float], ...] = (
        (r"\bmore (trees|rounds|iterations|estimators|epochs)", ("trees", "rounds", "epochs"), 2.0),
        (r"\b(fewer|less) (trees|rounds|iterations|estimators|epochs)", ("trees", "rounds", "epochs"), 0.5),
        (r"\b(lower|smaller|slower) learning[ -]rate", ("rate",), 0.5),
        (r"\b(higher|larger|bigger) learning[ -]rate", ("rate",), 2.0),
        (r"\b(deeper|bigger|larger) trees|more leaves", ("leaves",), 2.0),
        (r"\b(shallower|smaller) trees|fewer leaves", ("leaves",), 0.5),
        (r"\b(more|stronger) regulari[sz]ation|regulari[sz]e more", ("C", "alpha", "leaf"), 0.0),
        (r"\b(less|weaker) regulari[sz]ation|regulari[sz]e less", ("C", "alpha", "leaf"), -1.0),
        (r"\bmore neighbou?rs", ("neighbours",), 2.0),
        (r"\b(fewer|less) neighbou?rs", ("neighbours",), 0.5),
        (r"\b(more|bigger|larger|wider) (units|layers?|network)", ("units",), 2.0),
    )
    for pattern, keys, factor in rules:
        match = re.search(pattern, low)
        if not match:
            continue
        members = []
        for member in recipe.members:
            params = dict(member.params)
            for key, value in settings(member).items():
                if key in keys:
                    by = factor or (1 / 3 if key == "C" else 3.0)
                    by = by if by > 0 else (3.0 if key == "C" else 1 / 3)
                    new = float(value) * by
                    params[key] = max(1, round(new)) if isinstance(value, int) else round(new, 6)
            members.append(Member(member.family, params))
        if tuple(members) != recipe.members:
            recipe = change(recipe, members=tuple(members))
            understood.append(match[0].strip())
    return recipe


_Mend = Callable[[Recipe, Facts, bool], Recipe]


def _log(recipe: Recipe, facts: Facts, on: bool) -> Recipe:
    return change(recipe, log_target=on) if facts.regression else recipe


def _text(kind: str) -> _Mend:
    return lambda r, f, on: change(r, text=kind if on else "words") if f.text else r


def _without(group: str) -> _Mend:
    return lambda r, f, on: r if on else change(r, drop=tuple(dict.fromkeys((*r.drop, *getattr(f, group)))))


def _decide(recipe: Recipe, facts: Facts, on: bool) -> Recipe:
    if facts.ordered:
        return change(recipe, ordered=on, decision="cutpoints" if on else "plain")
    if facts.view.kind == "labels":
        return change(recipe, decision="threshold" if on else "plain")
    return recipe


def _calibrate(recipe: Recipe, facts: Facts, on: bool) -> Recipe:
    fits = facts.view.kind == "probabilities"
    return change(recipe, decision="temperature" if on else "plain") if fits else recipe


_WORDS: tuple[tuple[str, str, _Mend], ...] = (
    (r"\blog(arithm|1p)?\b(?! loss)(?!_loss)", "the logarithm of the target", _log),
    (r"\b(char|character|characters|n-?grams?)\b", "pieces of words as terms", _text("both")),
    (r"\btf-?idf\b", "TF-IDF of words", _text("words")),
    (r"\btext\b", "text columns", _without("text")),
    (r"\bdates?\b", "date columns", _without("dates")),
    (r"\btarget[ -]encod", "target encoding", lambda r, f, on: change(r, categories="target" if on else "ordinal")),
    (r"\bone[ -]?hot", "one-hot encoding", lambda r, f, on: change(r, categories="onehot" if on else "ordinal")),
    (r"\bordinal[ -]encod", "ordinal encoding", lambda r, f, on: change(r, categories="ordinal" if on else "onehot")),
    (r"\b(interactions?|polynomial|products)\b", "products of inputs", lambda r, f, on: change(r, interactions=on)),
    (r"\b(clip|outliers?|winsori[sz]e)\b", "outliers pulled in", lambda r, f, on: change(r, clip=on)),
    (r"\b(quantile|rank)\b", "ranks as scale", lambda r, f, on: change(r, scale="quantile" if on else "standard")),
    (r"\b(indicators?|missingness)\b", "indicators of missing values", lambda r, f, on: change(r, indicators=on)),
    (r"\b(select|feature selection)\b", "half of the inputs", lambda r, f, on: change(r, select=50 if on else 100)),
    (r"\b(thresholds?|cut[ -]?points?|rounding)\b", "decisions tuned out of fold", _decide),
    (r"\b(calibrat\w*|temperature)\b", "calibrated probabilities", _calibrate),
    (r"\b(balanced?|class[ _-]weights?)\b", "balanced classes", lambda r, f, on: change(r, balanced=on)),
    (r"\b(shift|augment)\w*", "moved copies of pictures", lambda r, f, on: change(r, shifts=on) if f.picture else r),
    (r"\badversarial\b", "adversarial validation", lambda r, f, on: change(r, drift="adversarial" if on else "ignore")),
    (r"\b(drift|leak\w*)\b", "columns checked for drift", lambda r, f, on: change(r, drift="unstable")),
    (r"\b(bagging|several seeds|seed average)\b", "three seeds", lambda r, f, on: change(r, repeats=3 if on else 1)),
    (r"\b(sample|subsample|faster|quicker)\b", "fewer rows", lambda r, f, on: change(r, rows=max(1000, f.rows // 4))),
)
