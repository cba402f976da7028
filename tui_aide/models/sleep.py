"""vLLM's sleep endpoints: a server gives the GPU's memory back and keeps its weights in the machine's.

They lie at the server's root, not below `/v1`, need no key, and are there only in its development mode. While a server
sleeps it takes requests and answers none, so whoever puts it to sleep must keep them back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import aiohttp
import msgspec
from yarl import URL

from tui_aide.errors import ModelError, ModelUnavailableError, ServerFailedError
from tui_aide.models.completion import error_message
from tui_aide.models.servers import parse_address, root_of

_SLEEP_SECONDS = 1800.0
_WAKE_SECONDS = 120.0
_LOOK_SECONDS = 10.0


_T = TypeVar("_T")


class _Sleeping(msgspec.Struct):
    is_sleeping: bool


class SleepingServers:
    """One server or several, put to sleep and woken together; those that do not answer are left out.

    Args:
        urls: their addresses, with or without `/v1`.
        sleep_seconds: how long one may take to fall asleep: it ends all its streams first, other clients', too. Long,
            since a server that is told to sleep does so at last, whoever has stopped waiting.
        wake_seconds: how long one may take to wake.
        look_seconds: how long one may take to say whether it sleeps.

    Raises:
        UsageError: an address is none.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        sleep_seconds: float = _SLEEP_SECONDS,
        wake_seconds: float = _WAKE_SECONDS,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._roots = [root_of(parse_address(url)) for url in urls]
        self._sleep_seconds = sleep_seconds
        self._wake_seconds = wake_seconds
        self._look_seconds = look_seconds

    async def sleep(self) -> int | None:
        """Put all to sleep, at level 1: weights go to the machine's memory, the KV cache is dropped.

        Where one refuses, the others are woken again. Returns None: vLLM tells what was freed only in its log.

        Raises:
            ModelUnavailableError: no server answers.
            ServerFailedError: a server has no sleep mode, refuses, or does not fall asleep in time.
        """
        async with aiohttp.ClientSession() as session:
            answers = await self._each(lambda root: self._sleep_one(session, root))
            if any(isinstance(answer, ServerFailedError) for answer in answers):
                asleep = [root for root, answer in zip(self._roots, answers, strict=True) if answer is None]
                await asyncio.gather(*(self._wake_one(session, root) for root in asleep))
            _good(answers)
        return None

    async def wake(self) -> None:
        """Wake all; nothing happens to one that is awake.

        Raises:
            ModelUnavailableError: no server answers.
            ServerFailedError: a server does not wake, say as somebody holds the GPU's memory.
        """
        async with aiohttp.ClientSession() as session:
            _good(await self._each(lambda root: self._wake_one(session, root)))

    async def is_asleep(self) -> bool:
        """Return whether one of them sleeps, or waits for its streams to end before it does.

        Raises:
            ModelUnavailableError: no server answers.
            ServerFailedError: a server has no such endpoint, or is no vLLM.
        """
        async with aiohttp.ClientSession() as session:
            return any(_good(await self._each(lambda root: self._looks_asleep(session, root))))

    async def _each(self, ask: Callable[[URL], Awaitable[_T]]) -> list[_T | BaseException]:
        return await asyncio.gather(*(ask(root) for root in self._roots), return_exceptions=True)

    async def _sleep_one(self, session: aiohttp.ClientSession, root: URL) -> None:
        await self._ask(session, "POST", root, "sleep", self._sleep_seconds, {"level": "1", "mode": "wait"})

    async def _wake_one(self, session: aiohttp.ClientSession, root: URL) -> None:
        await self._ask(session, "POST", root, "wake_up", self._wake_seconds)
        if await self._looks_asleep(session, root):
            raise ServerFailedError(f"{root} was woken but still sleeps: restart it, then resume")

    async def _looks_asleep(self, session: aiohttp.ClientSession, root: URL) -> bool:
        body = await self._ask(session, "GET", root, "is_sleeping", self._look_seconds)
        try:
            return msgspec.json.decode(body, type=_Sleeping).is_sleeping
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ServerFailedError(f"{root} is no vLLM server, so it cannot sleep: use --gpu share") from error

    async def _ask(
        self,
        session: aiohttp.ClientSession,
        method: str,
        root: URL,
        path: str,
        seconds: float,
        query: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the body of an answer in order."""
        try:
            async with (
                asyncio.timeout(seconds),
                session.request(
                    method,
                    root / path,
                    params=query,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(10.0, seconds)),
                ) as response,
            ):
                body = await response.read()
        except aiohttp.ConnectionTimeoutError as error:
            raise ModelUnavailableError(f"{root} does not answer: is the server up?") from error
        except TimeoutError as error:
            raise ServerFailedError(_late(root, path, seconds)) from error
        except aiohttp.ClientConnectorError as error:
            why = error.strerror or "no connection"
            raise ModelUnavailableError(f"no server answers at {root} ({why}): start it again") from error
        except aiohttp.ClientError as error:
            raise ModelUnavailableError(
                f"the connection to {root} broke ({type(error).__name__}): did the server end? See its log"
            ) from error
        if response.status != 200:
            raise _refused(root, path, response.status, body)
        return body


def _good(answers: Sequence[_T | BaseException]) -> list[_T]:
    """Return what servers answered, or raise what is wrong; a lost one among several is no matter."""
    good = [answer for answer in answers if not isinstance(answer, BaseException)]
    wrong = [answer for answer in answers if isinstance(answer, BaseException)]
    worst = [error for error in wrong if not isinstance(error, ModelUnavailableError)]
    if worst or not good:
        raise (worst or wrong)[0]
    return good


def _late(root: URL, path: str, seconds: float) -> str:
    if path == "sleep":
        return (
            f"{root} did not fall asleep in {seconds:g} s: others' requests run on it; end them, or restart the server"
        )
    return f"{root} did not answer /{path} in {seconds:g} s: restart the server, then resume"


def _refused(root: URL, path: str, status: int, body: bytes) -> ModelError:
    """Return the error that a status other than 200 stands for."""
    words = error_message(body)
    if status in (404, 405, 501):
        return ServerFailedError(
            f"{root} has no sleep endpoints: start vLLM with VLLM_SERVER_DEV_MODE=1 and --enable-sleep-mode, "
            "as `tui-aide serve MODEL --gpu alternate` does, or use --gpu share"
        )
    if status in (401, 403):
        return ServerFailedError(f"{root} refuses /{path} ({status}): only a server without a proxy in front can sleep")
    if "sleep mode" in words.lower():
        return ServerFailedError(f"{root} has no sleep mode ({words}): start it with --enable-sleep-mode")
    if path == "wake_up" and "out of memory" in words.lower():
        return ServerFailedError(f"{root} cannot wake ({words}): something else holds the GPU's memory")
    if status in (502, 503, 504):
        return ModelUnavailableError(f"{root} is not there ({status}: {words}): start it again")
    return ServerFailedError(f"{root} failed at /{path} ({status}: {words}): see the server's log")
