"""HTTP to one model server: requests, streams, time limits, and each failure as a typed error in its own words."""

from __future__ import annotations

import asyncio
import email.utils
import os
import re
import time
import urllib.request
from collections.abc import AsyncGenerator
from contextlib import suppress

import aiohttp
import msgspec
from yarl import URL

from tui_aide.errors import (
    ContextOverflowError,
    ModelError,
    ModelKeyError,
    ModelNotServedError,
    ModelRefusedError,
)
from tui_aide.models.completion import error_message
from tui_aide.models.keys import ApiKey
from tui_aide.models.servers import is_near, parse_address, root_of

_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({400, 413, 422})
_NAMED = ("thinking_token_budget", "continuous_usage_stats", "stream_options", "response_format")
"""Fields that some servers refuse in words alone, without saying so in `param`."""

_LARGEST_ANSWER = 32 << 20
_LAST, _END = b"[DONE]", 16  # the last event, and how near the end of a piece it is looked for
_ENDING = 0.1  # seconds for the end of a body after its last event
_KEPT = 3.0  # seconds that an idle connection is kept: servers close theirs after five, at times as a request comes
_OVERFLOW = re.compile(
    r"maximum context length|context_length_exceeded|exceed_context_size|available context size"
    r"|longer than the model.s context|context length of only|greater than the context length|input_tokens",
    re.IGNORECASE,
)


class TransientError(Exception):
    """What a later attempt may mend.

    Attributes:
        wait: seconds that the server asks for.
        cause: what is wrong, in short.
        unreachable: no connection could be made at all.
        status: the HTTP status of a server that refused, 0 where none came.
    """

    def __init__(
        self, message: str, wait: float = 0.0, *, cause: str = "", unreachable: bool = False, status: int = 0
    ) -> None:
        super().__init__(message)
        self.wait = wait
        self.cause = cause or message
        self.unreachable = unreachable
        self.status = status


