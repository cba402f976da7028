"""What a user asks for when a search is to begin, before anything is looked up; and the same as a command line."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from tui_aide.sessions.quantities import write_duration, write_size
from tui_aide.tree.events import Budget


class SearchOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `tui-aide run`; None stands for what the program is to choose.

    `task` is a folder or a bundled task's name; `timeout` is in seconds, `memory` and `disk` are in bytes.
    """

    task: str
    model: str | None = None
    base_urls: tuple[str, ...] = ()
    api_key_env: str = "OPENAI_API_KEY"
    roles: tuple[str, ...] = ()
    max_tokens: int = 32768
    thinking_budget: int | None = None
    gpu: Literal["separate", "share", "alternate"] = "separate"
    strategy: str | None = None
    policy: str | None = None
    workers: int | None = None
    slots: int | None = None
    sequential: bool = False
    seed: int = 0
    ensemble: bool = True
    refit: bool = True
    nodes: int | None = None
    tokens: int | None = None
    wall_seconds: float | None = None
    execution_seconds: float | None = None
    timeout: float = 600.0
    memory: int | None = None
    disk: int | None = None
    python: str | None = None
    sandbox: str = "auto"
    executor: str = "local"
    image: str | None = None
    mounts: tuple[str, ...] = ()
    ray_address: str | None = None
    ray_gpus: float | None = None
    name: str | None = None
    sessions_dir: str | None = None

    @property
    def budget(self) -> Budget:
        """The budget: twenty nodes where no limit is given."""
        given = Budget(
            nodes=self.nodes,
            tokens=self.tokens,
            wall_seconds=self.wall_seconds,
            execution_seconds=self.execution_seconds,
        )
        return given if given != Budget() else Budget(nodes=USUAL_NODES)


USUAL_NODES = 20

_OPTIONS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "model": ("--model", str),
    "base_urls": ("--base-url", str),
    "api_key_env": ("--api-key-env", str),
    "roles": ("--role", str),
    "max_tokens": ("--max-tokens", str),
    "thinking_budget": ("--thinking-budget", str),
    "gpu": ("--gpu", str),
    "strategy": ("--strategy", str),
    "policy": ("--policy", str),
    "workers": ("--workers", str),
    "slots": ("--slots", str),
    "sequential": ("--sequential", str),
    "seed": ("--seed", str),
    "ensemble": ("--no-ensemble", str),
    "refit": ("--no-refit", str),
    "nodes": ("--nodes", str),
    "tokens": ("--tokens", str),
    "wall_seconds": ("--time", write_duration),
    "execution_seconds": ("--execution-time", write_duration),
    "timeout": ("--timeout", write_duration),
    "memory": ("--memory", write_size),
    "disk": ("--disk", write_size),
    "python": ("--python", str),
    "sandbox": ("--sandbox", str),
    "executor": ("--executor", str),
    "image": ("--image", str),
    "mounts": ("--mount", str),
    "ray_address": ("--ray-address", str),
    "ray_gpus": ("--ray-gpus", lambda gpus: f"{gpus:g}"),
    "name": ("--name", str),
    "sessions_dir": ("--sessions-dir", str),
}
"""The option of each field, and how its value is written."""


def run_words(order: SearchOrder) -> list[str]:
    """Return the words after `tui-aide` that order the same search; what is usual is left out."""
    usual = SearchOrder(task=order.task)
    words = ["run"]
    for field, (option, write) in _OPTIONS.items():
        value = getattr(order, field)
        if value == getattr(usual, field):
            continue
        if isinstance(value, bool):
            words.append(option)
            continue
        for one in value if isinstance(value, tuple) else (value,):
            text = write(one)
            words += [f"{option}={text}"] if text.startswith("-") else [option, text]
    return [*words, "--", order.task] if order.task.startswith("-") else ["run", order.task, *words[1:]]


def command_line(order: SearchOrder) -> str:
    """Return the shell's line that orders the same search."""
    return shlex.join(["tui-aide", *run_words(order)])


def field_of(message: str) -> str:
    """Return the field of an order that an error's message names by its option, else "task"."""
    found = [(at, field) for field, (option, _) in _OPTIONS.items() if (at := _place(message, option)) >= 0]
    return min(found)[1] if found else "task"


def _place(message: str, option: str) -> int:
    at = message.find(option)
    following = message[at + len(option) : at + len(option) + 1]
    return at if at >= 0 and not (following.isalnum() or following == "-") else -1
