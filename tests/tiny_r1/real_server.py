"""A real vLLM on CPU that serves the tiny model, started and stopped whole."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tests.tiny_r1.lane import HOME, MODEL, OFFLINE, PYTHON
from tui_aide.models.serving.ports import free_port

NAME = "tiny-r1"
LOG = HOME / "server.log"
START_SECONDS = 300.0
STOP_SECONDS = 15.0
_SETTINGS = {"TORCH_COMPILE_DISABLE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_SERVER_DEV_MODE": "1"}
_FLAGS = (
    *("--reasoning-parser", "deepseek_r1"),
    *("--max-model-len", "16384"),
    # A seeded prompt that is read in pieces kills the engine on CPUs, so none may be.
    *("--max-num-batched-tokens", "16384", "--no-enable-chunked-prefill"),
    "--enforce-eager",
    *("--max-num-seqs", "16"),
    *("--scheduling-policy", "priority"),
    "--enable-prompt-tokens-details",
    "--enable-per-request-metrics",
    *("--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}'),
)


def command(port: int, flags: Sequence[str] = _FLAGS) -> list[str]:
    """Return the command that serves the tiny model on 127.0.0.1."""
    served = ["--model", str(MODEL), "--served-model-name", NAME, "--host", "127.0.0.1", "--port", str(port)]
    return [str(PYTHON), "-m", "vllm.entrypoints.openai.api_server", *served, *flags]


@contextmanager
def real_server() -> Iterator[str]:
    """Start a server, yield its address without `/v1`, and stop all of its processes.

    Raises:
        RuntimeError: it does not come up; with the end of its log.
    """
    port = free_port()
    home = HOME / "home"
    home.mkdir(exist_ok=True)
    own = {"HOME": str(home), "VLLM_CACHE_ROOT": str(home / "vllm"), "XDG_CACHE_HOME": str(home / "cache")}
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            command(port), stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=home,
            env=os.environ | OFFLINE | _SETTINGS | own,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url)
        yield url
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"vLLM ended with {process.returncode} while it started: {_log_end()}")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"vLLM is not up after {START_SECONDS:.0f} s: {_log_end()}")


def _log_end() -> str:
    return LOG.read_text(errors="replace")[-2000:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server, then whatever of its process group is left: a killed one leaves its engine behind."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
