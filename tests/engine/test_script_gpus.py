from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from tests.doubles import SleepingExecutor, toy_view
from tests.engine.search import Search
from tui_aide.engine.prompting import write_prompt
from tui_aide.engine.script_gpus import ScriptGpus, script_gpus
from tui_aide.models.chat import Limits, Proposal
from tui_aide.tree import events as ev
from tui_aide.tree.commands import GpuUse

GB = 10**9
FREE = GpuUse(0, "NVIDIA H100", 1 * GB, 80 * GB)
FULL = GpuUse(1, "NVIDIA H100", 72 * GB, 80 * GB)


@pytest.mark.parametrize("mode", ["separate", "share", "alternate"])
def test_a_machine_without_a_gpu_says_nothing_of_one(mode: Literal["separate", "share", "alternate"]) -> None:
    assert script_gpus(mode, [], None, slots=2) == ScriptGpus()


def test_separate_leaves_scripts_what_the_server_does_not_use() -> None:
    assert script_gpus("separate", [FREE, FULL], [1], slots=1) == ScriptGpus(
        devices="0", words="one NVIDIA H100 with 79 GB free"
    )
    assert script_gpus("separate", [FULL], [1], slots=1) == ScriptGpus(devices="")
    assert script_gpus("separate", [FREE, FULL], [], slots=2).devices == "0,1"


def test_separate_takes_a_gpu_that_is_full_for_the_servers_where_nobody_knows() -> None:
    assert script_gpus("separate", [FREE, FULL], None, slots=1).devices == "0"
    assert script_gpus("separate", [FULL], None, slots=1).devices == ""


def test_alternate_gives_scripts_the_servers_gpu_but_for_what_a_sleeping_one_holds() -> None:
    assert script_gpus("alternate", [FREE, FULL], [1], slots=2) == ScriptGpus(
        devices="1", words="one NVIDIA H100 with 77 GB free, shared by up to 2 scripts"
    )


def test_share_gives_scripts_what_the_server_leaves_or_will_leave() -> None:
    up = script_gpus("share", [FULL], [1], slots=2)
    assert (up.devices, up.words) == ("1", "one NVIDIA H100 with 8 GB free, shared by up to 2 scripts")
    assert up.fraction == pytest.approx(0.05)
    not_yet = script_gpus("share", [FREE], [0], slots=1, share=0.25)
    assert (not_yet.words, not_yet.fraction) == ("one NVIDIA H100 with 20 GB free", 0.25)


def test_several_gpus_are_counted() -> None:
    assert script_gpus("alternate", [FREE, FULL], [0, 1], slots=1).words == "two NVIDIA H100 with 77 GB free each"


def test_several_gpus_are_dealt_out_among_the_slots() -> None:
    two = script_gpus("alternate", [FREE, FULL], [0, 1], slots=2)
    assert two.words == "one NVIDIA H100 with 77 GB free"
    assert [two.of_slot(slot, 2) for slot in range(2)] == ["0", "1"]
    assert script_gpus("share", [FREE, FULL], [0, 1], slots=2, share=0.1).fraction == pytest.approx(0.1)
    four = script_gpus("alternate", [FREE, FULL], [0, 1], slots=4)
    assert four.words == "one NVIDIA H100 with 77 GB free, shared by up to 2 scripts"
    assert [four.of_slot(slot, 4) for slot in range(4)] == ["0", "1", "0", "1"]
    three = ScriptGpus(devices="0,1,2")
    assert [three.of_slot(slot, 2) for slot in range(2)] == ["0,2", "1"]
    assert three.of_slot(0, 1) == "0,1,2"
    assert [ScriptGpus(devices=d).of_slot(1, 2) for d in (None, "", "3")] == [None, "", "3"]


def test_the_prompt_tells_what_is_so() -> None:
    def prompt(gpu: str) -> str:
        limits = Limits(60.0, None, 2, gpu)
        return write_prompt(Proposal("draft", toy_view(), (), (), "", limits, 0)).messages[0].content

    assert "CPU thread(s). No GPU.\n" in prompt("")
    assert "CPU thread(s). GPU: one NVIDIA H100 with 24 GB free.\n" in prompt("one NVIDIA H100 with 24 GB free")


def test_no_script_sees_a_gpu_that_is_hidden_from_us() -> None:
    assert script_gpus("separate", [FREE, FULL], [], slots=1, allowed="0").devices == "0"
    assert script_gpus("alternate", [FREE, FULL], [0], slots=1, allowed="1").devices == "1"
    assert script_gpus("separate", [FREE, FULL], [], slots=1, allowed="").devices == ""
    assert script_gpus("separate", [FREE], [], slots=1, allowed="-1").devices is None
    assert script_gpus("share", [FREE, FULL], [], slots=1, allowed="GPU-3f1c").devices is None


async def test_scripts_are_run_with_their_gpus(tmp_path: Path) -> None:
    executor = SleepingExecutor()
    gpus = ScriptGpus(devices="1", fraction=0.25)
    await Search(tmp_path, ev.Budget(nodes=1), executor=executor, gpus=gpus).run()
    assert [(e.gpus, e.gpu_fraction) for e in executor.executions] == [("1", 0.25)]
