"""The built-in proposer as a chat model: it streams a rationale and a script that rules have chosen."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import AsyncGenerator

import msgspec

from tui_aide.models.builtin import rationale
from tui_aide.models.builtin.choice import Choice, Context, read_context
from tui_aide.models.builtin.drafts import draft
from tui_aide.models.builtin.facts import Facts, read_facts
from tui_aide.models.builtin.improvements import improve, merge
from tui_aide.models.builtin.instructions import branch, heed
from tui_aide.models.builtin.lookup import choose_lookup, explain, write_lookup
from tui_aide.models.builtin.repairs import repair
from tui_aide.models.builtin.script import title, write_script
from tui_aide.models.builtin.several import suited
from tui_aide.models.chat import ChatRequest, Delta, Finish
from tui_aide.tree.node import Tokens

_PIECE = re.compile(r"\s*\S{1,24}|\s+")
_PLEASANT_RATE = 1000.0
_SHORTEST, _LONGEST = 0.5, 1.5
_PAUSE_EVERY = 64


class BuiltinProposer:
    """Rules in place of a language model, behind the same interface.

    Args:
        tokens_per_second: how fast it streams; None is a pace that can be watched (about a second a script),
            infinity is without any pause.
    """

    def __init__(self, tokens_per_second: float | None = None) -> None:
        if tokens_per_second is not None and not tokens_per_second > 0:
            raise ValueError(f"tokens_per_second must be above 0, not {tokens_per_second}")
        self._rate = tokens_per_second

    @property
    def name(self) -> str:
        """What the screen and the journal call it."""
        return "builtin"

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
        """Stream a rationale as reasoning, then a plan and one fenced script as the answer.

        Args:
            request: only its proposal, its seed and its limit of tokens count.

        Yields:
            Delta | Finish: pieces of a few characters to a word, one token each, then the finish.
        """
        prompt = sum(len(message.content) for message in request.messages) // 4
        reasoning, answer = compose(request)
        pieces = [Delta("reasoning", text) for text in _PIECE.findall(reasoning)]
        pieces += [Delta("answer", text) for text in _PIECE.findall(answer)]
        most = request.sampling.max_tokens
        kept = pieces if most is None else pieces[: max(0, most)]
        rate = self._rate or len(pieces) / min(_LONGEST, max(_SHORTEST, len(pieces) / _PLEASANT_RATE))
        start = time.monotonic()
        for count, piece in enumerate(kept, 1):
            if math.isinf(rate):
                if count % _PAUSE_EVERY == 0:
                    await asyncio.sleep(0)
            elif (ahead := start + count / rate - time.monotonic()) > 0.004:
                await asyncio.sleep(ahead)
            yield piece
        thought = sum(piece.kind == "reasoning" for piece in kept)
        tokens = Tokens(prompt=prompt, reasoning=thought, answer=len(kept) - thought)
        yield Finish("stop" if len(kept) == len(pieces) else "length", tokens)

    async def aclose(self) -> None:
        """Nothing is open."""


def compose(request: ChatRequest) -> tuple[str, str]:
    """Return the rationale and the answer for a request, the same for the same request."""
    proposal = request.proposal
    facts = read_facts(proposal.view)
    if proposal.view.kind == "texts":
        return _compose_lookup(request, facts)
    context = read_context(proposal, facts, request.sampling.seed)
    choice = choose(context)
    recipe = suited(choice.recipe, facts)
    if recipe != choice.recipe:
        choice = msgspec.structs.replace(choice, recipe=recipe, title=title(recipe))
    script = write_script(choice.recipe, facts, proposal.limits.threads)
    return rationale.rationale(choice, context), f"{rationale.plan(choice, facts)}\n\n```python\n{script}```\n"


def _compose_lookup(request: ChatRequest, facts: Facts) -> tuple[str, str]:
    chosen = choose_lookup(request.proposal, request.sampling.seed)
    reasons, plan = explain(chosen, facts)
    return reasons, f"{plan}\n\n```python\n{write_lookup(chosen, facts)}```\n"


def choose(context: Context) -> Choice:
    """Let the rules of the operator choose a recipe, then follow the user's hints."""
    return heed(_by_operator(context), context)


def _by_operator(context: Context) -> Choice:
    match context.proposal.operator:
        case "debug":
            return repair(context)
        case "improve" | "ablate":
            return improve(context)
        case "merge":
            return merge(context)
        case "branch" | "edit":
            return branch(context)
        case "draft":
            return draft(context)
