"""The client for servers that speak OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama and others.

The one module that imports an HTTP library.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing

import aiohttp

from tui_aide.errors import ModelError, ModelRefusedError
from tui_aide.models.chat import ChatRequest, Delta, Finish
from tui_aide.models.completion import BrokenStreamError, CompletionReader, error_message
from tui_aide.models.request_body import ServedModel, listed_models, request_body
from tui_aide.models.servers import parse_address

_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({400, 413, 422})
_LONGEST_WAIT = 30.0


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
        send_key: whether the server is told the key; not one that nobody named, whatever it may be.
        thinking: the model starts inside its thinking and the server does not tell reasoning from answer.
        retries: further attempts while nothing has been received.
        backoff: seconds before the first of these; doubled each time.
        patience: seconds until the first token; a server with a full batch lets requests wait.
        silence: seconds without a byte after which a stream that has begun counts as dead.

    Raises:
        UsageError: `base_url` is no address, or holds a password.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        *,
        send_key: bool = True,
        thinking: bool = False,
        retries: int = 4,
        backoff: float = 0.5,
        patience: float = 600.0,
        silence: float = 120.0,
    ) -> None:
        self._url = parse_address(base_url)
        self._shown_url = str(self._url)
        self._asked_model = model
        self._model: ServedModel | None = None
        self._api_key_env = api_key_env
        self._keyed = send_key
        self._thinking = thinking
        self._retries = retries
        self._backoff = backoff
        self._patience = patience
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
            ModelRefusedError: the server refuses this request, for example as its prompt is too long.
            ModelError: no server answers, it refuses every request, or the stream breaks.
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
        reader, begun = CompletionReader(self._thinking), False
        try:
            model = self._model or await self._discover()
            async with asyncio.timeout(self._patience) as waiting:
                response = await self._post(request, model)
            try:
                if response.status != 200:
                    async with asyncio.timeout_at(waiting.when()):
                        raise await self._refusal(response, _REFUSED)
                while not reader.done and not response.content.at_eof():
                    # A time limit must not span a yield: it would strike whoever consumes the stream.
                    async with asyncio.timeout_at(waiting.when()) if not begun else asyncio.timeout(self._silence):
                        data = await response.content.readany()
                    for delta in reader.feed(data):
                        begun = True
                        yield delta
            finally:
                response.close()
            for item in reader.end():
                yield item
        except BrokenStreamError as error:
            raise _TransientError(f"{self._shown_url} failed: {error}") from error
        except aiohttp.ConnectionTimeoutError as error:
            raise _TransientError(self._unreachable("it does not answer")) from error
        except TimeoutError as error:
            told = f"nothing for {self._silence:g} s" if begun else f"no token in {self._patience:g} s"
            raise _TransientError(f"{self._shown_url} has sent {told}: is it overloaded?") from error
        except aiohttp.ClientConnectorError as error:
            raise _TransientError(self._unreachable(error.strerror or "no connection")) from error
        except aiohttp.ClientError as error:
            raise _TransientError(f"the connection to {self._shown_url} broke ({type(error).__name__})") from error

    async def _post(self, request: ChatRequest, model: ServedModel) -> aiohttp.ClientResponse:
        headers = self._headers() | ({"X-Request-Id": request.request_id} if request.request_id else {})
        return await self._connections().post(
            self._url / "chat/completions", data=request_body(request, model), headers=headers
        )

    async def _discover(self) -> ServedModel:
        """Return the model to ask for, with what the server tells of it; an unlisted one that was named is tried."""
        async with (
            asyncio.timeout(self._patience),
            self._connections().get(self._url / "models", headers=self._headers()) as response,
        ):
            body = await response.read()
            if response.status == 200:
                listed = listed_models(body, self._shown_url)
            elif self._asked_model and response.status in (404, 405):
                listed = []  # a server without a list of models
            else:
                raise await self._refusal(response)
        if self._asked_model:
            known = (model for model in listed if model.id == self._asked_model)
            self._model = next(known, ServedModel(self._asked_model))
        elif listed:
            self._model = listed[0]
        else:
            raise ModelError(f"{self._shown_url} lists no model: name one with --model NAME")
        return self._model

    async def _refusal(
        self, response: aiohttp.ClientResponse, of_this_request: frozenset[int] = frozenset()
    ) -> Exception:
        """Return the error that a response other than 200 stands for."""
        text = await _refusal_text(response, self._shown_url, self._api_key_env if self._keyed else None)
        if response.status in _RETRIED:
            wait = response.headers.get("Retry-After", "")
            return _TransientError(text, float(wait) if wait.isdigit() else 0.0)
        return (ModelRefusedError if response.status in of_this_request else ModelError)(self._safe(text))

    def _unreachable(self, why: str) -> str:
        return (
            f"no server answers at {self._shown_url} ({why}): start one, for example with `vllm serve MODEL`, "
            "or use --model builtin"
        )

    def _safe(self, text: str) -> str:
        return _without_key(text, self._api_key_env)

    def _headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json"} | (_authorization(self._api_key_env) if self._keyed else {})

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
                read_bufsize=2**20,
            )
        return self._session


async def probe(base_url: str, *, named: bool, api_key_env: str = "OPENAI_API_KEY") -> list[str] | None:
    """Return the models that a server lists, or None where none answers in time.

    Args:
        base_url: its address.
        named: a user named it. Only then is it sent the key, given 10 seconds instead of half a second, and told
            from silence when it refuses; one without a list of models counts as one with an empty list.
        api_key_env: environment variable that holds the key.

    Raises:
        UsageError: the named address is none, or holds a password.
        ModelError: the named server refuses, or what it lists are no models.
    """
    url = parse_address(base_url)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10.0 if named else 0.5)) as session,
            session.get(url / "models", headers=_authorization(api_key_env) if named else {}) as response,
        ):
            if response.status == 200:
                return [model.id for model in listed_models(await response.read(), str(url))]
            if response.status in (404, 405):
                return []
            raise ModelError(_without_key(await _refusal_text(response, str(url), api_key_env), api_key_env))
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
    except ModelError:
        if named:
            raise
        return None


def _authorization(api_key_env: str) -> dict[str, str]:
    key = os.environ.get(api_key_env)
    return {"Authorization": f"Bearer {key}"} if key else {}


def _without_key(text: str, api_key_env: str) -> str:
    """Return the text without the key, which some servers repeat in their errors."""
    key = os.environ.get(api_key_env)
    return text.replace(key, "***") if key else text


async def _refusal_text(response: aiohttp.ClientResponse, url: str, api_key_env: str | None) -> str:
    """Return what a refusal says, with the remedy; without `api_key_env` no key was sent."""
    text = f"{url} refused the request ({response.status}): {error_message(await response.read())}"
    if response.status in (401, 403):
        if api_key_env is None:
            return f"{text}. Only a server named with --base-url is sent a key: start anew with --base-url {url}"
        return f"{text}. Is ${api_key_env} set to a key of this server?"
    if response.status == 404:
        return f"{text}. See what it serves with: tui-aide models --base-url {url}"
    return text
