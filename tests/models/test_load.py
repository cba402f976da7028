from __future__ import annotations

import pytest

from tests.models.replay import capture
from tui_aide.models.load import Load, LoadMeter, read_metrics


def metrics(generated: int = 0, running: int = 1, waiting: int = 0, queue: tuple[float, int] = (0.0, 0)) -> bytes:
    label = '{engine="0",model_name="m"}'
    return "\n".join(
        [
            "# HELP vllm:num_requests_running Number of requests",
            f"vllm:num_requests_running{label} {running}.0",
            f"vllm:num_requests_waiting{label} {waiting}.0",
            f"vllm:kv_cache_usage_perc{label} 0.74",
            f"vllm:generation_tokens_total{label} {generated}.0",
            f"vllm:prompt_tokens_total{label} {10 * generated}.0",
            f"vllm:prefix_cache_queries_total{label} 200.0",
            f"vllm:prefix_cache_hits_total{label} 126.0",
            f"vllm:request_queue_time_seconds_sum{label} {queue[0]}",
            f"vllm:request_queue_time_seconds_count{label} {queue[1]}",
            "",
        ]
    ).encode()


def test_a_real_servers_metrics_are_read() -> None:
    figures, asleep = read_metrics(capture("metrics"))
    assert figures["running"] == 0
    assert figures["generation"] > 0
    assert 0 <= figures["kv_use"] <= 1
    assert not asleep


def test_rates_are_of_the_last_seconds() -> None:
    meter = LoadMeter()
    assert meter.add(metrics(1000), 10.0).generation_rate is None
    load = meter.add(metrics(1500, running=3, waiting=2), 11.0)
    assert load.generation_rate == pytest.approx(500.0)
    assert load.prompt_rate == pytest.approx(5000.0)
    assert (load.running, load.waiting, load.kv_use, load.prefix_hits) == (3, 2, 0.74, 0.63)
    assert load.pressure == 7
    assert meter.add(metrics(1500), 20.0).generation_rate is None  # the earlier ones are too old to tell
    assert meter.add(metrics(1500), 21.0).generation_rate == 0


def test_mean_times_are_of_the_last_minute() -> None:
    meter = LoadMeter()
    meter.add(metrics(queue=(100.0, 10)), 0.0)
    assert meter.add(metrics(queue=(103.0, 13)), 30.0).queue_seconds == pytest.approx(1.0)
    assert meter.add(metrics(queue=(103.0, 13)), 80.0).queue_seconds is None


def test_a_server_that_was_started_anew_begins_at_nothing() -> None:
    meter = LoadMeter()
    meter.add(metrics(5000), 0.0)
    assert meter.add(metrics(10), 1.0).generation_rate is None
    assert meter.add(metrics(30), 2.0).generation_rate == pytest.approx(20.0)


def test_a_sleeping_server_is_told() -> None:
    awake = b'vllm:engine_sleep_state{sleep_state="weights_offloaded"} 0.0\n'
    assert not read_metrics(awake)[1]
    assert read_metrics(awake.replace(b" 0.0", b" 1.0"))[1]


@pytest.mark.parametrize("text", [b"", b"vllm:num_requests_running{} x", b"\xff\xfe", b"<html>", b"vllm:"])
def test_what_is_no_metrics_tells_nothing(text: bytes) -> None:
    assert LoadMeter().add(text, 0.0) == Load()


def test_the_memory_of_a_meter_is_bounded() -> None:
    meter = LoadMeter()
    for second in range(10_000):
        meter.add(metrics(second), second / 10)
    assert len(meter._seen) <= 121


@pytest.mark.parametrize("figure", ["NaN", "+Inf", "-Inf", "many", ""])
def test_figures_that_are_none_are_left_out(figure: str) -> None:
    lines = f"vllm:num_requests_running {figure}\nvllm:num_requests_waiting 2.0\n"
    lines += "vllm:request_queue_time_seconds_count 3.0\n"
    load = LoadMeter().add(lines.encode())
    assert (load.running, load.waiting, load.queue_seconds) == (None, 2, None)
