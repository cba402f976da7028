"""What the engine counts, for the metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence as Items
from typing import TYPE_CHECKING

from tests.vllm_double.options import Options

if TYPE_CHECKING:
    from tests.vllm_double.engine import Sequence

FINISHED = ("stop", "length", "abort", "error", "repetition")
_SHORT = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0)
_FIRST = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0)
_LONG = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0, 960.0)
_COUNT = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0)


class Counter:
    """A number that only grows."""

    def __init__(self) -> None:
        self.value = 0.0


class Histogram:
    """Observations by upper bounds; all bounds are in the unit of what is observed."""

    def __init__(self, bounds: Items[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Take in a value, so many times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times


class Counters:
    """Counters and histograms by vLLM's names, without their prefix."""

    def __init__(self, options: Options) -> None:
        self.generated, self.prompt, self.cached = Counter(), Counter(), Counter()
        self.queries, self.hits = Counter(), Counter()
        self.rejected = Counter()
        self.finished = {reason: Counter() for reason in FINISHED}
        self.histograms = {
            "request_prompt_tokens": Histogram(_COUNT),
            "request_generation_tokens": Histogram(_COUNT),
            "request_params_max_tokens": Histogram(_COUNT),
            "time_to_first_token_seconds": Histogram(_FIRST),
            "inter_token_latency_seconds": Histogram(_SHORT),
            "request_time_per_output_token_seconds": Histogram(_SHORT),
            "e2e_request_latency_seconds": Histogram(_LONG),
            "request_queue_time_seconds": Histogram(_LONG),
            "request_inference_time_seconds": Histogram(_LONG),
            "request_prefill_time_seconds": Histogram(_LONG),
            "request_decode_time_seconds": Histogram(_LONG),
        }
        self.block_size = options.block_size

    def admit(self, prompt: Items[int], cached: int) -> None:
        """Count a prompt that begins to be read."""
        self.queries.value += len(prompt)
        self.hits.value += cached
        self.prompt.value += len(prompt)
        self.cached.value += cached

    def first_token(self, seconds: float) -> None:
        """Count a sequence's first token, so long after its request came."""
        self.histograms["time_to_first_token_seconds"].observe(seconds)

    def finish(self, sequence: Sequence, reason: str, asked_tokens: int) -> None:
        """Count a sequence that ended by itself."""
        self.finished[reason].value += 1
        decode = sequence.last - sequence.first
        gaps = max(0, sequence.sent - 1)
        observed = {
            "request_prompt_tokens": len(sequence.prompt),
            "request_generation_tokens": sequence.sent,
            "request_params_max_tokens": asked_tokens,
            "request_time_per_output_token_seconds": decode / gaps if gaps else 0.0,
            "e2e_request_latency_seconds": sequence.last - sequence.arrived,
            "request_queue_time_seconds": sequence.admitted - sequence.arrived,
            "request_inference_time_seconds": sequence.last - sequence.admitted,
            "request_prefill_time_seconds": sequence.first - sequence.admitted,
            "request_decode_time_seconds": decode,
        }
        for name, value in observed.items():
            self.histograms[name].observe(value)
        if gaps:
            self.histograms["inter_token_latency_seconds"].observe(decode / gaps, gaps)
