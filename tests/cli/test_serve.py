"""`tui-aide serve` with a fake vLLM and a fake nvidia-smi: real processes, real signals."""

from __future__ import annotations

import os
import pty
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.models.serving import fake_vllm
from tests.models.serving.served import LOGS, PROCESSES, alive, pids, until_dead
from tests.models.serving.test_command import fake_python
from tui_aide.errors import UsageError
from tui_aide.models.serving.ports import free_port
from tui_aide.models.serving.server import check_servable, serve_model

CARD = "0, GPU-5a1b, NVIDIA L4, 23034, 22560, 8.9, 570.86.15, 0, 41, [N/A]"


@pytest.fixture
def machine(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with one card, and a Python that has a (fake) vLLM."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "nvidia-smi").write_text(f"#!/bin/sh\necho '{CARD}'\n")
    (tools / "nvidia-smi").chmod(0o755)
    python = fake_python(tmp_path, "vllm", "0.33.0")
    package = tmp_path / "site" / "vllm" / "entrypoints" / "openai"
    package.mkdir(parents=True)
    (package / "api_server.py").write_text(
        f"import runpy\nrunpy.run_path({fake_vllm.__file__!r}, run_name='__main__')\n"
    )
    variables = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "TUI_AIDE_VLLM_PYTHON": str(python),
        "FAKE_VLLM_LOG": str(LOGS / "start.log"),
        "FAKE_VLLM_PIDS": str(tmp_path / "pids"),
        "HOME": str(tmp_path / "home"),
    }
    for name in (
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "HF_HOME",
        "HF_HUB_CACHE",
        "CUDA_VISIBLE_DEVICES",
    ):
        program.environment.pop(name, None)
        monkeypatch.delenv(name, raising=False)
    program.environment |= variables
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield tmp_path
    if (tmp_path / "pids").exists():
        for pid in alive(pids(tmp_path)):
            os.kill(pid, signal.SIGKILL)


def until_ready(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line.startswith("ready at http://127.0.0.1:"), line + (server.communicate()[1] or "")
    return line


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=lambda v: str(int(v))
)
def test_a_signal_stops_all_of_it(program: Program, machine: Path, number: signal.Signals, code: int) -> None:
    port = free_port()
    server = program.start("serve", "deepseek-r1-7b", "--port", str(port))
    line = until_ready(server)
    url = f"http://127.0.0.1:{port}/v1"
    use = f"use it: tui-aide run TASK --base-url {url}"
    assert line == f"ready at {url} as deepseek-r1-7b, KV cache of 975,712 tokens; {use}\n"
    started = pids(machine)
    assert len(alive(started)) == PROCESSES
    server.send_signal(number)
    _, err = server.communicate(timeout=30)
    assert server.returncode == code, err
    assert "KV cache: about" in err
    assert "100%  ready" in err
    assert alive(started) == []


