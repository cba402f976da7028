"""Whether a checkpoint fits on cards, and how much context that leaves: the arithmetic of the plan.

vLLM takes a fraction of each card. What weights, activations and graphs leave of it becomes the KV cache, which all
running requests share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from tui_aide.models.serving.hardware import Card
from tui_aide.models.serving.plan import Wishes
from tui_aide.models.serving.source import GIB, Checkpoint, ModelShape, ModelSource

ANSWER_TOKENS = 12_000
"""What a thinking model's answer to a request for a script takes, its prompt included."""

LONGEST = 32_768
"""Context that is enough for any answer: the limit of the distilled models' own evaluations."""

FP8_CAPABILITY = (8, 9)
"""The first cards that calculate in 8 bits: Ada."""

_USUAL_FRACTION = 0.90
_TRAINING_SHARE = 0.30
_LEAST_FOR_TRAINING = 4 * GIB
_MARGIN = 0.98
_OVERHEAD = 2 * GIB
"""Activations, CUDA context and graphs on each card."""

_OTHERS_MARGIN = GIB // 4
_STEP = 1024


class Target(msgspec.Struct, frozen=True):
    """What a fit must reach: a context of `least` to `most` tokens, with room for that many `answers` as long."""

    least: int
    most: int
    answers: int


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint on cards: what the KV cache holds, and the context that is asked for."""

    checkpoint: Checkpoint
    cards: tuple[Card, ...]
    fraction: float
    eight_bit_kv: bool
    kv_tokens: int
    context: int


def targets(wishes: Wishes, shape: ModelShape) -> tuple[Target, ...]:
    """Return what is tried in turn: two answers in a good context, then in a poor one; or the user's context."""
    if wishes.context is not None:
        return Target(wishes.context, wishes.context, 2), Target(wishes.context, wishes.context, 1)
    most = min(LONGEST, shape.positions)
    return Target(min(16_384, most), most, 2), Target(min(12_288, most), most, 2)


def widths(wishes: Wishes, shape: ModelShape, cards: int) -> tuple[int, ...]:
    """Return the numbers of cards to try, fewest first."""
    if wishes.tensor_parallel is not None:
        return (wishes.tensor_parallel,)
    return tuple(n for n in (1, 2, 4, 8) if n <= cards and shape.attention_heads % n == 0)


def fraction_of(cards: Sequence[Card], wishes: Wishes) -> float:
    """Return the share of each card that the server may take, in hundredths: less where others hold memory."""
    if wishes.memory_fraction is not None:
        return wishes.memory_fraction
    share = _USUAL_FRACTION
    for card in cards:
        if wishes.gpu == "share":
            kept = max(_TRAINING_SHARE * card.memory_total, _LEAST_FOR_TRAINING)
            share = min(share, 1 - kept / card.memory_total)
        share = min(share, (card.memory_free - _OTHERS_MARGIN) / card.memory_total)
    return max(0.0, int(share * 100) / 100)


def chosen_cards(cards: Sequence[Card], number: int) -> tuple[Card, ...]:
    """Return the cards with the most free memory, in the order of the machine."""
    best = sorted(cards, key=lambda card: -card.memory_free)[:number]
    return tuple(sorted(best, key=lambda card: card.index))


def room(shape: ModelShape, weights: int, cards: Sequence[Card], fraction: float, *, eight_bit_kv: bool) -> int:
    """Return the tokens that the KV cache holds beside the weights; 0 or below where these do not fit."""
    smallest = min(card.memory_total for card in cards)
    pool = _MARGIN * fraction * smallest - weights / len(cards) - _OVERHEAD
    return int(pool // shape.kv_bytes(eight_bit=eight_bit_kv, cards=len(cards)))


def computes_in_8_bits(cards: Sequence[Card]) -> bool:
    """Return whether all cards can; one whose capability is not told is taken to."""
    return all(card.capability is None or card.capability >= FP8_CAPABILITY for card in cards)


def _tries(source: ModelSource, cards: Sequence[Card], wishes: Wishes) -> Iterator[Fit]:
    """Yield every way that the wishes allow, as if the whole cache were one context, in the order of preference."""
    shape = source.shape
    assert shape is not None
    for number in widths(wishes, shape, len(cards)):
        group = chosen_cards(cards, number)
        fraction = fraction_of(group, wishes)
        eight_bits = computes_in_8_bits(group)
        for eight_bit_kv in (False, True) if eight_bits else (False,):
            for checkpoint in source.checkpoints:
                if checkpoint.weights is None or wishes.quantisation not in (None, checkpoint.quantisation):
                    continue
                if checkpoint.quantisation == "fp8" and not eight_bits:
                    continue
                tokens = room(shape, checkpoint.weights, group, fraction, eight_bit_kv=eight_bit_kv)
                yield Fit(
                    checkpoint=checkpoint,
                    cards=group,
                    fraction=fraction,
                    eight_bit_kv=eight_bit_kv,
                    kv_tokens=tokens,
                    context=tokens,
                )


def fit(source: ModelSource, cards: Sequence[Card], wishes: Wishes) -> Fit | None:
    """Return the best way to serve a model on these cards; None where nothing fits.

    For the first target that is reached: fewest cards first, then 16-bit before 8-bit KV, then the best weights. Keys
    and values in 8 bits without a calibration cost more quality than weights do, most of all in Qwen2.5's family.

    Args:
        source: a model whose shape is known.
        cards: at least one.
        wishes: what the user asked for.
    """
    assert source.shape is not None
    tries = list(_tries(source, cards, wishes))
    for target in targets(wishes, source.shape):
        for one in tries:
            context = min(target.most, one.kv_tokens // target.answers)
            if context < target.most:
                context = context // _STEP * _STEP
            if context >= target.least:
                return msgspec.structs.replace(one, context=context)
    return None


def rejected(source: ModelSource, cards: Sequence[Card], wishes: Wishes, taken: Fit) -> list[str]:
    """Return, in words, why each better checkpoint than the one that was taken was not."""
    words: dict[str, str] = {}
    for one in _tries(source, cards, wishes):
        if one.checkpoint == taken.checkpoint or one.eight_bit_kv:
            break
        weights = (one.checkpoint.weights or 0) / GIB
        left = f"leaves {one.kv_tokens:,} tokens of KV cache, too few" if one.kv_tokens > 0 else "does not fit"
        words[one.checkpoint.quantisation] = f"{one.checkpoint.quantisation} ({weights:.1f} GiB) {left}"
    if any(c.quantisation == "fp8" for c in source.checkpoints) and not computes_in_8_bits(cards):
        words["fp8"] = "fp8 needs a card of compute capability 8.9 or newer"
    return list(words.values())


def least_card(shape: ModelShape, weights: int, context: int) -> int:
    """Return the bytes of the smallest single card that holds the weights and two contexts."""
    return int((weights + _OVERHEAD + 2 * context * shape.kv_bytes()) / (_MARGIN * _USUAL_FRACTION))
