from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from tests.models.replay import capture
from tui_aide.models.load import LoadMeter
from tui_aide.models.serving.hardware import gpu_use
from tui_aide.tree.commands import GpuUse, Progress, RunningNode, ServerStatus
from tui_aide.tree.node import ServerState
from tui_aide.tui.gauges import gauge_row, short_gauge
from tui_aide.tui.moment import Moment
from tui_aide.tui.waits import wait_of, waits

NOW = 1000.0
UP = ServerStatus(
    "http://localhost:8000/v1", "r1", "up", 500.0, running=3, waiting=1, prompt_rate=3910.0, generation_rate=1284.0,
    kv_use=0.74, prefix_hits=0.63, queue_seconds=0.0, first_token_seconds=0.4,
)  # fmt: skip
GPU = GpuUse(0, "H100", 71 * 2**30, 80 * 2**30, 0.92, 68.0)


def _server(state: ServerState, detail: str = "", load: float | None = None, port: int = 8000) -> ServerStatus:
    return ServerStatus(f"http://localhost:{port}/v1", "r1", state, NOW - 130, detail, load)


def _moment(*servers: ServerStatus, gpus: tuple[GpuUse, ...] = (), **more: Any) -> Moment:
    progress = Progress((), False, 1.0, 1.0, 0.0, servers=servers, gpus=gpus)
    return Moment(NOW, "toy", "running", True, progress=progress, servers=servers, **more)


def _text(at: Moment, width: int = 200) -> str:
    return "".join(text for text, _ in gauge_row(at, width))


def test_the_line_tells_all_that_a_server_and_a_gpu_tell() -> None:
    rates = {UP.url: (100.0, 900.0, 1284.0)}
    text = _text(_moment(UP, gpus=(GPU,), server_rates=rates), 240)
    assert "server up  run 3 wait 1  KV ██████░░  74 %  prefix hit 63 %" in text
    assert "▁▆█ 1 284 t/s  prompt  3 910 t/s  TTFT 0.4 s  queue 0.0 s" in text
    assert "GPU0 ███████░  92 %  ███████░  71/80 GiB  68 °C" in _text(_moment(UP, gpus=(GPU,)), 240)


def _of_machine(at: Moment, cpu: float = 37.0, memory: int = 6 << 30) -> Moment:
    assert at.progress is not None
    told = msgspec.structs.replace(at.progress, cpu_percent=cpu, memory=memory, memory_total=16 << 30)
    return msgspec.structs.replace(at, progress=told)


def test_the_machine_has_its_bars_and_without_a_gpu_nothing_stands_for_one() -> None:
    text = _text(_of_machine(_moment()), 80)
    assert text == " CPU ███░░░░░  37 %  RAM ███░░░░░ 6.0/16 GiB"
    text = _text(_of_machine(_moment(UP, gpus=(GPU,))), 150)
    assert "│  CPU ███░░░░░  37 %" in text
    assert "GPU" not in _text(_of_machine(_moment(UP)), 300)
    full = gauge_row(_of_machine(_moment(), memory=int(15.9 * 2**30)), 80)
    assert ("████████", "warn") in full
    assert not gauge_row(msgspec.structs.replace(_of_machine(_moment()), attached=False), 80)


async def test_what_real_programs_printed_becomes_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho '0, NVIDIA H100 80GB HBM3, 72704, 81559, 92, 68'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    load = LoadMeter().add(capture("metrics"), 10.0)
    server = ServerStatus(UP.url, "tiny-r1", "up", running=load.running, waiting=load.waiting,
                          kv_use=load.kv_use, prefix_hits=load.prefix_hits)  # fmt: skip
    text = _text(_of_machine(_moment(server, gpus=await gpu_use())))
    assert "run 0 wait 0  KV ░░░░░░░░   0 %  prefix hit 80 %" in text
    assert "GPU0 ███████░  92 %  ███████░  71/80 GiB  68 °C" in text
    assert "CPU ███░░░░░  37 %  RAM ███░░░░░ 6.0/16 GiB" in text


def test_there_is_no_line_without_a_server_and_a_gpu() -> None:
    assert not gauge_row(_moment(), 200)
    assert short_gauge(_moment()) is None


@pytest.mark.parametrize("width", [80, 120, 130, 150, 171, 200, 240])
def test_the_line_never_outgrows_the_screen(width: int) -> None:
    servers = (UP, msgspec.structs.replace(UP, url="http://gpu-box:8001/v1"), _server("lost", "x" * 300, port=1))
    assert cell_len(_text(_of_machine(_moment(*servers, gpus=(GPU, GPU, GPU), gpu_for="training")), width)) < width


