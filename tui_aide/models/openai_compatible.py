"""The client for servers that speak OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama and others.

The one module that imports an HTTP library.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from tui_aide.errors import ModelError
from tui_aide.models.chat import ChatRequest, Delta, Finish, Message
from tui_aide.models.completion import BrokenStreamError, CompletionReader, error_message

_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 30.0
_SPECIAL = ("<think>", "</think>", "<｜", "<|")


class _Model(msgspec.Struct):
    id: str
    owned_by: str = ""
    max_model_len: int | None = None


class _Models(msgspec.Struct):
    data: list[_Model] = []


class _TransientError(Exception):
    """What a later attempt may mend; `wait` are the seconds that the server asks for."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class OpenAICompatibleModel:
    """A chat model behind a server.

    Args:
        base_url: the server's address with or without `/v1`.
        model: its name there; by default the first that the server lists.
        api_key_env: environment variable that holds the key, if the server wants one.
        thinking: the model starts inside its thinking and the server does not tell reasoning from answer.
        retries: further attempts while nothing has been received.
        backoff: seconds before the first of these; doubled each time.
        silence: seconds without a byte after which a stream counts as dead.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        *,
        thinking: bool = False,
        retries: int = 4,
        backoff: float = 0.5,
        silence: float = 120.0,
    ) -> None:
        self._url = _normalised(base_url)
        self._shown_url = str(self._url.with_user(None))
        self._asked_model = model
        self._model: _Model | None = None
        self._api_key_env = api_key_env
        self._thinking = thinking
        self._retries = retries
        self._backoff = backoff
        self._silence = silence
        self._session: aiohttp.ClientSession | None = None

    @property
    def name(self) -> str:
        """The model's name at the server, or the server's address until it is known."""
        return self._asked_model or (self._model.id if self._model else self._shown_url)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
        """Stream one completion; closing the iterator closes the connection, which stops the generation.

        Raises:
            ModelError: no server answers, it refuses the request, or the stream breaks.
        """
        attempt, received = 0, False
        while True:
            try:
                async with aclosing(self._attempt(request)) as items:
                    async for item in items:
                        received = True
                        yield item
                return
            except _TransientError as error:
                if received or attempt >= self._retries:
                    raise ModelError(self._safe(str(error))) from error
                wait = max(error.wait, self._backoff * 2**attempt)
            attempt += 1
            await asyncio.sleep(min(wait, _LONGEST_WAIT))

    async def _attempt(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
        reader = CompletionReader(self._thinking)
        try:
            model = self._model or await self._discover()
            headers = self._headers() | ({"X-Request-Id": request.request_id} if request.request_id else {})
            url = self._url / "chat/completions"
            async with self._connections().post(url, data=_body(request, model), headers=headers) as response:
                try:
                    if response.status != 200:
                        raise await self._refusal(response)
                    async for data in response.content.iter_any():
                        for delta in reader.feed(data):
                            yield delta
                        if reader.done:
                            break
                finally:
                    response.close()
            for item in reader.end():
                yield item
        except BrokenStreamError as error:
            raise _TransientError(f"{self._shown_url} failed: {error}") from error
        except aiohttp.ConnectionTimeoutError as error:
            raise _TransientError(self._unreachable("it does not answer")) from error
        except TimeoutError as error:
            raise ModelError(
                f"{self._shown_url} has sent nothing for {self._silence:g} s: is it overloaded?"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise _TransientError(self._unreachable(error.strerror or "no connection")) from error
        except aiohttp.ClientError as error:
            raise _TransientError(f"the connection to {self._shown_url} broke ({type(error).__name__})") from error

    async def _discover(self) -> _Model:
        """Return the model to ask for, with what the server tells of it; an unlisted one that was named is tried."""
        async with self._connections().get(self._url / "models", headers=self._headers()) as response:
            body = await response.read()
            if response.status == 200:
                listed = _listed(body)
            elif self._asked_model and response.status in (404, 405):
                listed = []  # a server without a list of models
            else:
                raise await self._refusal(response)
        if self._asked_model:
            known = (model for model in listed if model.id == self._asked_model)
            self._model = next(known, _Model(self._asked_model))
        elif listed:
            self._model = listed[0]
        else:
            raise ModelError(f"{self._shown_url} lists no model: name one with --model NAME")
        return self._model

    async def _refusal(self, response: aiohttp.ClientResponse) -> Exception:
        """Return the error that a response other than 200 stands for."""
        message = error_message(await response.read())
        text = f"{self._shown_url} refused the request ({response.status}): {message}"
        if response.status in _RETRIED:
            wait = response.headers.get("Retry-After", "")
            return _TransientError(text, float(wait) if wait.isdigit() else 0.0)
        if response.status in (401, 403):
            text += f". Is ${self._api_key_env} set to a key of this server?"
        return ModelError(self._safe(text))

    def _unreachable(self, why: str) -> str:
        return (
            f"no server answers at {self._shown_url} ({why}): start one, for example with `vllm serve MODEL`, "
            "or use --model builtin"
        )

    def _safe(self, text: str) -> str:
        """Return the text without the key, which some servers repeat in their errors."""
        key = os.environ.get(self._api_key_env)
        return text.replace(key, "***") if key else text

    def _headers(self) -> dict[str, str]:
        key = os.environ.get(self._api_key_env)
        return {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self._silence),
                read_bufsize=2**20,
            )
        return self._session


async def probe(base_url: str, api_key_env: str = "OPENAI_API_KEY", seconds: float = 0.5) -> list[str] | None:
    """Return the models that a server lists, or None where no such server answers in time."""
    key = os.environ.get(api_key_env)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
            session.get(_normalised(base_url) / "models", headers=headers) as response,
        ):
            return [model.id for model in _listed(await response.read())] if response.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError, ModelError):
        return None


def _listed(body: bytes) -> list[_Model]:
    try:
        return msgspec.json.decode(body, type=_Models).data
    except msgspec.DecodeError as error:
        raise ModelError(
            f"the server's list of models is none ({error}): is this an OpenAI-compatible server?"
        ) from error


def _normalised(base_url: str) -> URL:
    """Return the address with a scheme, and `/v1` where it has no path.

    Raises:
        ModelError: it is no address.
    """
    text = base_url if "://" in base_url else f"http://{base_url}"
    try:
        url = URL(text.rstrip("/"))
    except ValueError as error:
        raise ModelError(f"--base-url {base_url!r} is no address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ModelError(f"--base-url {base_url!r} is no address; one looks like http://localhost:8000/v1")
    return url / "v1" if url.path in ("", "/") else url


def _body(request: ChatRequest, model: _Model) -> bytes:
    sampling = request.sampling
    vllm = model.owned_by == "vllm"
    body: dict[str, Any] = {
        "model": model.id,
        "messages": [{"role": m.role, "content": _disarmed(m)} for m in request.messages],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stream": True,
        "stream_options": {"include_usage": True} | ({"continuous_usage_stats": True} if vllm else {}),
    }
    fits = model.max_model_len is None or (sampling.max_tokens or 0) < model.max_model_len
    if sampling.max_tokens is not None and fits:
        body["max_tokens"] = sampling.max_tokens  # else left out: the server gives what its context holds
    return msgspec.json.encode(body)


def _disarmed(message: Message) -> str:
    """Return the text with a zero-width space in what the tokenizer would take for a control token.

    Data and output of scripts come from outside; the model's own turns stay as they were.
    """
    text = message.content
    if message.role != "assistant":
        for special in _SPECIAL:
            text = text.replace(special, special[0] + "\u200b" + special[1:])
    return text