def test_progress_is_one_changing_line_on_a_terminal(program: Program, machine: Path) -> None:
    terminal, end = pty.openpty()
    server = subprocess.Popen(
        program.command("serve", "deepseek-r1-7b", "--port", str(free_port())),
        env=program.environment,
        stdout=subprocess.PIPE,
        stderr=end,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    os.close(end)
    until_ready(server)
    server.terminate()
    server.communicate(timeout=30)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    line = next(line for line in shown.split("\n") if "\r\x1b[K" in line)
    assert "0%  starting" in line
    assert line.rstrip().endswith("100%  ready")


def test_nohup_is_kept_to(program: Program, machine: Path) -> None:
    words = ["nohup", *program.command("serve", "deepseek-r1-7b", "--port", str(free_port()))]
    server = subprocess.Popen(
        words,
        env=program.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    until_ready(server)
    server.send_signal(signal.SIGHUP)
    server.send_signal(signal.SIGTERM)
    _, err = server.communicate(timeout=30)
    assert server.returncode == 143, err


def test_kill_9_of_the_command_leaves_nothing(program: Program, machine: Path) -> None:
    server = program.start("serve", "deepseek-r1-7b", "--port", str(free_port()))
    until_ready(server)
    started = pids(machine)
    server.kill()
    server.communicate()
    assert until_dead(started) == []


def test_a_server_that_dies_ends_the_command_with_the_cause(program: Program, machine: Path) -> None:
    server = program.start("serve", "deepseek-r1-7b", "--port", str(free_port()))
    until_ready(server)
    os.kill(pids(machine)[0], signal.SIGKILL)
    _, err = server.communicate(timeout=30)
    assert server.returncode == 1
    assert "tui-aide: the server for deepseek-r1-7b ended: it was killed by signal 9" in err
    assert alive(pids(machine)) == []


def test_a_failed_start_is_explained(program: Program, machine: Path) -> None:
    program.environment |= {"FAKE_VLLM_LOG": str(LOGS / "short_cache.log"), "FAKE_VLLM_END": "1"}
    done = program.run("serve", "deepseek-r1-7b", "--port", str(free_port()))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("tui-aide: the server for deepseek-r1-7b did not start: a context of 131,072 tokens")
    assert "--context 34736" in last
    assert "Traceback" not in done.stderr


def test_print_shows_a_command_and_starts_nothing(program: Program, machine: Path) -> None:
    done = program.run("serve", "deepseek-r1-7b", "--print", "--context", "8k", "--", "--seed", "7")
    assert done.returncode == 0, done.stderr
    words = shlex.split(done.stdout)
    assert words[-2:] == ["--seed", "7"]
    assert words[words.index("--max-model-len") + 1] == "8192"
    assert not (machine / "pids").exists()


def test_print_works_on_a_machine_without_gpu_and_vllm(program: Program, machine: Path) -> None:
    (machine / "tools" / "nvidia-smi").unlink()
    program.environment["TUI_AIDE_VLLM_PYTHON"] = sys.executable
    program.environment["PATH"] = "/usr/bin:/bin"
    done = program.run("serve", "deepseek-r1-7b", "--print")
    assert done.returncode == 0, done.stderr
    assert "vllm" in done.stdout
    assert "takes a card of 22.3 GiB or more" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["deepsek-r1-7b"], "Did you mean 'deepseek-r1-7b'"),
        (["deepseek-r1-llama-70b"], "does not fit"),
        (["deepseek-r1-7b", "--context", "lots"], "is no number of tokens"),
        (["deepseek-r1-7b", "--vllm-python", "/nowhere"], "there is no such program"),
        (["deepseek-r1-7b", "--prnt"], "Did you mean '--print'"),
        (["/nowhere/at/all"], "there is no such folder"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(program: Program, machine: Path, words: list[str], said: str) -> None:
    done = program.run("serve", *words)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]


def test_a_port_in_use_is_refused_when_asked_for(program: Program, machine: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = program.run("serve", "deepseek-r1-7b", "--port", str(port))
    assert done.returncode == 1
    assert f"port {port} is in use by" in done.stderr
    assert f"process {os.getpid()}" in done.stderr


def test_presets_are_listed_without_a_model(program: Program, machine: Path) -> None:
    done = program.run("serve")
    assert done.returncode == 0
    assert "deepseek-r1-32b" in done.stdout
    assert "models.toml" in done.stderr


async def test_a_run_gets_a_server_of_its_own(machine: Path) -> None:
    assert check_servable("deepseek-r1-7b") == (
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B (bf16) with a context of 32,768 tokens on 1 GPU"
    )
    states: list[str] = []
    server = await serve_model(
        "deepseek-r1-7b", gpu="alternate", log=machine / "server.log", on_change=lambda state, *_: states.append(state)
    )
    try:
        await server.start()
        assert (server.model, server.state, server.command.plan.sleeps) == ("deepseek-r1-7b", "up", True)
        assert server.base_url == f"http://127.0.0.1:{server.command.port}/v1"
    finally:
        await server.aclose()
    assert (states[0], states[-1]) == ("starting", "stopped")
    assert alive(pids(machine)) == []


def test_a_machine_without_vllm_or_gpu_cannot_serve(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(UsageError, match=r"deepseek-r1-7b: CUDA_VISIBLE_DEVICES hides every GPU.*--base-url"):
        check_servable("deepseek-r1-7b")
    (machine / "other").mkdir()
    monkeypatch.setenv("TUI_AIDE_VLLM_PYTHON", str(fake_python(machine / "other", "none", "1.0")))
    with pytest.raises(UsageError, match=r"hides every GPU, and vLLM is not installed .*--base-url") as caught:
        check_servable("deepseek-r1-7b")
    assert "pip install" not in str(caught.value)  # some GB that would not help
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    with pytest.raises(UsageError, match=r"other/python -m pip install .*\[vllm\]'"):
        check_servable("deepseek-r1-7b")