def test_what_matters_most_stays_where_there_is_little_room() -> None:
    text = _text(_moment(UP, gpus=(GPU,)), 120)
    for wanted in ("run 3 wait 1", "74 %", "1 284 t/s", "GPU0", "71/80 GiB"):
        assert wanted in text
    assert "queue" not in text
    assert "prompt" not in text


def test_servers_in_trouble_come_first_and_are_named_by_their_ports() -> None:
    text = _text(_moment(UP, _server("lost", "connection refused", port=8001)))
    assert text.startswith(" :8001 lost 2m10  connection refused")
    assert "│  :8000 up" in text


@pytest.mark.parametrize(
    ("server", "line", "short"),
    [
        (
            _server("starting", "loading weights 3/8", 0.4),
            "starting ███░░░░░  40 %  loading weights 3/8",
            "LOADING 40%",
        ),
        (_server("starting"), "starting 2m10", "LOADING 2m10"),
        (_server("asleep", "the GPU is for training"), "asleep 2m10  the GPU is for training", "ASLEEP 2m10"),
        (_server("lost", "connection refused"), "lost 2m10  connection refused; waiting for it", "LOST 2m10"),
        (_server("lost"), "lost 2m10  waiting for it", "LOST 2m10"),
        (_server("failed", "no memory"), "failed  no memory", "FAILED"),
        (_server("stopped"), "stopped", "STOPPED"),
        (UP, "up  run 3", "KV 74%"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_each_state_has_its_words_on_the_line_and_in_short(server: ServerStatus, line: str, short: str) -> None:
    assert f"server {line}" in _text(_moment(server))
    found = short_gauge(_moment(server))
    assert found is not None
    assert "".join(text for text, _ in found) == short


def test_a_long_detail_leaves_the_gpus_their_room() -> None:
    text = _text(_moment(_server("lost", "no server answers: " + "z" * 300), gpus=(GPU,)), 120)
    assert "lost 2m10  no server answers: zzz" in text
    assert "71/80 GiB" in text


def test_a_long_detail_is_cut_and_cleaned() -> None:
    text = _text(_moment(_server("failed", "bad \x1b[31m[/red]\n" + "y" * 300)), 120)
    assert "bad [/red] yyy" in text
    assert text.endswith("…")


def test_figures_that_a_server_does_not_tell_are_left_out() -> None:
    text = _text(_moment(ServerStatus("http://localhost:11434/v1", "r1", "up")))
    assert text.strip() == "server up"


def test_many_gpus_are_shown_as_one() -> None:
    gpus = tuple(GpuUse(i, "H100", 40 * 2**30, 80 * 2**30, i / 8, 60.0 + i) for i in range(8))
    text = _text(_moment(gpus=gpus))
    assert "8 GPUs ████░░░░  44 %  ████░░░░  320/640 GiB  67 °C" in text


def test_a_node_waits_for_the_server_only_where_none_is_up() -> None:
    lost = _server("lost", "connection refused")
    found = waits(_moment(lost))
    assert found["thinking"].words == "waiting for the server (lost 2m10)"
    assert "connection refused" in found["thinking"].sentence
    assert "waiting" not in found
    assert not waits(_moment(lost, UP))
    assert not waits(_moment())


def test_a_node_whose_tokens_come_waits_for_nothing() -> None:
    found = waits(_moment(_server("lost")))
    assert wait_of(found, "thinking", RunningNode(1, "thinking", 3.0, 10, 61.0)) is None
    assert wait_of(found, "thinking", RunningNode(1, "thinking", 3.0)) is not None
    assert wait_of(found, "executing", RunningNode(1, "executing", 3.0)) is None


def test_taking_turns_on_the_gpu_is_told_to_those_who_wait() -> None:
    training = waits(_moment(_server("asleep"), gpu_for="training"))
    assert training["thinking"].words == "waits for the GPU (training)"
    assert "waiting" not in training
    thinking = waits(_moment(UP, gpu_for="thinking"))
    assert thinking["waiting"].words == "waits for the GPU (thinking)"
    assert "thinking" not in thinking
    assert waits(_moment(_server("failed"), gpu_for="training"))["thinking"].words == "waiting for the server (failed)"


@pytest.mark.parametrize("state", ["starting", "lost", "asleep", "failed", "stopped"])
def test_each_wait_fits_the_trees_columns(state: ServerState) -> None:
    for gpu_for in ("", "training", "thinking"):
        for wait in waits(_moment(_server(state, "why", 1.0), gpu_for=gpu_for)).values():
            assert len(wait.column) <= 18
            assert len(wait.short) <= 12
            assert wait.fitting(12) == wait.short
            assert wait.fitting(60) == wait.words
