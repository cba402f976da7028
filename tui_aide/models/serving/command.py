"""The command that starts a planned server: words and environment, for a process or for Docker, and to be printed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tui_aide.errors import UsageError
from tui_aide.models.serving.installation import Installation
from tui_aide.models.serving.plan import ServePlan

HOST = "127.0.0.1"
"""Servers listen here only: what lets them sleep asks for no key."""

IMAGE = "vllm/vllm-openai:latest"

_QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
_PASSED_TO_DOCKER = ("HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_ENDPOINT")
_KEPT_BACK = ("OPENAI_API_KEY",)
"""Keys for other servers, which this one has no use for."""


class ServeCommand(msgspec.Struct, frozen=True, kw_only=True):
    """How a server is started.

    Attributes:
        words: the program and its arguments.
        environment: variables that it gets beside those of this process.
        port: where it will listen, on 127.0.0.1.
        plan: what it follows from.
        container: name of the Docker container; None where it is a process of ours.
        python: the interpreter whose vLLM it is; None where that is not known.
    """

    words: tuple[str, ...]
    environment: dict[str, str]
    port: int
    plan: ServePlan
    container: str | None = None
    python: Path | None = None

    @property
    def base_url(self) -> str:
        """The address that clients use."""
        return f"http://{HOST}:{self.port}/v1"

    def full_environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return all variables for the process; `base` is by default this process's own environment."""
        base = os.environ if base is None else base
        return {k: v for k, v in base.items() if k not in _KEPT_BACK} | self.environment

    def shell(self) -> str:
        """Return the command as one line that can be pasted into a shell."""
        variables = [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]
        return " ".join([*variables, shlex.join(self.words)])


def serve_command(
    plan: ServePlan, installation: Installation | None, port: int, extra: Sequence[str] = ()
) -> ServeCommand:
    """Return the command for a process of this machine.

    Args:
        plan: what is to be served, and how.
        installation: the vLLM to use; None prints as `vllm serve`, for a machine that has it.
        port: where it is to listen.
        extra: the user's own flags for vLLM; they come last, and so win.
    """
    start = installation.start() if installation is not None else ["vllm", "serve"]
    words = [*start, plan.checkpoint, "--host", HOST, "--port", str(port), *plan.flags, *extra]
    offline = {name: os.environ[name] for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") if name in os.environ}
    return ServeCommand(
        words=tuple(words),
        environment={**offline, **_QUIET, **plan.environment},
        port=port,
        plan=plan,
        python=installation.python if installation is not None else None,
    )


def docker_command(plan: ServePlan, port: int, extra: Sequence[str] = ()) -> ServeCommand:
    """Return the command that runs vLLM's own image; the hub's cache of the user's home is shared with it.

    Raises:
        UsageError: the plan is for a CPU, which that image is not for.
    """
    if plan.device == "cpu":
        raise UsageError(
            "--docker: vLLM's image needs a GPU; leave out --docker, or name a Python without vLLM for CPUs"
        )
    name = f"tui-aide-{port}"
    cache = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    environment = {**_QUIET, **plan.environment}
    cards = environment.pop("CUDA_VISIBLE_DEVICES", None)
    environment.pop("CUDA_DEVICE_ORDER", None)
    words = ["docker", "run", "--rm", "--init", "--name", name, "--runtime", "nvidia"]
    words += ["--gpus", f'"device={cards}"' if cards else "all", "--ipc=host"]
    words += ["-p", f"{HOST}:{port}:8000", "-v", f"{cache}:/root/.cache/huggingface"]
    for variable, value in environment.items():
        words += ["-e", f"{variable}={value}"]
    for variable in _PASSED_TO_DOCKER:
        if variable in os.environ:
            words += ["-e", variable]  # by name: the value stays out of the command
    model = plan.checkpoint
    if Path(model).is_absolute():
        words += ["-v", f"{model}:/model:ro"]
        model = "/model"
    words += [IMAGE, "--model", model, *plan.flags, *extra]
    return ServeCommand(words=tuple(words), environment={}, port=port, plan=plan, container=name)
