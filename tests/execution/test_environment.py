from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.execution.environment import script_environment


def environment(gpus: str | None = None, fraction: float | None = None) -> dict[str, str]:
    base = {"CUDA_VISIBLE_DEVICES": "3", "PATH": "/bin", "OPENAI_API_KEY": "secret"}
    return script_environment(Path("/h"), Path("/t"), 2, "run", base, gpus=gpus, gpu_fraction=fraction)


def test_scripts_see_the_gpus_that_we_see_where_nothing_else_is_said() -> None:
    assert environment()["CUDA_VISIBLE_DEVICES"] == "3"
    assert "HIP_VISIBLE_DEVICES" not in environment()


def test_scripts_that_have_none_see_none_whatever_we_see() -> None:
    found = environment("", 0.5)
    assert (found["CUDA_VISIBLE_DEVICES"], found["HIP_VISIBLE_DEVICES"]) == ("", "")
    assert not {name for name in found if name.startswith(("XLA", "TF_", "CUPY"))}


def test_scripts_that_have_some_see_those_by_the_numbers_that_nvidia_smi_gives() -> None:
    found = environment("0,2")
    assert found["CUDA_VISIBLE_DEVICES"] == "0,2"
    assert found["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert found["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert "XLA_PYTHON_CLIENT_MEM_FRACTION" not in found


def test_a_share_of_the_memory_caps_the_libraries_that_take_a_cap() -> None:
    found = environment("0", 0.3)
    assert found["XLA_PYTHON_CLIENT_MEM_FRACTION"] == "0.300"
    assert found["CUPY_GPU_MEMORY_LIMIT"] == "30.0%"


@pytest.mark.parametrize("gpus", [None, "", "0"])
def test_no_key_gets_through_with_any_gpu(gpus: str | None) -> None:
    assert "OPENAI_API_KEY" not in environment(gpus, 0.3)
