"""The text of /metrics, in vLLM's names and labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.vllm_double.counters import Histogram
from tests.vllm_double.engine import Engine
from tests.vllm_double.options import Options

_SLEEP = {"awake": None, "weights_offloaded": 1, "discard_all": 2}


def metrics(engine: Engine, options: Options) -> str:
    """Return the metrics as they stand."""
    counters, lines = engine.counters, _Lines(options.model)
    lines.gauge("num_requests_running", len(engine.running))
    lines.gauge("num_requests_waiting", engine.waiting)
    for reason, value in (("capacity", engine.waiting), ("deferred", 0)):
        lines.gauge("num_requests_waiting_by_reason", value, reason=reason)
    state = {None: "awake", 0: "", 1: "weights_offloaded", 2: "discard_all"}[engine.level]
    for name in _SLEEP:
        lines.gauge("engine_sleep_state", float(name == state), sleep_state=name)
    lines.gauge("kv_cache_usage_perc", engine.kv_usage)
    lines.counter("prefix_cache_queries", counters.queries.value)
    lines.counter("prefix_cache_hits", counters.hits.value)
    lines.counter("num_preemptions", 0)
    lines.counter("prompt_tokens", counters.prompt.value)
    lines.counter("prompt_tokens_cached", counters.cached.value)
    lines.counter("generation_tokens", counters.generated.value)
    for reason, counter in counters.finished.items():
        lines.counter("request_success", counter.value, finished_reason=reason)
    lines.rejections(counters.rejected.value)
    for name, histogram in counters.histograms.items():
        lines.histogram(name, histogram)
    lines.gauge(
        "cache_config_info",
        1,
        block_size=str(options.block_size),
        cache_dtype="auto",
        enable_prefix_caching="True",
        gpu_memory_utilization="0.92",
        kv_cache_max_concurrency=str(options.kv_tokens / options.max_model_len),
        kv_cache_size_tokens=str(options.kv_tokens),
        num_gpu_blocks=str(options.kv_tokens // options.block_size),
    )
    return "\n".join(lines.lines) + "\n"


class _Lines:
    """Gathers lines; a family's head comes once."""

    def __init__(self, model: str) -> None:
        self.lines: list[str] = []
        self._labels = {"engine": "0", "model_name": model}
        self._headed: set[str] = set()

    def _head(self, name: str, kind: str) -> None:
        if name not in self._headed:
            self._headed.add(name)
            self.lines += [f"# HELP vllm:{name} {name.replace('_', ' ').capitalize()}.", f"# TYPE vllm:{name} {kind}"]

    def gauge(self, name: str, value: float, **labels: str) -> None:
        self._head(name, "gauge")
        self.lines.append(f"vllm:{name}{_shown(self._labels | labels)} {float(value)}")

    def counter(self, name: str, value: float, **labels: str) -> None:
        self._head(f"{name}_total", "counter")
        self.lines.append(f"vllm:{name}_total{_shown(self._labels | labels)} {float(value)}")

    def rejections(self, value: float) -> None:
        self._head("admission_rejections_total", "counter")
        labels = {"model_name": self._labels["model_name"], "reason": "max_num_queued_reqs"}
        self.lines.append(f"vllm:admission_rejections_total{_shown(labels)} {value}")

    def histogram(self, name: str, histogram: Histogram) -> None:
        self._head(name, "histogram")
        for bound, count in _cumulated(histogram):
            self.lines.append(f"vllm:{name}_bucket{_shown(self._labels | {'le': bound})} {float(count)}")
        labels = _shown(self._labels)
        self.lines.append(f"vllm:{name}_count{labels} {float(sum(histogram.counts))}")
        self.lines.append(f"vllm:{name}_sum{labels} {float(histogram.sum)}")


def _shown(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"


def _cumulated(histogram: Histogram) -> Iterator[tuple[str, int]]:
    total = 0
    for bound, count in zip((*map(str, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        total += count
        yield bound, total
