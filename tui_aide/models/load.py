"""A server's own figures, read from its metrics: what it generates for, its queue, its cache, its speed."""

from __future__ import annotations

import math
import time

import msgspec

_GAUGES = {
    b"vllm:num_requests_running": "running",
    b"vllm:num_requests_waiting": "waiting",
    b"vllm:kv_cache_usage_perc": "kv_use",
    b"vllm:gpu_cache_usage_perc": "kv_use",
    b"vllm:prompt_tokens_total": "prompt",
    b"vllm:generation_tokens_total": "generation",
    b"vllm:prefix_cache_queries_total": "queries",
    b"vllm:prefix_cache_hits_total": "hits",
    b"vllm:request_queue_time_seconds_sum": "queue_sum",
    b"vllm:request_queue_time_seconds_count": "queue_count",
    b"vllm:time_to_first_token_seconds_sum": "first_sum",
    b"vllm:time_to_first_token_seconds_count": "first_count",
    b"vllm:inter_token_latency_seconds_sum": "token_sum",
    b"vllm:inter_token_latency_seconds_count": "token_count",
    b"vllm:time_per_output_token_seconds_sum": "token_sum",
    b"vllm:time_per_output_token_seconds_count": "token_count",
    b"sglang:num_running_reqs": "running",
    b"sglang:num_queue_reqs": "waiting",
    b"sglang:token_usage": "kv_use",
    b"sglang:prompt_tokens_total": "prompt",
    b"sglang:generation_tokens_total": "generation",
    b"sglang:time_to_first_token_seconds_sum": "first_sum",
    b"sglang:time_to_first_token_seconds_count": "first_count",
    b"sglang:inter_token_latency_seconds_sum": "token_sum",
    b"sglang:inter_token_latency_seconds_count": "token_count",
    b"llamacpp:requests_processing": "running",
    b"llamacpp:requests_deferred": "waiting",
    b"llamacpp:kv_cache_usage_ratio": "kv_use",
    b"llamacpp:prompt_tokens_total": "prompt",
    b"llamacpp:tokens_predicted_total": "generation",
    b"llamacpp:tokens_predicted_seconds_total": "token_sum",
}
_MEANS = frozenset({"kv_use"})
_ASLEEP = (b'sleep_state="weights_offloaded"', b'sleep_state="discard_all"')
_WINDOW = 3.0
_LONG_WINDOW = 60.0


class Load(msgspec.Struct, frozen=True):
    """Figures of one moment; None where the server does not tell. Rates are tokens a second, times are seconds."""

    running: int | None = None
    waiting: int | None = None
    prompt_rate: float | None = None
    generation_rate: float | None = None
    kv_use: float | None = None
    prefix_hits: float | None = None
    queue_seconds: float | None = None
    first_token_seconds: float | None = None
    asleep: bool = False

    @property
    def pressure(self) -> int:
        """Requests that the server has, those in its queue counted double, as they are ahead of any new one."""
        return (self.running or 0) + 2 * (self.waiting or 0)


def read_metrics(text: bytes) -> tuple[dict[str, float], bool]:
    """Return the figures in a Prometheus text that are of use, engines added up, and whether the server sleeps."""
    found: dict[str, float] = {}
    counts: dict[str, int] = {}
    asleep = False
    for line in text.split(b"\n"):
        if line.startswith(b"#") or not line.startswith((b"vllm:", b"sglang:", b"llamacpp:")):
            continue
        name = line.partition(b"{")[0].partition(b" ")[0]
        if name == b"vllm:engine_sleep_state":
            asleep = asleep or (any(s in line for s in _ASLEEP) and line.rstrip().endswith((b" 1", b" 1.0")))
            continue
        key = _GAUGES.get(name)
        if key is None:
            continue
        try:
            value = float(line.rpartition(b" ")[2])
        except ValueError:
            continue
        if not math.isfinite(value):
            continue
        found[key] = found.get(key, 0.0) + value
        counts[key] = counts.get(key, 0) + 1
    return {k: v / counts[k] if k in _MEANS else v for k, v in found.items()}, asleep


class LoadMeter:
    """Makes rates of counters: over three seconds for tokens, over the last minute for times."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, dict[str, float]]] = []

    def add(self, text: bytes, now: float | None = None) -> Load:
        """Return the load now.

        Args:
            text: what the server's /metrics answered.
            now: monotonic seconds.
        """
        at = time.monotonic() if now is None else now
        figures, asleep = read_metrics(text)
        if self._seen and any(figures.get(k, 0.0) < self._seen[-1][1].get(k, 0.0) for k in ("generation", "prompt")):
            self._seen.clear()  # it was started anew
        self._seen = [s for s in self._seen if at - s[0] <= _LONG_WINDOW][-120:]
        self._seen.append((at, figures))
        hits, queries = figures.get("hits"), figures.get("queries")
        return Load(
            running=_whole(figures.get("running")),
            waiting=_whole(figures.get("waiting")),
            prompt_rate=self._rate("prompt", at),
            generation_rate=self._rate("generation", at),
            kv_use=figures.get("kv_use"),
            prefix_hits=hits / queries if hits is not None and queries else None,
            queue_seconds=self._mean("queue"),
            first_token_seconds=self._mean("first"),
            asleep=asleep,
        )

    def _rate(self, key: str, now: float) -> float | None:
        recent = [s for s in self._seen if now - s[0] <= _WINDOW + 0.5]
        if len(recent) < 2 or key not in recent[0][1] or key not in recent[-1][1]:
            return None
        (start, before), (end, after) = recent[0], recent[-1]
        return (after[key] - before[key]) / (end - start) if end > start else None

    def _mean(self, key: str) -> float | None:
        last = self._seen[-1][1]
        if f"{key}_count" not in last or f"{key}_sum" not in last:
            return None
        first = self._seen[0][1] if len(self._seen) > 1 else {}
        count = last[f"{key}_count"] - first.get(f"{key}_count", 0.0)
        if count <= 0:
            return None
        return (last[f"{key}_sum"] - first.get(f"{key}_sum", 0.0)) / count


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
