"""What is wished of a server, and the plan that comes of it: pure data."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.models.serving.source import Quantisation

GpuMode = Literal["separate", "share", "alternate"]


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asked for; None leaves it to the plan.

    Attributes:
        context: tokens of prompt and answer together.
        quantisation: precision of the weights.
        tensor_parallel: cards that share each layer.
        memory_fraction: share of each card for the server, 0..1.
        gpu: how thinking and training go about one card; `alternate` lets the server sleep in between.
        samples: answers that will be asked for at once.
    """

    context: int | None = None
    quantisation: Quantisation | None = None
    tensor_parallel: int | None = None
    memory_fraction: float | None = None
    gpu: GpuMode = "separate"
    samples: int | None = None


class ServePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is to be served here, and why.

    Attributes:
        served_name: what requests must call it.
        checkpoint: hub name or folder.
        device: `cuda` or `cpu`.
        quantisation: precision of the weights, and `kv_dtype` that of the KV cache.
        context: tokens of prompt and answer together.
        tensor_parallel: cards that share each layer, and `cards` which, empty for those that the server takes itself.
        memory_fraction: share of each card; None on a CPU.
        max_seqs: requests that are worked on at once; more wait.
        sleeps: whether the server can be put to sleep while scripts train.
        kv_tokens: tokens of all running requests together that the KV cache holds; None where that is not known.
        flags: words for vLLM after the model's name, host and port left out; `environment` goes with them.
        smaller: what to try if this does not fit after all, in words.
        reasons: why each number is as it is, in words.
    """

    served_name: str
    checkpoint: str
    device: Literal["cuda", "cpu"]
    quantisation: Quantisation
    kv_dtype: Literal["auto", "fp8"]
    context: int
    tensor_parallel: int
    cards: tuple[int, ...]
    memory_fraction: float | None
    max_seqs: int
    sleeps: bool
    kv_tokens: int | None
    flags: tuple[str, ...]
    environment: dict[str, str]
    smaller: str
    reasons: tuple[str, ...]

    def summary(self) -> str:
        """Return the plan in one line."""
        where = "the CPU" if self.device == "cpu" else f"{self.tensor_parallel} GPU{'s'[: self.tensor_parallel - 1]}"
        return f"{self.checkpoint} ({self.quantisation}) with a context of {self.context:,} tokens on {where}"
