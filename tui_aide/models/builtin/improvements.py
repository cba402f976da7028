"""Improving a working script: one change at a time, chosen by promise, by what was tried and by chance."""

from __future__ import annotations

import random

from tui_aide.models.builtin.choice import Choice, Context, Tried
from tui_aide.models.builtin.cost import allowed, estimate, within
from tui_aide.models.builtin.drafts import draft
from tui_aide.models.builtin.moves import Move, moves
from tui_aide.models.builtin.recipe import Recipe, change, fingerprint
from tui_aide.models.builtin.repairs import sounder
from tui_aide.models.builtin.script import title


def improve(context: Context) -> Choice:
    """Change one thing in the parent's recipe; a sound fresh draft where the script is not of this hand."""
    facts = context.facts
    parent = _parent(context)
    if parent is None:
        fresh = draft(context)
        recipe = sounder(fresh.recipe, facts)
        reason = (
            "The parent script is not one of mine, so I cannot change one thing in it; I write a better one afresh."
        )
        return Choice(recipe, fresh.title, (reason, *fresh.reasons))
    rng = random.Random(f"{context.seed}/{context.proposal.number}/improve")
    flat = _kinds_without_gain(context, parent)
    move = _pick(parent.recipe, context, flat, rng)
    if move is not None:
        recipe = change(move.recipe, seed=parent.recipe.seed)
        reasons = (_score_line(parent), f"One change: {move.reason}.", *_history(flat))
        return Choice(recipe, f"{move.label or move.name}: {title(recipe)}", reasons)
    steps = sorted(moves(parent.recipe, context), key=lambda m: -m.promise * rng.uniform(0.5, 1.5))
    for first in steps[:6]:
        second = _pick(first.recipe, context, [*flat, first.name], rng)
        if second is not None:
            recipe = change(second.recipe, seed=parent.recipe.seed)
            reason = f"Every single change was tried, so I make two at once: {first.reason}; {second.reason}."
            labels = f"{first.label or first.name}, {second.label or second.name}"
            return Choice(recipe, f"{labels}: {title(recipe)}", (_score_line(parent), reason))
    recipe = change(parent.recipe, seed=parent.recipe.seed + 101 + context.seed % 89)
    recipe = within(recipe, facts, context.proposal.limits.seconds)
    reason = "Every change that I know of was tried here; another seed shows how much of the score is chance."
    return Choice(recipe, f"another seed: {title(recipe)}", (_score_line(parent), reason))


def _pick(recipe: Recipe, context: Context, flat: list[str], rng: random.Random) -> Move | None:
    """Return the most promising change that was not tried and can be afforded; chance decides among near ones."""
    facts, seen = context.facts, context.seen
    most = max(allowed(facts, context.proposal.limits.seconds), estimate(recipe, facts))
    best: tuple[float, Move] | None = None
    for move in moves(recipe, context):
        weight = move.promise * rng.uniform(0.55, 1.45) * 0.35 ** flat.count(move.name)
        if fingerprint(move.recipe) in seen or estimate(move.recipe, facts) > most:
            continue
        if best is None or weight > best[0]:
            best = (weight, move)
    return best[1] if best else None


def merge(context: Context) -> Choice:
    """Blend what the parents do."""
    facts = context.facts
    nodes = {p.node for p in context.proposal.parents}
    parents = [t for t in context.tried if t.attempt.node in nodes]
    if len(parents) < 2:
        return improve(context)
    first = parents[0].recipe
    members = list(first.members)
    for tried in parents[1:]:
        members += [m for m in tried.recipe.members if m not in members]
    recipe: Recipe = change(first, members=tuple(members[:4]))
    recipe = within(recipe, facts, context.proposal.limits.seconds)
    reason = (
        "Both parents work and err in different ways; I keep the first one's inputs and weigh all members out of fold."
    )
    return Choice(recipe, title(recipe), (_score_line(parents[0]), reason))


def _parent(context: Context) -> Tried | None:
    nodes = [p.node for p in context.proposal.parents[:1]]
    return next((t for t in context.tried if t.attempt.node in nodes), None)


def _kinds_without_gain(context: Context, parent: Tried) -> list[str]:
    """Return the kinds of change that lead from the parent to an attempt that was no better."""
    near = {fingerprint(m.recipe): m.name for m in moves(parent.recipe, context)}
    flat = []
    score = parent.attempt.score
    for tried in context.tried:
        kind = near.get(fingerprint(tried.recipe))
        if kind is None or tried.attempt.verdict in ("cancelled", "killed"):  # nothing is known of it
            continue
        other = tried.attempt.score
        if score is not None and other is not None and score.source != other.source:  # they cannot be compared
            continue
        if score is None or other is None or not context.better(other.value, score.value):
            flat.append(kind)
    return flat


def _score_line(parent: Tried) -> str:
    score = parent.attempt.score
    if score is None:
        return f"The parent is node {parent.attempt.node}."
    spread = f" ± {score.se:.4g}" if score.se is not None else ""
    return f"The parent, node {parent.attempt.node}, scored {score.value:.5g}{spread}."


def _history(flat: list[str]) -> tuple[str, ...]:
    if not flat:
        return ()
    return (f"No gain so far from: {', '.join(sorted(set(flat)))}.",)
