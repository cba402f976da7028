"""Models known by a short name: those of presets.toml, and the user's own in models.toml."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec

from tui_aide.errors import UsageError, nearest
from tui_aide.models.serving.source import QUANTISATIONS, Checkpoint, ModelShape, ModelSource, Quantisation


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of a presets file: the model's shape (see `ModelShape`), and a checkpoint for each precision."""

    parameters: int
    layers: int
    attention_heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocabulary: int
    positions: int
    checkpoints: dict[Quantisation, str]
    tied: bool = False
    about: str = ""
    reasoning_parser: str | None = None

    def source(self, name: str) -> ModelSource:
        """Return what is to be served for this preset; `name` is what the server calls it."""
        shape = ModelShape(**{field: getattr(self, field) for field in ModelShape.__struct_fields__})
        return ModelSource(
            served_name=name,
            about=self.about or name,
            reasoning_parser=self.reasoning_parser,
            shape=shape,
            checkpoints=tuple(_checkpoints(self.checkpoints, shape)),
        )


def _checkpoints(names: dict[Quantisation, str], shape: ModelShape) -> list[Checkpoint]:
    found = []
    for quantisation in QUANTISATIONS:
        name = names.get(quantisation)
        made = name is None and quantisation == "fp8"
        if made:
            name = names.get("bf16")
        if name:
            weights = shape.weight_bytes(quantisation)
            found.append(Checkpoint(name=name, quantisation=quantisation, weights=weights, made_while_loading=made))
    return found


def user_presets_file() -> Path:
    """Return where the user's own presets are, whether or not there are any."""
    from platformdirs import user_config_path

    return user_config_path("tui_aide", appauthor=False) / "models.toml"


def presets(own: Path | None = None) -> dict[str, ModelSource]:
    """Return all presets by name; the user's own come last, and replace bundled ones of the same name.

    Args:
        own: file of the user's presets; by default the one in the config folder.

    Raises:
        UsageError: the user's file cannot be used.
    """
    bundled = files(__package__).joinpath("presets.toml").read_text(encoding="utf-8")
    found = _read(bundled, "presets.toml")
    own = own or user_presets_file()
    try:
        text = own.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return found
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{own}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return found | _read(text, str(own))


def find_preset(name: str, own: Path | None = None) -> ModelSource:
    """Return the preset of that name.

    Raises:
        UsageError: there is none; the nearest is offered. Or the user's file cannot be used.
    """
    known = presets(own)
    if name in known:
        return known[name]
    raise UsageError(
        f"no model {name!r} is known.{nearest(name, known)} Known: {', '.join(known)}; "
        "or give a name of the Hugging Face hub (organisation/model), or a model's folder"
    )


def _read(text: str, path: str) -> dict[str, ModelSource]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: no TOML: {error}") from error
    return {name: _preset(name, table, path).source(name) for name, table in tables.items()}


def _preset(name: str, table: object, path: str) -> Preset:
    if not isinstance(table, dict):
        raise UsageError(f"{path}: key {name!r} stands outside a table; a model begins with a line such as [my-model]")
    where = f"{path}: [{name}]"
    if unknown := [key for key in table if key not in Preset.__struct_fields__]:
        hint = nearest(unknown[0], Preset.__struct_fields__)
        raise UsageError(f"{where}: unknown key {unknown[0]!r}.{hint} Known: {', '.join(Preset.__struct_fields__)}")
    try:
        preset = msgspec.convert(table, Preset)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {str(error).replace(' - at `$.', ' for key `')}") from error
    for key in ("parameters", "layers", "attention_heads", "kv_heads", "head_dim", "hidden", "vocabulary", "positions"):
        if getattr(preset, key) < 1:
            raise UsageError(f"{where}: key {key!r} must be above 0")
    if not preset.checkpoints:
        raise UsageError(f"{where}: key 'checkpoints' is empty; give one as bf16, fp8 or 4bit")
    return preset
