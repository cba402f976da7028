"""What would fit where something does not: another checkpoint, context or model."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.models.serving import fitting
from tui_aide.models.serving.hardware import Card
from tui_aide.models.serving.plan import Wishes
from tui_aide.models.serving.presets import presets
from tui_aide.models.serving.source import Checkpoint, ModelSource, gib


def smaller(source: ModelSource, checkpoint: Checkpoint) -> str:
    """Return, in words, what takes less memory: another checkpoint of the model, else another model."""
    sizes = [c for c in source.checkpoints if (c.weights or 0) < (checkpoint.weights or 0)]
    if sizes:
        return f"--quantisation {sizes[0].quantisation} ({sizes[0].name}, {gib(sizes[0].weights or 0)})"
    below = [
        (c.weights or 0, name, c.quantisation)
        for name, preset in presets().items()
        for c in preset.checkpoints
        if (c.weights or 0) < 0.8 * (checkpoint.weights or 0)
    ]
    if not below:
        return "a smaller model"
    weights, name, quantisation = max(below)
    return f"a smaller model, such as {name} in {quantisation} ({gib(weights)})"


def no_fit(source: ModelSource, cards: Sequence[Card], wishes: Wishes) -> str:
    """Return, in words, why a model does not fit on these cards, and what would."""
    card = max(cards, key=lambda c: c.memory_free)
    fraction = fitting.fraction_of([card], wishes)
    have = f"{gib(card.memory_total)} ({card.name}), of which {gib(card.memory_free)} are free"
    if len(cards) > 1:
        have = f"{len(cards)} GPUs, the best with {have}"
    asked = [f"--quantisation {wishes.quantisation}"] if wishes.quantisation else []
    asked += [f"--context {wishes.context}"] if wishes.context else []
    word = f"{source.served_name}{' with ' + ' '.join(asked) if asked else ''} does not fit on {have}"
    lightest = min((c for c in source.checkpoints if c.weights), key=lambda c: c.weights or 0)
    word += f": its weights take {gib(lightest.weights or 0)} at the least, and {fraction:.2f} of the card may be used"
    if asked and (own := fitting.fit(source, cards, Wishes(gpu=wishes.gpu))):
        return f"{word}. This would fit: {own.checkpoint.quantisation} with --context {own.context}"
    others = _what_fits(source, cards, wishes)
    return f"{word}. " + (f"These would fit: {', '.join(others)}" if others else "No model that is known fits")


def _what_fits(source: ModelSource, cards: Sequence[Card], wishes: Wishes) -> list[str]:
    family = source.served_name.split("-")[0]
    found = []
    for name, preset in presets().items():
        if preset.shape is not None and (one := fitting.fit(preset, cards, Wishes(gpu=wishes.gpu))):
            word = f"{name} ({one.checkpoint.quantisation}, context {one.context:,})"
            found.append((name.startswith(family), preset.shape.parameters, word))
    return [word for _, _, word in sorted(found, reverse=True)[:3]]
