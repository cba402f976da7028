"""What a model server is and can do, as found by asking it: its kind, version, models and ways."""

from __future__ import annotations

import asyncio
import re
from typing import Literal

import msgspec

from tui_aide.errors import ModelError
from tui_aide.models.connection import Answer, ServerConnection, TransientError

Kind = Literal["vllm", "sglang", "llama.cpp", "ollama", "lmstudio", "openai", "unknown"]
Thinks = Literal["reasoning", "reasoning_content", "tags", "none", "unknown"]

_OWNERS: dict[str, Kind] = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llama.cpp",
    "library": "ollama",
    "organization_owner": "lmstudio",
    "openai": "openai",
    "system": "openai",
    "openai-internal": "openai",
}
_NAMES = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llama.cpp": "llama.cpp server",
    "ollama": "Ollama",
    "lmstudio": "LM Studio",
    "openai": "OpenAI",
    "unknown": "unknown server",
}
_METRICS = ("vllm:", "sglang:", "llamacpp:")


class ServedModel(msgspec.Struct, frozen=True):
    """A model as a server lists it; `max_model_len` are the tokens of prompt and answer together."""

    id: str
    owned_by: str = ""
    max_model_len: int | None = None


class _Models(msgspec.Struct):
    data: list[ServedModel] = []
    models: msgspec.Raw = msgspec.Raw()


class Trial(msgspec.Struct, frozen=True):
    """What a small completion showed.

    Attributes:
        thinks: where the server puts reasoning; "tags" where it stays in the text, "none" where there was none.
        choices: whether `n` is heeded.
        usage: whether tokens are counted at the end, and `exact` whether with every piece.
        time: when it was, seconds since 1970.
    """

    thinks: Thinks
    choices: bool
    usage: bool
    exact: bool
    time: float = 0.0


class ServerFacts(msgspec.Struct, frozen=True):
    """A server as it describes itself.

    Attributes:
        kind: which program it is.
        version: its version, or an empty string.
        models: what it serves; empty where it lists nothing.
        metrics: whether it tells of its load.
        tokenize: whether it counts tokens for us.
        sleeps: whether it can be put to sleep, so that a GPU is free for training.
        trial: what a completion showed, None before one was asked for.
    """

    kind: Kind = "unknown"
    version: str = ""
    models: tuple[ServedModel, ...] = ()
    metrics: bool = False
    tokenize: bool = False
    sleeps: bool = False
    trial: Trial | None = None

    @property
    def name(self) -> str:
        """The program's name and version, as people write it."""
        return f"{_NAMES[self.kind]} {self.version}".strip()

    @property
    def choices(self) -> bool:
        """Whether several completions can be had by one request."""
        return self.trial.choices if self.trial else self.kind in ("vllm", "sglang", "openai")

    @property
    def exact_usage(self) -> bool:
        """Whether the server may be asked to count tokens with every piece of the stream."""
        return self.kind in ("vllm", "sglang")

    @property
    def thinking_budget(self) -> bool:
        """Whether the server closes thinking by itself when a budget is spent."""
        return self.kind == "vllm"

    def words(self) -> list[str]:
        """Return what matters to a user, a short phrase each."""
        found = [self.name]
        if self.trial is not None:
            found.append(
                {
                    "reasoning": "thinking told apart (reasoning)",
                    "reasoning_content": "thinking told apart (reasoning_content)",
                    "tags": "thinking in <think> tags, split here",
                    "none": "no thinking seen",
                    "unknown": "thinking unknown",
                }[self.trial.thinks]
            )
            found.append("n at once" if self.trial.choices else "n ignored: one request a sample")
            found.append(
                "exact token counts" if self.trial.exact else "token counts at the end" if self.trial.usage else
                "tokens estimated"
            )  # fmt: skip
        found.append("live figures" if self.metrics else "no live figures")
        if self.sleeps:
            found.append("can sleep")
        return found


def listed_models(body: bytes, url: str) -> list[ServedModel]:
    """Return the models in the answer of the server at `url`.

    Raises:
        ModelError: the answer is no list of models.
    """
    try:
        return msgspec.json.decode(body, type=_Models).data
    except msgspec.DecodeError as error:
        raise ModelError(
            f"what {url}/models lists are no models ({error}): is this an OpenAI-compatible server?"
        ) from error


async def ask_models(connection: ServerConnection, seconds: float | None = None) -> list[ServedModel] | None:
    """Return what the server serves; None for a server without a list of models.

    Raises:
        TransientError: it does not answer, or cannot just now.
        ModelError: it refuses, or what it lists are no models.
    """
    answer = await connection.get("models", seconds=seconds)
    if answer.status == 200:
        return listed_models(answer.body, str(connection))
    if answer.status in (404, 405):
        return None
    raise connection.refused(answer.status, answer.body)


async def describe_server(connection: ServerConnection, models: list[ServedModel] | None) -> ServerFacts:
    """Return what the server is, by a few questions that cost it nothing; silence to one of them is an answer.

    Args:
        connection: the way to it.
        models: what `ask_models` found.
    """
    served = tuple(models or ())
    kind: Kind = next((_OWNERS[m.owned_by] for m in served if m.owned_by in _OWNERS), "unknown")
    version, metrics, asleep, sglang, llama, ollama, studio = await asyncio.gather(
        _try(connection, "version"),
        _try(connection, "metrics"),
        _try(connection, "is_sleeping"),
        _try(connection, "get_server_info") if kind in ("sglang", "unknown") else _nothing(),
        _try(connection, "props") if kind in ("llama.cpp", "unknown") else _nothing(),
        _try(connection, "api/version") if kind in ("ollama", "unknown") else _nothing(),
        _try(connection, "api/v0/models") if kind in ("lmstudio", "unknown") else _nothing(),
    )
    ways: tuple[tuple[bytes | None, Kind], ...] = (
        (sglang, "sglang"),
        (llama, "llama.cpp"),
        (ollama, "ollama"),
        (studio, "lmstudio"),
    )
    if kind == "unknown":
        kind = next((named for found, named in ways if found is not None and _is_object(found)), "unknown")
    told = {"vllm": version, "sglang": sglang, "llama.cpp": llama, "ollama": ollama}.get(kind)
    if kind == "llama.cpp" and llama is not None:
        served = tuple(_with_context(model, llama) for model in served)
    return ServerFacts(
        kind=kind,
        version=_version(told),
        models=served,
        metrics=metrics is not None and any(m in metrics[:200_000].decode("utf-8", "replace") for m in _METRICS),
        tokenize=kind == "vllm",
        sleeps=asleep is not None and kind == "vllm" and b"is_sleeping" in asleep,
    )


async def _try(connection: ServerConnection, path: str) -> bytes | None:
    try:
        answer: Answer = await connection.get(path, root=True, seconds=3.0)
    except TransientError:
        return None
    return answer.body if answer.status == 200 else None


async def _nothing() -> bytes | None:
    return None


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(body), dict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _version(body: bytes | None) -> str:
    if body is None:
        return ""
    found = re.search(rb'"(?:version|build_info)"\s*:\s*"([^"]{1,40})"', body)
    return found[1].decode("ascii", "replace") if found else ""


def _with_context(model: ServedModel, props: bytes) -> ServedModel:
    found = re.search(rb'"n_ctx"\s*:\s*(\d{3,9})', props)
    if model.max_model_len is not None or found is None:
        return model
    return msgspec.structs.replace(model, max_model_len=int(found[1]))
