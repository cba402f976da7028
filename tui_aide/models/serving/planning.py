"""From a model, this machine and the user's wishes to the plan of a server: every number with its reason."""

from __future__ import annotations

from collections.abc import Sequence

import psutil

from tui_aide.errors import UsageError
from tui_aide.models.serving import fitting
from tui_aide.models.serving.alternatives import no_fit, smaller
from tui_aide.models.serving.cpu_planning import plan_cpu
from tui_aide.models.serving.fitting import ANSWER_TOKENS, LONGEST, Fit
from tui_aide.models.serving.flags import common_flags
from tui_aide.models.serving.hardware import Card, Hardware
from tui_aide.models.serving.installation import Installation
from tui_aide.models.serving.plan import ServePlan, Wishes
from tui_aide.models.serving.source import Checkpoint, ModelSource, gib

_FEWEST_SEQS, _MOST_SEQS = 4, 256
_UNKNOWN_SEQS = 16


def plan_serving(
    source: ModelSource, hardware: Hardware, wishes: Wishes, installation: Installation | None = None
) -> ServePlan:
    """Return how to serve a model here.

    Without a GPU and without a vLLM for CPUs the plan is for a card that is not seen: good for printing only.

    Args:
        source: the model.
        hardware: the GPUs here.
        wishes: what the user asked for.
        installation: the vLLM that will be used, where that is known.

    Raises:
        UsageError: it does not fit, or the wishes cannot be met; the message says what would fit.
    """
    _check(source, wishes)
    if installation is not None and installation.for_cpu:
        return plan_cpu(source, wishes, installation)
    if not hardware.cards:
        return _unseen(source, hardware, wishes, installation)
    cards = hardware.cards
    _check_cards(source, cards, wishes)
    if source.shape is None or all(c.weights is None for c in source.checkpoints):
        return _unknown(source, cards, wishes, installation)
    found = fitting.fit(source, cards, wishes)
    if found is None:
        raise UsageError(no_fit(source, cards, wishes))
    return _fitted(source, cards, wishes, found, installation)


def _check(source: ModelSource, wishes: Wishes) -> None:
    known = [c.quantisation for c in source.checkpoints]
    if source.shape is not None and wishes.quantisation not in (None, *known):
        raise UsageError(
            f"{source.served_name}: no checkpoint in {wishes.quantisation} is known; there is {', '.join(known)}"
        )
    if source.shape is not None and wishes.context is not None and wishes.context > source.shape.positions:
        raise UsageError(
            f"--context {wishes.context}: {source.served_name} was made for at most {source.shape.positions:,} tokens"
        )
    if wishes.memory_fraction is not None and not 0.05 <= wishes.memory_fraction <= 0.99:
        raise UsageError(f"--memory-fraction {wishes.memory_fraction:g}: give a share of the card, 0.05 to 0.99")


def _check_cards(source: ModelSource, cards: Sequence[Card], wishes: Wishes) -> None:
    width = wishes.tensor_parallel
    if width is not None and width > len(cards):
        raise UsageError(f"--tensor-parallel {width}: there {_are(len(cards))} here")
    if width is not None and source.shape is not None and source.shape.attention_heads % width:
        raise UsageError(
            f"--tensor-parallel {width}: must divide the {source.shape.attention_heads} attention heads of "
            f"{source.served_name}"
        )
    if wishes.quantisation == "fp8" and not fitting.computes_in_8_bits(cards):
        raise UsageError(
            f"--quantisation fp8: needs a card of compute capability 8.9 or newer, and {cards[0].name} is older; "
            "use bf16 or 4bit"
        )
    group = fitting.chosen_cards(cards, width or 1)
    for card in group:
        if wishes.memory_fraction is not None and wishes.memory_fraction * card.memory_total > card.memory_free:
            raise UsageError(
                f"--memory-fraction {wishes.memory_fraction:g}: only {gib(card.memory_free)} of "
                f"{gib(card.memory_total)} are free on {card.name}; use at most "
                f"{int(card.memory_free / card.memory_total * 100) / 100:.2f}, or end what holds the rest"
            )


def _are(number: int) -> str:
    return "is one GPU" if number == 1 else f"are {number} GPUs"


