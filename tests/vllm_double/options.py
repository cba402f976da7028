"""What a double is like: its kind, its speed, its limits and its habits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tests.vllm_double.transcripts import from_bank

Write = Callable[[Sequence[dict[str, str]], int], tuple[str, str]]
"""From the messages and a seed to the reasoning and the answer; the same arguments give the same texts."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a double.

    Attributes:
        kind: which server it imitates, one of `kinds.KINDS`.
        model: the name under which it serves.
        write: what the model says.
        tokens_per_second: of one stream; 0 is as fast as it can.
        first_token: seconds from admission to the first token, besides the prefill.
        prefill_per_second: prompt tokens read a second, cached ones for free; 0 is at once.
        max_model_len: tokens of prompt and answer together.
        max_num_seqs: sequences generated side by side; others wait.
        max_queued: requests that may wait; more are answered 503. None is without limit.
        kv_tokens: tokens that the cache holds, for its usage in the metrics.
        block_size: tokens of a block of the prefix cache.
        priority: lower `priority` goes first in the queue, else first come, first served.
        prompt_details: usage tells cached prompt tokens (`--enable-prompt-tokens-details`).
        request_metrics: responses tell their timings (`--enable-per-request-metrics`).
        force_usage: every chunk of every stream has its usage (`--enable-force-include-usage`).
        dev_mode: sleep, wake and pause are there (`VLLM_SERVER_DEV_MODE=1`).
        api_key: the key that `/v1` wants, None wants none.
        merge: share of chunks that hold the next token, too.
        empty: share of tokens whose text comes only with the next chunk; theirs is empty.
        keep_alive: seconds between comment lines while nothing is sent; 0 sends none.
        whitespace_trap: structured answers are blanks until `max_tokens`, as a grammar that allows these permits.
        opening_tag: servers that send thinking as text begin with `<think>`; else the prompt had it.
        batch: tokens sent in one write where there is no pace.
    """

    kind: str = "vllm"
    model: str = "tiny-r1"
    write: Write = from_bank
    tokens_per_second: float = 0.0
    first_token: float = 0.0
    prefill_per_second: float = 0.0
    max_model_len: int = 16384
    max_num_seqs: int = 256
    max_queued: int | None = None
    kv_tokens: int = 1_000_000
    block_size: int = 16
    priority: bool = True
    prompt_details: bool = True
    request_metrics: bool = True
    force_usage: bool = False
    dev_mode: bool = True
    api_key: str | None = None
    merge: float = 0.0
    empty: float = 0.0
    keep_alive: float = 0.0
    whitespace_trap: bool = False
    opening_tag: bool = True
    batch: int = 64
