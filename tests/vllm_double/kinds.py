"""What sets other servers apart from today's vLLM, as far as a client can tell."""

from __future__ import annotations

from typing import Literal

import msgspec


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of server.

    Attributes:
        reasoning: the field for thinking; None where thinking is sent as text with its tags.
        hides_thinking: thinking is not sent at all.
        takes_n: more than one choice a request; else `n` is ignored without a word.
        usage: there is a usage chunk on demand; `continuous`: also one a chunk.
        budget: takes `thinking_token_budget`.
        owner: `owned_by` in the list of models.
        length: the list of models tells `max_model_len`.
        native: has vLLM's own routes (metrics, tokenize, sleep, load, version).
        loading: while the model loads, `refuse` connections or answer 503.
        key: wants a key.
        timings: the last chunk and a whole completion tell llama.cpp's timings.
    """

    reasoning: str | None = "reasoning"
    hides_thinking: bool = False
    takes_n: bool = True
    usage: bool = True
    continuous: bool = True
    budget: bool = True
    owner: str = "vllm"
    length: bool = True
    native: bool = True
    loading: Literal["refuse", "503"] = "refuse"
    key: str | None = None
    timings: bool = False


KINDS: dict[str, Kind] = {
    "vllm": Kind(),
    "vllm-old": Kind(reasoning="reasoning_content", budget=False),
    "sglang": Kind(
        reasoning="reasoning_content", owner="sglang", continuous=False, budget=False, native=False, loading="503"
    ),
    "llama.cpp": Kind(
        reasoning="reasoning_content", owner="llamacpp", takes_n=False, continuous=False, budget=False, length=False,
        native=False, loading="503", timings=True,
    ),
    "ollama": Kind(owner="library", takes_n=False, continuous=False, budget=False, length=False, native=False),
    "lmstudio": Kind(
        reasoning="reasoning_content", owner="organization_owner", takes_n=False, continuous=False, budget=False,
        length=False, native=False,
    ),
    "openai": Kind(
        hides_thinking=True, owner="system", continuous=False, budget=False, length=False, native=False, key="sk-test",
    ),
    "plain": Kind(
        reasoning=None, owner="", takes_n=False, usage=False, continuous=False, budget=False, length=False,
        native=False,
    ),
}  # fmt: skip