class RefusedFieldError(Exception):
    """The server refuses the request for one of its fields, and says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Patience(msgspec.Struct, frozen=True):
    """How long to wait, in seconds.

    `connect` for a connection; `first_token` from the request to the first bytes of its stream, since a server with a
    full batch lets requests wait; `silence` between two pieces of a stream; `answer` for what is not streamed.
    """

    connect: float = 10.0
    first_token: float = 600.0
    silence: float = 120.0
    answer: float = 30.0


class Answer(msgspec.Struct, frozen=True):
    """A response that is not streamed."""

    status: int
    body: bytes


class ServerConnection:
    """The way to one server.

    Args:
        base_url: its address with or without `/v1`.
        key_variable: environment variable that holds the key, if the server wants one.
        send_key: whether the server is told the key; not one that nobody named, whatever it may be.
        patience: time limits.

    Raises:
        UsageError: `base_url` is no address, or holds a password.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key_variable: str = "OPENAI_API_KEY",
        send_key: bool = True,
        patience: Patience | None = None,
    ) -> None:
        self.url = parse_address(base_url)
        self.root = root_of(self.url)
        self.patience = patience or Patience()
        self._key = ApiKey(key_variable, self.url.host or "")
        self._keyed = send_key
        self._session: aiohttp.ClientSession | None = None

    def __str__(self) -> str:
        return str(self.url)

    def hide(self, text: str) -> str:
        """Return the text without the key."""
        return self._key.hide(text)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, *, root: bool = False, seconds: float | None = None) -> Answer:
        """Return what the server answers to a GET, whatever its status.

        Args:
            path: below `/v1`, or below the server's root with `root`.
            root: see there.
            seconds: time limit, by default that of `patience`.

        Raises:
            TransientError: no connection, no answer in time, or it broke.
        """
        return await self._ask("GET", path, None, root, seconds)

    async def post(self, path: str, body: bytes, *, root: bool = False, seconds: float | None = None) -> Answer:
        """Return what the server answers to a POST of JSON; as `get`."""
        return await self._ask("POST", path, body, root, seconds)

    async def _ask(self, method: str, path: str, body: bytes | None, root: bool, seconds: float | None) -> Answer:
        url = (self.root if root else self.url) / path
        try:
            async with asyncio.timeout(self.patience.answer if seconds is None else seconds):
                response = await self._request(method, url, body)
                try:
                    return Answer(response.status, await _whole(response))
                finally:
                    response.release()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failed(error) from error

    async def stream(self, path: str, body: bytes, request_id: str = "") -> AsyncGenerator[bytes, None]:
        """Post JSON and yield the pieces of the answer as they come; closing the iterator closes the connection.

        After the last event the connection is kept for the next request.
        A whole JSON answer of a server that does not stream comes as one piece, with an empty one before it.

        Raises:
            TransientError: no server, no answer in time, a status that may pass, or a stream that breaks.
            RefusedFieldError: the server does not take a field of the request.
            ModelError: the server refuses, with its words; of the kind that fits.
        """
        begun = ended = False
        try:
            async with asyncio.timeout(self.patience.first_token) as waiting:
                response = await self._request("POST", self.url / path, body, request_id)
            try:
                if response.status != 200:
                    async with asyncio.timeout_at(waiting.when()):
                        raise await self.refusal(response, of_a_request=True)
                kind = response.content_type
                if kind == "text/html":
                    raise TransientError(f"{self} answers with a web page: is this an OpenAI-compatible server?")
                if kind == "application/json":
                    async with asyncio.timeout_at(waiting.when()):
                        whole = await _whole(response)
                    yield b""
                    yield whole
                    return
                content = response.content
                while not content.at_eof():
                    # A time limit must not span a yield: it would strike whoever consumes the stream.
                    async with (
                        asyncio.timeout_at(waiting.when()) if not begun else asyncio.timeout(self.patience.silence)
                    ):
                        data = await content.readany()
                    if data:
                        begun = begun or b"data:" in data
                        ended = _LAST in data[-_END:]
                        yield data
            finally:
                if ended:
                    await _read_off(response)
                response.close()
        except TimeoutError as error:
            if isinstance(error, aiohttp.ServerTimeoutError):
                raise self._failed(error) from error
            told = (
                f"nothing for {self.patience.silence:g} s" if begun else f"no token in {self.patience.first_token:g} s"
            )
            raise TransientError(f"{self} has sent {told}: is it overloaded?") from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._failed(error) from error

    async def refusal(self, response: aiohttp.ClientResponse, *, of_a_request: bool = False) -> Exception:
        """Return the error that a response other than 200 stands for."""
        return self.refused(
            response.status,
            await _whole(response),
            of_a_request=of_a_request,
            retry_after=response.headers.get("Retry-After", ""),
            location=response.headers.get("Location", ""),
        )

    def refused(
        self, status: int, body: bytes, *, of_a_request: bool = False, retry_after: str = "", location: str = ""
    ) -> Exception:
        """Return the error that a status other than 200 stands for.

        Args:
            status: HTTP status.
            body: what came with it.
            of_a_request: whether a completion was asked for, so that 400 may be about this request alone.
            retry_after: the header of that name, in seconds or as a date.
            location: where a redirect goes.
        """
        words = error_message(body)
        text = self.hide(f"{self} refused the request ({status}): {words}")
        if 300 <= status < 400:
            return ModelError(f"{self} sends requests on to {location or 'nowhere'}: name that address with --base-url")
        if status in _RETRIED:
            return TransientError(text, _seconds(retry_after), status=status)
        if status in (401, 403):
            if not self._keyed:
                remedy = f"Only a server named with --base-url is sent a key: start anew with --base-url {self}"
            else:
                remedy = f"Is ${self._key.variable} set to a key of this server?"
            return ModelKeyError(f"{text}. {remedy}")
        if status == 404:
            kind = ModelNotServedError if of_a_request else ModelError
            return kind(f"{text}. See what it serves with: tui-aide models --base-url {self}")
        if not of_a_request or status not in _REFUSED:
            return ModelError(text)
        field = _field(body) or next((name for name in _NAMED if name in words), "")
        if _OVERFLOW.search(words) or field == "input_tokens":
            return ContextOverflowError(text)
        return RefusedFieldError(field, text) if field else ModelRefusedError(text)

    def _failed(self, error: BaseException) -> TransientError:
        if isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ServerTimeoutError):
            return self._unreachable("it does not answer")
        if isinstance(error, aiohttp.ClientSSLError):
            why = getattr(error, "certificate_error", None) or getattr(error, "os_error", error)
            told = getattr(why, "verify_message", "") or (getattr(why, "reason", "") or "").lower().replace("_", " ")
            return self._unreachable(f"no TLS connection: {told or type(why).__name__}")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return self._unreachable("no such host")
        if isinstance(error, aiohttp.ClientConnectorError):
            told = os.strerror(error.errno) if error.errno else str(error.os_error) or "no connection"
            return self._unreachable(told[:1].lower() + told[1:])
        if isinstance(error, TimeoutError):
            return TransientError(f"{self} does not answer in time", cause="no answer in time")
        broke = f"the connection to {self} broke ({type(error).__name__})"
        return TransientError(broke, cause="the connection broke")

    def _unreachable(self, why: str) -> TransientError:
        return TransientError(
            f"no server answers at {self} ({why}): start one, for example with `tui-aide serve MODEL`, "
            "or use --model builtin",
            cause=why,
            unreachable=True,
        )

    async def _request(self, method: str, url: URL, body: bytes | None, request_id: str = "") -> aiohttp.ClientResponse:
        headers = self._key.header if self._keyed else {}
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        if request_id:
            headers = {**headers, "X-Request-Id": request_id}
        return await self._connections().request(
            method, url, data=body, headers=headers, allow_redirects=False, proxy=_proxy(url)
        )

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.patience.connect),
                read_bufsize=2**20,
            )
        return self._session


async def _read_off(response: aiohttp.ClientResponse) -> None:
    """Read what comes after the last event, an end of the body that is due: only then can the connection be reused.

    A new one for every request costs vLLM turns of its event loop, in which requests that came before starve it.
    """
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with asyncio.timeout(_ENDING):
            while not response.content.at_eof():
                await response.content.readany()


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """Return the body, or its beginning where it is absurdly long."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > _LARGEST_ANSWER:
            break
    return b"".join(parts)


def _field(body: bytes) -> str:
    """Return the field of the request that an error names as unsupported or out of range, or an empty string."""
    try:
        error = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    inner = error.get("error") if isinstance(error, dict) else None
    param = inner.get("param") if isinstance(inner, dict) else None
    return param.removeprefix("body.").partition(".")[0] if isinstance(param, str) else ""


def _seconds(retry_after: str) -> float:
    """Return the seconds that a Retry-After header asks for; 0 for none."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        when = email.utils.parsedate_to_datetime(retry_after)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, when.timestamp() - time.time())


def _proxy(url: URL) -> str | None:
    """Return the proxy that the environment names for an address; a server on this machine or network has none."""
    host = url.host or ""
    if is_near(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(url.scheme)