def _fitted(
    source: ModelSource, cards: Sequence[Card], wishes: Wishes, found: Fit, installation: Installation | None
) -> ServePlan:
    assert source.shape is not None
    answers = found.kv_tokens // ANSWER_TOKENS
    seqs = min(_MOST_SEQS, max(_FEWEST_SEQS, answers))
    reasons = [
        _why_checkpoint(source, cards, wishes, found),
        *_why_cards(cards, found),
        _why_fraction(found.cards, wishes, found.fraction),
        _why_context(source, wishes, found),
        f"KV cache: about {found.kv_tokens:,} tokens"
        f"{' in 8 bits, as 16 would hold half of that' if found.eight_bit_kv else ''}, "
        f"so {_count(answers, 'answer')} of {ANSWER_TOKENS:,} tokens at once; {seqs} requests run, more wait",
    ]
    if wishes.samples is not None and wishes.samples > max(answers, 1):
        reasons.append(
            f"of {wishes.samples} answers wanted at once, about {max(answers, 1)} are written, the rest wait"
        )
    return _plan(
        source,
        found.checkpoint,
        wishes,
        installation,
        context=found.context,
        cards=found.cards if len(cards) > len(found.cards) else (),
        width=len(found.cards),
        fraction=found.fraction,
        eight_bit_kv=found.eight_bit_kv,
        seqs=seqs,
        kv_tokens=found.kv_tokens,
        reasons=reasons,
    )


def _why_checkpoint(source: ModelSource, cards: Sequence[Card], wishes: Wishes, found: Fit) -> str:
    taken = found.checkpoint
    word = f"checkpoint {taken.name}: {taken.quantisation}, {gib(taken.weights or 0)} of weights"
    if taken.made_while_loading:
        word += ", made from 16 bits while loading"
    if wishes.quantisation is not None:
        return f"{word}, as asked for"
    against = fitting.rejected(source, cards, wishes, found)
    return f"{word}: {'; '.join(against)}" if against else f"{word}: the best answers, and it fits"


def _why_cards(cards: Sequence[Card], found: Fit) -> list[str]:
    if len(cards) == 1:
        return []
    names = ", ".join(f"{card.index} ({card.name})" for card in found.cards)
    if len(found.cards) == 1:
        return [f"GPU {names}: one card is enough, and this one has the most free memory"]
    return [f"GPUs {names}: each layer is shared by {len(found.cards)}, as fewer do not hold it"]


def _why_fraction(cards: Sequence[Card], wishes: Wishes, fraction: float) -> str:
    card = min(cards, key=lambda c: c.memory_total)
    word = f"memory: {fraction:.2f} of {gib(card.memory_total)} ({card.name})"
    if wishes.memory_fraction is not None:
        return f"{word}, as asked for"
    used = card.memory_total - card.memory_free
    if used > (1 - fraction) * card.memory_total * 0.9 and fraction < 0.9 and wishes.gpu != "share":
        return f"{word}, as {gib(used)} are in use by others"
    if wishes.gpu == "share":
        return f"{word}; {gib((1 - fraction) * card.memory_total)} are left for training"
    return f"{word}, the rest for what the driver and others need"


def _why_context(source: ModelSource, wishes: Wishes, found: Fit) -> str:
    assert source.shape is not None
    word = f"context: {found.context:,} tokens for prompt and answer together"
    if wishes.context is not None:
        alone = ", of which only one fits at a time" if found.kv_tokens < 2 * found.context else ""
        return f"{word}, as asked for{alone}"
    if found.context == source.shape.positions and found.context <= LONGEST:
        return f"{word}, all that the model was made for"
    if found.context == LONGEST:
        return f"{word}: enough for the longest thinking, and at least two fit at once"
    return f"{word}: the most of which two fit at once"


def _unknown(
    source: ModelSource, cards: Sequence[Card], wishes: Wishes, installation: Installation | None
) -> ServePlan:
    group = fitting.chosen_cards(cards, wishes.tensor_parallel or 1)
    fraction = fitting.fraction_of(group, wishes)
    return _plan(
        source,
        _first(source, wishes),
        wishes,
        installation,
        context=wishes.context or _usual_context(source),
        cards=group if len(cards) > len(group) else (),
        width=len(group),
        fraction=fraction,
        reasons=[
            f"{source.about}: its shape or size is not known, so whether it fits is not known before it starts",
            _why_fraction(group, wishes, fraction),
            "context: as asked for" if wishes.context else f"context: the usual {_usual_context(source):,} tokens",
        ],
    )


