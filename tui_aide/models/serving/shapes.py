"""The shape of a model that lies on this machine, from its config.json: a folder, or in Hugging Face's cache."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.errors import UsageError
from tui_aide.models.serving.presets import find_preset, presets
from tui_aide.models.serving.source import Checkpoint, ModelShape, ModelSource, Quantisation


def find_source(word: str) -> ModelSource:
    """Return what a user's word for a model means: a preset, a folder with config.json, or a hub name.

    Raises:
        UsageError: it is none of them, or the folder holds no model.
    """
    if word in presets():
        return find_preset(word)
    folder = Path(word).expanduser()
    if folder.is_dir():
        return _local(folder.absolute(), name=str(folder.absolute()), served=folder.absolute().name)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", word) and not word.startswith("."):
        cached = cached_folder(word)
        if cached is not None:
            return _local(cached, name=word, served=word)
        checkpoint = Checkpoint(name=word, quantisation="bf16")
        about = f"{word}, of which nothing is on this machine yet"
        parser = _parser_by_name(word)
        return ModelSource(
            served_name=word, about=about, reasoning_parser=parser, shape=None, checkpoints=(checkpoint,)
        )
    if os.sep in word:
        raise UsageError(f"{word}: there is no such folder")
    return find_preset(word)  # raises, with the nearest


def cached_folder(name: str) -> Path | None:
    """Return where Hugging Face's cache has a model of the hub; None where it does not have it."""
    hub = os.environ.get("HF_HUB_CACHE")
    home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    repository = Path(hub or Path(home) / "hub").expanduser() / f"models--{name.replace('/', '--')}"
    try:
        revision = (repository / "refs" / "main").read_text().strip()
    except OSError:
        return None
    folder = repository / "snapshots" / revision
    return folder if (folder / "config.json").is_file() else None


def _local(folder: Path, *, name: str, served: str) -> ModelSource:
    config = _json(folder / "config.json")
    if config is None:
        raise UsageError(f"{folder}: holds no model: it has no config.json that can be read")
    quantisation = _quantisation(config)
    shape = shape_of(config)
    weights = _weights(folder)
    checkpoints = [Checkpoint(name=name, quantisation=quantisation, weights=weights)]
    if shape and weights:
        shape = msgspec.structs.replace(shape, parameters=_parameters(shape, weights, quantisation))
        if quantisation == "bf16":
            half = shape.weight_bytes("fp8")
            checkpoints.append(Checkpoint(name=name, quantisation="fp8", weights=half, made_while_loading=True))
    return ModelSource(
        served_name=served,
        about=str(name),
        reasoning_parser=_parser_by_template(folder),
        shape=shape,
        checkpoints=tuple(checkpoints),
    )


def shape_of(config: dict[str, Any]) -> ModelShape | None:
    """Return the shape that a config.json tells, its parameters still 0; None where it tells too little.

    Models with compressed keys and values (DeepSeek-V2 and later) count as too little: their cache is another one.
    """
    inner = config.get("text_config")
    if isinstance(inner, dict):
        config = {**config, **inner}
    if config.get("kv_lora_rank"):
        return None
    try:
        heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
        return ModelShape(
            parameters=0,
            layers=int(config["num_hidden_layers"]),
            attention_heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_dim=int(config.get("head_dim") or hidden // heads),
            hidden=hidden,
            vocabulary=int(config["vocab_size"]),
            positions=int(config["max_position_embeddings"]),
            tied=bool(config.get("tie_word_embeddings", False)),
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _parameters(shape: ModelShape, weights: int, quantisation: Quantisation) -> int:
    """Return how many parameters files of that size hold: the inverse of `ModelShape.weight_bytes`."""
    without = shape.weight_bytes(quantisation)  # of 0 parameters: what the embeddings add to a plain count
    one = msgspec.structs.replace(shape, parameters=10**9).weight_bytes(quantisation) - without
    return max(0, round((weights - without) * 10**9 / one))


def _weights(folder: Path) -> int | None:
    for pattern in ("*.safetensors", "*.bin"):
        if sizes := [p.stat().st_size for p in folder.glob(pattern) if p.exists()]:
            return sum(sizes)
    return None


def _quantisation(config: dict[str, Any]) -> Quantisation:
    found = config.get("quantization_config")
    if not isinstance(found, dict):
        return "bf16"
    text = msgspec.json.encode(found).decode()
    bits = re.search(r'"(?:num_bits|bits|w_bit)":(\d+)', text)
    return "4bit" if bits and int(bits[1]) <= 4 else "fp8"


def _parser_by_template(folder: Path) -> str | None:
    settings = _json(folder / "tokenizer_config.json") or {}
    template = str(settings.get("chat_template") or "")
    with contextlib.suppress(OSError, UnicodeDecodeError):
        template += (folder / "chat_template.jinja").read_text(encoding="utf-8")
    if "<think>" not in template and "</think>" not in template:
        return None
    return "qwen3" if "enable_thinking" in template else "deepseek_r1"


def _parser_by_name(name: str) -> str | None:
    folded = name.casefold()
    if "deepseek-r1" in folded or "qwq" in folded:
        return "deepseek_r1"
    return "qwen3" if re.search(r"qwen3(?!-coder)", folded) and "instruct" not in folded else None


def _json(path: Path) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return None
