from __future__ import annotations

import pytest

from tests.models.replay import capture
from tests.vllm_double import Double
from tui_aide.sessions.server_speed import ServerSpeed, ask_speed, speed_of

LLAMA = b"""# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 300
llamacpp:tokens_predicted_seconds_total 6.0
llamacpp:requests_processing 2
llamacpp:requests_deferred 1
"""


def test_a_real_servers_metrics_tell_how_fast_a_stream_was() -> None:
    found = speed_of(capture("metrics"))
    assert found is not None
    assert found.rate == pytest.approx(689 / 3.529479426999387)
    assert (found.tokens, found.running, found.waiting) == (689, 0, 0)


def test_a_server_that_only_counts_seconds_and_tokens_tells_it_too() -> None:
    assert speed_of(LLAMA) == ServerSpeed(50.0, 300, 2, 1)


def test_metrics_without_a_figure_of_use_tell_nothing() -> None:
    assert speed_of(b"process_cpu_seconds_total 3.0\n") is None
    fresh = speed_of(b"vllm:num_requests_running 0\nvllm:inter_token_latency_seconds_sum 0\n")
    assert fresh == ServerSpeed(running=0)


async def test_a_server_is_asked_and_one_that_is_away_says_nothing(double: Double) -> None:
    found = await ask_speed(double.url, api_key_env="NO_KEY", send_key=False)
    assert found is not None
    assert found.running == 0
    assert await ask_speed("http://127.0.0.1:9/v1", api_key_env="NO_KEY", send_key=False) is None
