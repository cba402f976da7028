"""The plan for a vLLM that was built for CPUs: slow, but it needs no GPU."""

from __future__ import annotations

import math

import psutil

from tui_aide.errors import UsageError
from tui_aide.models.serving.flags import common_flags
from tui_aide.models.serving.installation import Installation
from tui_aide.models.serving.plan import ServePlan, Wishes
from tui_aide.models.serving.source import GIB, ModelSource, gib

_USUAL_CONTEXT = 16_384
_CONTEXTS = 4
_SEQS = 16
_OVERHEAD = 3 * GIB
"""What the server's three processes take beside weights and KV cache."""


def plan_cpu(source: ModelSource, wishes: Wishes, installation: Installation) -> ServePlan:
    """Return how to serve a model on the CPU.

    Raises:
        UsageError: it does not fit into this machine's memory, or the wishes are for GPUs only.
    """
    if wishes.tensor_parallel not in (None, 1):
        raise UsageError(f"--tensor-parallel {wishes.tensor_parallel}: vLLM {installation.version} here is for CPUs")
    if wishes.quantisation not in (None, source.checkpoints[0].quantisation):
        raise UsageError(f"--quantisation {wishes.quantisation}: not on a CPU; leave it out")
    checkpoint, shape = source.checkpoints[0], source.shape
    context = wishes.context or min(_USUAL_CONTEXT, shape.positions if shape else _USUAL_CONTEXT)
    cache = max(1, math.ceil(_CONTEXTS * context * shape.kv_bytes() / GIB)) if shape else 4
    weights = checkpoint.weights or 0
    total = psutil.virtual_memory().total
    if weights + cache * GIB + _OVERHEAD > total:
        raise UsageError(
            f"{source.served_name} does not fit into the {gib(total)} of memory here: weights {gib(weights)}, KV cache "
            f"{cache} GiB, and {gib(_OVERHEAD)} for the server; use a smaller model or --context"
        )
    reasons = [
        f"vLLM {installation.version} of {installation.python} is built for CPUs: no GPU is used, and answers are slow",
        f"checkpoint {checkpoint.name}: {gib(weights) if weights else 'size not known'}",
        f"context: {context:,} tokens for prompt and answer together"
        + (", as asked for" if wishes.context else ", as prompts are read in one piece there"),
        f"KV cache: {cache} GiB" + (f", for {_CONTEXTS} whole contexts or more" if shape else ", a guess"),
        "nothing is compiled: that saves a minute at the start, and a long stop at the first request",
    ]
    if wishes.gpu != "separate":
        reasons.append(f"--gpu {wishes.gpu} is left aside, as there is no GPU in it")
    flags = common_flags(source, context, installation)
    flags += ["--max-num-batched-tokens", str(context), "--no-enable-chunked-prefill", "--enforce-eager"]
    return ServePlan(
        served_name=source.served_name,
        checkpoint=checkpoint.name,
        device="cpu",
        quantisation=checkpoint.quantisation,
        kv_dtype="auto",
        context=context,
        tensor_parallel=1,
        cards=(),
        memory_fraction=None,
        max_seqs=_SEQS,
        sleeps=False,
        kv_tokens=cache * GIB // shape.kv_bytes() if shape else None,
        flags=(*flags, "--max-num-seqs", str(_SEQS)),
        environment={"TORCH_COMPILE_DISABLE": "1", "VLLM_CPU_KVCACHE_SPACE": str(cache)},
        smaller="a smaller model",
        reasons=tuple(reasons),
    )
