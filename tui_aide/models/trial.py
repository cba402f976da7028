"""A small completion that shows a server's ways, and the file that remembers what was seen."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.errors import ModelError
from tui_aide.models.completion import BrokenStreamError, CompletionReader, RefusedInStreamError
from tui_aide.models.connection import RefusedFieldError, ServerConnection, TransientError
from tui_aide.models.facts import ServedModel, ServerFacts, Thinks, Trial

_QUESTION = "What is 17 + 25? Answer in one short sentence."
_MAX_AGE = 7 * 86_400.0
_SECONDS = 60.0


async def try_out(connection: ServerConnection, model: ServedModel, facts: ServerFacts) -> Trial | None:
    """Ask for two short completions at once and return what came; None where nothing did.

    Raises:
        ModelError: the server refuses.
    """
    body: dict[str, Any] = {
        "model": model.id,
        "messages": [{"role": "user", "content": _QUESTION}],
        "max_completion_tokens" if facts.kind == "openai" else "max_tokens": 64,
        "n": 2,
        "stream": True,
        "stream_options": {"include_usage": True} | ({"continuous_usage_stats": True} if facts.exact_usage else {}),
    }
    for _ in range(3):
        try:
            async with asyncio.timeout(_SECONDS):
                return await _watch(connection, body)
        except RefusedFieldError as error:
            options = body.get("stream_options", {})
            if body.pop(error.field, None) is None and options.pop(error.field, None) is None:
                return None
        except (TransientError, BrokenStreamError, RefusedInStreamError, TimeoutError):
            return None
    return None


async def _watch(connection: ServerConnection, body: dict[str, Any]) -> Trial:
    reader = CompletionReader()
    exact = False
    async with aclosing(connection.stream("chat/completions", msgspec.json.encode(body))) as pieces:
        async for data in pieces:
            reader.feed(data)
            exact = exact or any(c.told is not None for c in reader.choices.values())
            if reader.done:
                break
    if not reader.choices:
        raise BrokenStreamError("no choice came")
    tags = any(c.splitter is not None and c.splitter.saw_tag for c in reader.choices.values())
    thinks: Thinks = "tags" if tags else "none"
    if reader.field:
        thinks = "reasoning" if reader.field == "reasoning" else "reasoning_content"
    return Trial(thinks, len(reader.choices) > 1, reader.counted, exact and reader.counted, time.time())


class TrialFile:
    """Trials by server, model and version, in one file that every program of the user's shares.

    Args:
        path: a JSON file; one that is missing or damaged counts as empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, url: str, model: str, version: str) -> Trial | None:
        """Return what was seen within a week, or None."""
        trial = self._read().get(_key(url, model, version))
        return trial if trial is not None and time.time() - trial.time < _MAX_AGE else None

    def put(self, url: str, model: str, version: str, trial: Trial) -> None:
        """Remember a trial; a folder that cannot be written is no error, it is then made again."""
        known = {k: t for k, t in self._read().items() if time.time() - t.time < _MAX_AGE}
        known[_key(url, model, version)] = trial
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".trials")
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(known))
            Path(name).replace(self._path)

    def _read(self) -> dict[str, Trial]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Trial])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return {}


def _key(url: str, model: str, version: str) -> str:
    return f"{url} {model} {version}"


async def tried_out(
    connection: ServerConnection, model: ServedModel, facts: ServerFacts, trials: TrialFile | None, *, now: bool
) -> ServerFacts:
    """Return the facts with a trial: a remembered one, else a new one where `now` says so; a refusal is none."""
    trial = trials.get(str(connection), model.id, facts.version) if trials else None
    if trial is None and now:
        with suppress(ModelError):
            trial = await try_out(connection, model, facts)
        if trial is not None and trials is not None:
            trials.put(str(connection), model.id, facts.version, trial)
    return msgspec.structs.replace(facts, trial=trial) if trial is not None else facts
