"""What was asked of a session: the contents of its session.toml, written once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tui_aide import __version__
from tui_aide.errors import SessionError
from tui_aide.file_formats import FormatError, brought
from tui_aide.tree.events import Budget, SessionStarted

if TYPE_CHECKING:
    from tui_aide.file_formats import Step

CONFIG_FORMAT = 1
STEPS: Mapping[int, Step] = {}
"""How session.toml of older formats is brought on."""


class TaskSource(msgspec.Struct, frozen=True, kw_only=True):
    """Which task, and its folder or bundled name (for information: the session holds its own copy of the data)."""

    name: str
    source: str
    metric: str
    direction: str


class SearchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the search is done. `timeout` in seconds and `memory` in bytes are for one run of a script.

    `base_url` and `more_urls` are the servers that share the samples; `serve` names the preset or model whose server
    the runner starts itself. `send_key` says that the user named the servers, which may then see the key.
    `roles` gives other models for chosen roles, each as `MODEL`, at those servers, or as `MODEL@URL`.
    `gpu` says how thinking and training go about one GPU: `separate`, `share` or `alternate`.
    `ensemble` and `refit` say whether these are tried when the search has ended.
    `sandbox` keeps scripts on this machine to their folders, `network` lets them use the network, `python` is their
    interpreter, and `disk` the bytes that one may write; None for what is usual.
    `image` is that of the containers of `--executor docker`, None for our own, and `mounts` is what scripts may read
    in them beside the task's data.
    `ray_address` names the cluster of `--executor ray`, and `ray_gpus` the GPUs, or the share of one, that it reserves
    for a script.
    `sequential` makes one node at a time, so that the same seed gives the same search.
    """

    model: str = "builtin"
    base_url: str | None = None
    more_urls: tuple[str, ...] = ()
    serve: str | None = None
    roles: dict[str, str] = msgspec.field(default_factory=dict)
    api_key_env: str = "OPENAI_API_KEY"
    max_tokens: int = 32768
    thinking_budget: int | None = None
    gpu: Literal["separate", "share", "alternate"] = "separate"
    send_key: bool = False
    strategy: str = "single"
    policy: str = "greedy"
    workers: int = 2
    slots: int = 1
    sequential: bool = False
    seed: int = 0
    timeout: float = 600.0
    memory: int | None = None
    executor: str = "local"
    image: str | None = None
    mounts: tuple[str, ...] = ()
    ray_address: str | None = None
    ray_gpus: float | None = None
    sandbox: str = "auto"
    network: bool = False
    python: str | None = None
    disk: int | None = None
    ensemble: bool = True
    refit: bool = True


class ForkedFrom(msgspec.Struct, frozen=True, kw_only=True):
    """The session that this one was forked from, by its name then, and after which node's end; None is all of it."""

    session: str
    node: int | None = None


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of session.toml."""

    format: int = CONFIG_FORMAT
    id: str
    name: str
    created: float
    version: str
    task: TaskSource
    search: SearchSettings
    budget: Budget
    forked_from: ForkedFrom | None = None


def first_event(config: SessionConfig, session: str) -> SessionStarted:
    """Return the first event of a session's journal; `session` is its id."""
    search = config.search
    return SessionStarted(
        session=session,
        task=config.task.name,
        metric=config.task.metric,
        direction="min" if config.task.direction == "min" else "max",
        model=search.model,
        strategy=search.strategy,
        policy=search.policy,
        budget=config.budget,
        workers=search.workers,
        slots=search.slots,
        seed=search.seed,
        version=__version__,
    )


def read_config(path: Path) -> SessionConfig:
    """Return what a session.toml holds.

    Raises:
        SessionError: it is missing, damaged, or of a newer format.
    """
    try:
        keys = brought(msgspec.toml.decode(path.read_bytes(), type=dict[str, Any]), CONFIG_FORMAT, STEPS)
        return msgspec.convert(keys, SessionConfig)
    except FormatError as e:
        raise SessionError(f"{path}: {e}") from e
    except FileNotFoundError as e:
        raise SessionError(f"{path.parent}: not a session: it has no session.toml") from e
    except (OSError, msgspec.DecodeError) as e:
        raise SessionError(f"{path}: cannot be read: {e}") from e


def write_config(path: Path, config: SessionConfig) -> None:
    """Write session.toml atomically."""
    write_atomically(path, msgspec.toml.encode(_without_none(config)))


def _without_none(config: SessionConfig) -> dict[str, object]:
    built = msgspec.to_builtins(config)
    return {
        key: {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value
        for key, value in built.items()
        if value is not None
    }


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a file's content so that a reader sees either the old or the new.

    With `durable` that holds after a power cut, too, at the price of waiting for the disk.

    Raises:
        OSError: no space, or the folder cannot be written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
