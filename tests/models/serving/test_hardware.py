from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from tui_aide.models.serving import hardware
from tui_aide.models.serving.hardware import find_hardware, gpu_use

TWO = """\
0, GPU-5a1b, NVIDIA L4, 23034, 22560, 8.9, 570.86.15, 12, 41, [N/A]
1, GPU-77cc, NVIDIA A100-SXM4-80GB, 81920, 81150, 8.0, 570.86.15, [N/A], [Not Supported], Disabled
"""
LIVE = """\
0, NVIDIA L4, 474, 23034, 12, 41
1, NVIDIA A100-SXM4-80GB, 770, 81920, [N/A], [Not Supported]
"""


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a fake nvidia-smi that prints `static` or `live`, with the exit code in `code`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\n"
        f'case "$1" in *compute_cap*) cat {folder}/static;; *) cat {folder}/live; echo >>{folder}/asked;; esac\n'
        f"exit $(cat {folder}/code)\n"
    )
    program.chmod(0o755)
    (folder / "static").write_text(TWO)
    (folder / "live").write_text(LIVE)
    (folder / "code").write_text("0")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return folder


def test_cards_are_read_with_what_the_driver_does_not_tell_left_open(smi: Path) -> None:
    l4, a100 = find_hardware().cards
    assert (l4.index, l4.name, l4.memory_total, l4.memory_free) == (0, "NVIDIA L4", 23034 * 2**20, 22560 * 2**20)
    assert (l4.capability, l4.driver, l4.busy, l4.celsius) == ((8, 9), "570.86.15", 0.12, 41.0)
    assert (a100.capability, a100.busy, a100.celsius) == ((8, 0), None, None)


@pytest.mark.parametrize(
    ("visible", "indices"), [("1", [1]), ("1,0", [1, 0]), ("GPU-77", [1]), ("", []), ("-1", []), ("0,7,1", [0])]
)
def test_cards_that_cuda_does_not_see_are_left_out(
    smi: Path, monkeypatch: pytest.MonkeyPatch, visible: str, indices: list[int]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [c.index for c in find_hardware().cards] == indices


def test_a_card_divided_by_mig_is_left_out_and_named(smi: Path) -> None:
    (smi / "static").write_text(TWO.replace("Disabled", "Enabled"))
    found = find_hardware()
    assert [c.index for c in found.cards] == [0]
    assert "GPU 1 is left out" in found.note


def test_a_broken_driver_is_told_in_words(smi: Path) -> None:
    (smi / "static").write_text("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n")
    (smi / "code").write_text("9")
    found = find_hardware()
    assert found.cards == ()
    assert "couldn't communicate with the NVIDIA driver" in found.note


def test_lines_that_are_no_cards_are_passed_over(smi: Path) -> None:
    (smi / "static").write_text("Unable to determine the device handle for GPU0\n\n" + TWO.splitlines()[0] + "\n")
    assert len(find_hardware().cards) == 1


def test_without_nvidia_smi_there_is_no_card(tmp_path: Path) -> None:
    found = find_hardware({"PATH": str(tmp_path)})
    assert found.cards == ()
    assert "no NVIDIA GPU" in found.note


async def test_live_figures(smi: Path) -> None:
    l4, a100 = await gpu_use()
    assert (l4.memory_used, l4.memory_total, l4.busy, l4.celsius) == (474 * 2**20, 23034 * 2**20, 0.12, 41.0)
    assert (a100.index, a100.busy, a100.celsius) == (1, None, None)


async def test_a_failing_nvidia_smi_is_not_asked_all_the_time(smi: Path) -> None:
    (smi / "code").write_text("9")
    assert await gpu_use() == ()
    assert await gpu_use() == ()
    assert len((smi / "asked").read_text().split("\n")) == 2


async def test_a_hanging_nvidia_smi_is_ended(smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (smi / "nvidia-smi").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(hardware, "_LIVE_TIMEOUT", 0.3)
    began = time.monotonic()
    assert await gpu_use() == ()
    assert time.monotonic() - began < 5


async def test_asking_where_there_is_no_gpu_is_cheap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with asyncio.timeout(1):
        for _ in range(1000):
            assert await gpu_use() == ()