def _unseen(source: ModelSource, hardware: Hardware, wishes: Wishes, installation: Installation | None) -> ServePlan:
    checkpoint = _first(source, wishes)
    context = wishes.context or _usual_context(source)
    reasons = [f"{hardware.note or 'no GPU may be used here'}; this is for a machine that has one"]
    if source.shape is not None and checkpoint.weights is not None:
        least = gib(fitting.least_card(source.shape, checkpoint.weights, context))
        reasons.append(
            f"checkpoint {checkpoint.name}: {checkpoint.quantisation}, {gib(checkpoint.weights)} of weights; with two "
            f"contexts of {context:,} tokens it takes a card of {least} or more, or several"
        )
    return _plan(
        source,
        checkpoint,
        wishes,
        installation,
        context=context,
        width=wishes.tensor_parallel or 1,
        fraction=wishes.memory_fraction or (0.7 if wishes.gpu == "share" else 0.9),
        reasons=reasons,
    )


def _first(source: ModelSource, wishes: Wishes) -> Checkpoint:
    for checkpoint in source.checkpoints:
        if wishes.quantisation in (None, checkpoint.quantisation):
            return checkpoint
    if wishes.quantisation == "fp8":
        return Checkpoint(name=source.checkpoints[0].name, quantisation="fp8", made_while_loading=True)
    raise UsageError(
        f"{source.served_name}: whether it is {wishes.quantisation} is not known; name the checkpoint that is, "
        "and leave out --quantisation"
    )


def _usual_context(source: ModelSource) -> int:
    return LONGEST if source.shape is None else min(LONGEST, source.shape.positions)


def _plan(
    source: ModelSource,
    checkpoint: Checkpoint,
    wishes: Wishes,
    installation: Installation | None,
    *,
    context: int,
    width: int,
    fraction: float,
    reasons: Sequence[str],
    cards: tuple[Card, ...] = (),
    eight_bit_kv: bool = False,
    seqs: int = _UNKNOWN_SEQS,
    kv_tokens: int | None = None,
) -> ServePlan:
    sleeps = wishes.gpu == "alternate"
    flags = common_flags(source, context, installation)
    flags += ["--gpu-memory-utilization", f"{fraction:.2f}", "--max-num-seqs", str(seqs)]
    environment: dict[str, str] = {}
    if width > 1:
        flags += ["--tensor-parallel-size", str(width)]
    if checkpoint.made_while_loading:
        flags += ["--quantization", "fp8"]
    if eight_bit_kv:
        flags += ["--kv-cache-dtype", "fp8"]
    if cards:
        environment |= {
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "CUDA_VISIBLE_DEVICES": ",".join(str(c.index) for c in cards),
        }
    if sleeps:
        _check_sleep(source, checkpoint)
        flags.append("--enable-sleep-mode")
        environment["VLLM_SERVER_DEV_MODE"] = "1"
        reasons = [*reasons, "sleep: allowed, so that scripts get the GPU while nobody thinks"]
    return ServePlan(
        served_name=source.served_name,
        checkpoint=checkpoint.name,
        device="cuda",
        quantisation=checkpoint.quantisation,
        kv_dtype="fp8" if eight_bit_kv else "auto",
        context=context,
        tensor_parallel=width,
        cards=tuple(c.index for c in cards),
        memory_fraction=fraction,
        max_seqs=seqs,
        sleeps=sleeps,
        kv_tokens=kv_tokens,
        flags=tuple(flags),
        environment=environment,
        smaller=smaller(source, checkpoint),
        reasons=tuple(reasons),
    )


def _check_sleep(source: ModelSource, checkpoint: Checkpoint) -> None:
    memory = psutil.virtual_memory().total
    if checkpoint.weights is not None and checkpoint.weights > 0.8 * memory:
        raise UsageError(
            f"--gpu alternate: the {gib(checkpoint.weights)} of {source.served_name} would have to be kept in this "
            f"machine's {gib(memory)} of memory while it sleeps; use a smaller checkpoint, or --gpu share"
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
