"""The double: one server in this process, with handles for what may happen to it."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web

from tests.vllm_double.asked import Asked
from tests.vllm_double.broken import broken_response
from tests.vllm_double.chat import chat
from tests.vllm_double.completions import completions
from tests.vllm_double.engine import Engine
from tests.vllm_double.errors import BUSY, DEAD, NO_METHOD, NO_ROUTE, Refusal, json_response
from tests.vllm_double.faults import COMPLETIONS, Fault, FaultName, Faults
from tests.vllm_double.foreign import LOADING, check_fields, foreign_routes, listed, wrong_key
from tests.vllm_double.kinds import KINDS
from tests.vllm_double.native import native_routes
from tests.vllm_double.options import Options
from tests.vllm_double.pipe import reset
from tests.vllm_double.sleeping import sleep_routes

_LARGEST = 64 * 1024 * 1024


class Seen(msgspec.Struct, frozen=True):
    """A completion request as it came; `at` is in seconds of the loop's clock, `peer` the client's port."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    peer: int = 0


class Double:
    """A server on a port of its own, for `async with`.

    Args:
        options: what it is like; by default as today's vLLM, as fast as it can.
        host: where it listens; `::1` for IPv6.
        port: 0 is any that is free.
        **changes: single options, such as `tokens_per_second=50`.
    """

    def __init__(
        self, options: Options | None = None, *, host: str = "127.0.0.1", port: int = 0, **changes: Any
    ) -> None:
        self.options = msgspec.structs.replace(options or Options(), **changes)
        self.kind = KINDS[self.options.kind]
        self.engine = Engine(self.options)
        self.faults = Faults()
        self.faulty: dict[int, Fault] = {}  # what befalls the requests under way, by their id()
        self.requests: list[Seen] = []
        self.model: str | None = self.options.model
        self.loading = False
        self.host = host
        self.port = port
        self._runner = web.AppRunner(
            self._application(), handler_cancellation=True, access_log=None, shutdown_timeout=0.5
        )
        self._site: web.TCPSite | None = None
        self._dying: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The server's address without `/v1`."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The address of its OpenAI-compatible interface."""
        return f"{self.url}/v1"

    @property
    def running(self) -> int:
        """Sequences that are being generated."""
        return len(self.engine.running)

    @property
    def waiting(self) -> int:
        """Sequences in the queue."""
        return self.engine.waiting

    @property
    def generated_tokens(self) -> int:
        """Tokens generated since the start, thrown away or not."""
        return self.engine.generated

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._dying is not None:
            self._dying.cancel()
        self._cut_off(hard=True)
        await self._runner.cleanup()

    async def listen(self) -> None:
        """Take connections, at the same port as before."""
        self._site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await self._site.start()
        server = self._site._server
        if isinstance(server, asyncio.Server):
            self.port = server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuse connections; those that are open are closed where they are idle or not."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self._cut_off(hard=False)

    async def load(self) -> None:
        """Be loading the model: vLLM refuses connections meanwhile, others answer 503."""
        self.loading = True
        if self.kind.loading == "refuse":
            await self.refuse()

    async def ready(self) -> None:
        """Have loaded the model, or be started anew."""
        self.loading = self.engine.dead = False
        self.model = self.options.model
        if self._site is None:
            await self.listen()

    async def sigterm(self) -> None:
        """End as by SIGTERM: streams end with `abort` and `[DONE]`, then connections are refused."""
        self.engine.break_off("abort")
        while self.engine.running:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        await self.refuse()

    async def kill(self) -> None:
        """End as by SIGKILL: all connections are reset at once, new ones refused."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self._cut_off(hard=True)

    async def die(self, grace: float = 1.0) -> None:
        """Let the engine die: errors inside the streams, 500 and 503 for `grace` seconds, then connections refused."""
        self.engine.break_off("error")
        self._dying = asyncio.create_task(self._refuse_after(grace))

    def remove_model(self) -> None:
        """Serve the model no more; requests for it are answered 404."""
        self.model = None

    def fail(self, name: FaultName, *, times: int | None = 1, on: tuple[str, ...] = COMPLETIONS, **fields: Any) -> None:
        """Show a fault to the next `times` requests (None: all) of the paths `on` (`("*",)`: all of them).

        Args:
            name: one of `faults.FaultName`.
            times: how often.
            on: paths.
            **fields: `after`, `size`, `seconds` or `to`, as `Fault` has them.
        """
        self.faults.arm(Fault(name, **fields), times, on)

    def heal(self) -> None:
        """Show no more faults."""
        self.faults.clear()

    def note(self, request: web.Request, body: dict[str, Any]) -> None:
        """Remember a request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        peer = request.transport.get_extra_info("peername")[1] if request.transport else 0
        self.requests.append(Seen(request.path, headers, body, self.now(), peer))

    def now(self) -> float:
        """Return the loop's time in seconds."""
        return asyncio.get_running_loop().time()

    def admit(self, asked: Asked) -> None:
        """Refuse a request where the queue is full.

        Raises:
            Refusal: 503.
        """
        most = self.options.max_queued
        full = len(self.engine.running) + asked.n > self.options.max_num_seqs
        if most is not None and full and self.engine.waiting + asked.n > most:
            self.engine.counters.rejected.value += 1
            raise Refusal(503, BUSY)

    def foreign_check(self, body: dict[str, Any]) -> None:
        """Refuse fields that this kind of server refuses."""
        check_fields(self.options.kind, body)

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._middleware], client_max_size=_LARGEST)

        async def on_chat(request: web.Request) -> web.StreamResponse:
            return await chat(request, self)

        async def on_completion(request: web.Request) -> web.StreamResponse:
            return await completions(request, self)

        async def on_models(request: web.Request) -> web.StreamResponse:
            return json_response({"object": "list", "data": listed(self)})

        routes = [
            web.get("/v1/models", on_models),
            web.post("/v1/chat/completions", on_chat),
            web.post("/v1/completions", on_completion),
        ]
        routes += native_routes(self) if self.kind.native else foreign_routes(self)
        if self.kind.native and self.options.dev_mode:
            routes += sleep_routes(self)
        application.add_routes(routes)
        return application

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            self._check_state(request)
            fault = self.faults.take(request)
            if fault is not None:
                await request.read()
                response = broken_response(request, fault, self.options)
                if response is not None:
                    return response
                self.faulty[id(request)] = fault
            response = await handler(request)
        except Refusal as refusal:
            response = json_response(refusal.body, refusal.status, refusal.headers)
        except web.HTTPNotFound:
            response = json_response(NO_ROUTE, 404)
        except web.HTTPMethodNotAllowed:
            response = json_response(NO_METHOD, 405)
        finally:
            self.faulty.pop(id(request), None)
        if not response.prepared:
            response.headers["server"] = "uvicorn"
        return response

    def _check_state(self, request: web.Request) -> None:
        if self.loading:
            raise Refusal(503, LOADING)
        key = self.options.api_key or self.kind.key
        if key and request.path.startswith("/v1") and request.headers.get("Authorization") != f"Bearer {key}":
            raise wrong_key(self.options.kind)
        if self.engine.dead and request.path in COMPLETIONS:
            raise Refusal(500, DEAD)

    def _cut_off(self, hard: bool) -> None:
        server = self._runner.server
        for connection in list(server.connections) if server else []:
            transport = connection.transport
            if transport is None:
                continue
            if hard:
                reset(transport)
            else:
                transport.close()

    async def _refuse_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.refuse()
