"""The options of a search that a suite may set: for all cells, a model, a strategy, or a task; the last wins."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from tui_aide.bench import toml_tables as toml
from tui_aide.sessions import quantities

SANDBOXES = ("auto", "bwrap", "namespaces", "landlock", "none")


def _executor(value: Any) -> str:
    from tui_aide.sessions.assembly import EXECUTORS  # brings the engine, which a screen does without

    return str(toml.one_of(EXECUTORS)(value))


class SearchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is set of `SearchOrder`'s fields of the same names; None for each that is left as usual."""

    base_urls: tuple[str, ...] | None = None
    api_key_env: str | None = None
    roles: tuple[str, ...] | None = None
    max_tokens: int | None = None
    thinking_budget: int | None = None
    gpu: Literal["separate", "share", "alternate"] | None = None
    workers: int | None = None
    slots: int | None = None
    sequential: bool | None = None
    ensemble: bool | None = None
    refit: bool | None = None
    timeout: float | None = None
    memory: int | None = None
    disk: int | None = None
    python: str | None = None
    sandbox: str | None = None
    executor: str | None = None
    image: str | None = None
    mounts: tuple[str, ...] | None = None
    ray_address: str | None = None
    ray_gpus: float | None = None

    def given(self) -> dict[str, Any]:
        """Return what is set, by field."""
        return {field: value for field, value in msgspec.structs.asdict(self).items() if value is not None}


FIELDS: Final = {"base_url": "base_urls", "role": "roles", "mount": "mounts"}
"""The field of a key, where it has another name: the keys are those of the command line."""

READERS: Final[dict[str, toml.Reader]] = {
    "base_url": toml.texts,
    "api_key_env": toml.text,
    "role": toml.texts,
    "max_tokens": toml.quantity(quantities.count),
    "thinking_budget": toml.quantity(quantities.count),
    "gpu": toml.one_of(("separate", "share", "alternate")),
    "workers": toml.quantity(quantities.at_most(256)),
    "slots": toml.quantity(quantities.at_most(256)),
    "sequential": toml.flag,
    "ensemble": toml.flag,
    "refit": toml.flag,
    "timeout": toml.quantity(quantities.duration),
    "memory": toml.quantity(quantities.memory),
    "disk": toml.quantity(quantities.disk),
    "python": toml.text,
    "sandbox": toml.one_of(SANDBOXES),
    "executor": _executor,
    "image": toml.text,
    "mount": toml.texts,
    "ray_address": toml.text,
    "ray_gpus": toml.number,
}
"""How each key of a suite is read."""


def take_options(values: dict[str, Any]) -> SearchOptions:
    """Take what belongs to a search's options out of a table that was read."""
    return SearchOptions(**{FIELDS.get(key, key): values.pop(key) for key in READERS if key in values})


def write_options(options: SearchOptions) -> dict[str, Any]:
    """Return the keys that read as these options."""
    keys = {field: key for key, field in FIELDS.items()}
    return {keys.get(field, field): value for field, value in options.given().items()}
