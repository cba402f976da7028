"""GPU seconds: overlapping samples count once, scripts only where they held memory of a GPU."""

from __future__ import annotations

import msgspec
import pytest

from tests.searches import started
from tui_aide.bench.gpu_time import GpuTime
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens


def _sample(start: float, end: float, server: str = "http://a") -> ev.SampleFinished:
    return ev.SampleFinished(
        time=end,
        node=0,
        sample=0,
        tokens=Tokens(),
        seconds=end - start,
        first_token_seconds=0.1,
        finish="",
        server=server,
    )


def _run(seconds: float, gpu_memory: int) -> ev.ExecutionFinished:
    return ev.ExecutionFinished(
        node=0, reason="exited", returncode=0, seconds=seconds, peak_memory=0, gpu_memory=gpu_memory
    )


def _seconds(*events: ev.AnyEvent, model: str = "7b") -> float | None:
    time = GpuTime()
    for event in (msgspec.structs.replace(started(), model=model), *events):
        time.add(event)
    return time.seconds


def test_overlaps_count_once_and_pauses_not_at_all() -> None:
    assert _seconds(_sample(0, 10), _sample(5, 12), _sample(20, 21)) == pytest.approx(13.0)
    assert _seconds(_sample(0, 2), _sample(4, 6), _sample(1, 7)) == pytest.approx(7.0)


def test_scripts_count_where_they_held_a_gpu() -> None:
    assert _seconds(_sample(0, 10), _run(30.0, 1 << 30), _run(99.0, 0)) == pytest.approx(40.0)


def test_the_built_in_proposer_uses_none_and_an_old_journal_does_not_tell() -> None:
    assert _seconds(_sample(0, 10, server=""), model="builtin") == 0.0
    assert _seconds(_sample(0, 10, server="")) is None
