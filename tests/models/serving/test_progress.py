from __future__ import annotations

from itertools import pairwise

import pytest

from tests.models.serving.served import LOGS
from tui_aide.models.serving.progress import LoadProgress


def stages(text: str, size: int) -> list[str]:
    progress = LoadProgress()
    words = []
    for i in range(0, len(text), size):
        if progress.feed(text[i : i + size]):
            words.append(progress.stage.words)
    return words


def test_stages_of_a_first_start_come_in_order() -> None:
    text = (LOGS / "start.log").read_text()
    assert stages(text, 1) == [
        "reading the model's settings",
        "reading the model's settings",
        "starting the engine",
        "downloading 0 %",
        "downloading 12 %",
        "downloading 25 %",
        "downloading 50 %",
        "loading weights",
        "loading weights 0/2",
        "loading weights 1/2",
        "loading weights 2/2",
        "weights are loaded",
        "14.27 GiB of weights are loaded",
        "compiling",
        "compiled",
        "KV cache of 975,712 tokens, 29.8 whole contexts at once",
        "capturing graphs 0/4",
        "capturing graphs 1/4",
        "capturing graphs 2/4",
        "capturing graphs 3/4",
        "capturing graphs 4/4",
        "graphs are captured",
        "the engine is ready",
        "opening the address",
        "ready",
    ]


@pytest.mark.parametrize("log", ["start.log", "start_cpu.log"])
@pytest.mark.parametrize("size", [1, 7, 100, 10**6])
def test_pieces_of_any_size_end_ready_and_never_go_back(log: str, size: int) -> None:
    text = (LOGS / log).read_text()
    progress = LoadProgress()
    shares = [progress.stage.share]
    for i in range(0, len(text), size):
        progress.feed(text[i : i + size])
        shares.append(progress.stage.share)
    assert all(a <= b for a, b in pairwise(shares))
    assert (progress.stage.words, progress.stage.share) == ("ready", 1.0)


def test_the_size_of_the_kv_cache_is_read() -> None:
    progress = LoadProgress()
    progress.feed((LOGS / "start_cpu.log").read_text())
    assert (progress.kv_tokens, progress.concurrency) == (4_194_304, 256.0)


def test_a_bar_is_read_before_its_line_ends() -> None:
    progress = LoadProgress()
    assert progress.feed(
        "\r(EngineCore pid=1) Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:01<00:03]"
    )
    assert progress.stage.words == "loading weights 1/4"


def test_files_that_are_downloaded_at_once_count_together() -> None:
    progress = LoadProgress()
    for part, percent in ((1, 100), (2, 50), (3, 50), (2, 100)):
        progress.feed(f"\rmodel-0000{part}-of-00004.safetensors: {percent}%|███| 1.00G/2.00G [00:10<00:10]")
    assert progress.stage.words == "downloading 62 %"


def test_what_is_no_progress_changes_nothing() -> None:
    progress = LoadProgress()
    assert not progress.feed("INFO 11-24 20:15:01 [x.py:1] Waiting for the engine\n" * 3 + "100%|██| done\n")
