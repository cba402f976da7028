"""The servers that share a search's samples: who gets the next one, who was lost, and when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import msgspec

from tui_aide.errors import (
    ModelError,
    ModelNotServedError,
    ModelRefusedError,
    ModelUnavailableError,
    ServerFailedError,
)
from tui_aide.models.chat import ChatRequest, Finish, Restart, StreamItem
from tui_aide.models.connection import TransientError
from tui_aide.models.load import Load, LoadMeter
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.tree.commands import ServerStatus
from tui_aide.tree.events import ServerChanged
from tui_aide.tree.node import ServerState

_LOSSES = 3
_POLL_SECONDS = 1.0
_RECOVERY = (0.5, 0.5, 1.0, 1.0, 2.0, 3.0)


class PooledServer:
    """One server of a pool, with what is known of it now."""

    def __init__(self, model: OpenAICompatibleModel) -> None:
        self.model = model
        self.state: ServerState = "up"
        self.since = time.time()
        self.detail = ""
        self.share: float | None = None
        self.load: Load | None = None
        self.in_flight = 0
        self.served = False
        self.meter = LoadMeter()

    @property
    def pressure(self) -> int:
        """How busy it is: our requests, and those of others as far as it tells."""
        told = self.load.pressure if self.load is not None else 0
        return max(told, self.in_flight)

    def status(self) -> ServerStatus:
        """Return what a viewer is told."""
        load = self.load if self.state == "up" and self.load is not None else Load()
        return ServerStatus(
            url=self.model.url,
            model=self.model.name,
            state=self.state,
            since=self.since,
            detail=self.detail,
            load=self.share,
            running=load.running,
            waiting=load.waiting,
            prompt_rate=load.prompt_rate,
            generation_rate=load.generation_rate,
            kv_use=load.kv_use,
            prefix_hits=load.prefix_hits,
            queue_seconds=load.queue_seconds,
            first_token_seconds=load.first_token_seconds,
        )


class ServerPool:
    """A chat model behind one or several servers that serve the same.

    A request goes to the least busy server that is up. One that fails is lost: its unfinished choices begin anew at
    another, or wait until one is back. Choices that had come to their end are never asked for again.

    Args:
        members: the servers.
        patience: seconds to wait while no server is up, before a request fails.
    """

    def __init__(self, members: Sequence[OpenAICompatibleModel], *, patience: float = 1800.0) -> None:
        self.members = [PooledServer(model) for model in members]
        self._patience = patience
        self._change = asyncio.Event()
        self._recoveries: dict[int, asyncio.Task[None]] = {}
        self._watching: asyncio.Task[None] | None = None
        self._tell: Callable[[ServerChanged], object] | None = None

    @property
    def name(self) -> str:
        """The model's name at the servers."""
        return self.members[0].model.name

    def listen(self, tell: Callable[[ServerChanged], object] | None) -> None:
        """Tell of each server whose state changes from now on; None tells nobody any more."""
        self._tell = tell

    def statuses(self) -> tuple[ServerStatus, ...]:
        """Return what each server does now."""
        return tuple(member.status() for member in self.members)

    def watch(self) -> None:
        """Read the servers' own figures once a second, until `aclose`."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    async def aclose(self) -> None:
        """Stop watching and close all connections."""
        tasks = [*self._recoveries.values(), *([self._watching] if self._watching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for member in self.members:
            await member.model.aclose()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        """Stream completions; see the class.

        Raises:
            ModelUnavailableError: no server came back in time.
            ModelRefusedError: the server refuses this request, or was lost on it again and again.
            ServerFailedError: every server was to be started by us, and failed.
            ModelError: a server refuses.
        """
        left = list(range(request.sampling.n))
        begun: set[int] = set()
        losses = 0
        asked = request.request_id
        while left:
            member = await self._free_member()
            member.in_flight += len(left)
            counted = len(left)
            try:
                async with aclosing(member.model.draw(request, tuple(left))) as items:
                    async for item in items:
                        member.served = True
                        if isinstance(item, Finish):
                            left.remove(item.choice)
                        elif isinstance(item, Restart):
                            begun.discard(item.choice)
                        else:
                            begun.add(item.choice)
                        yield item
                return
            except (ModelUnavailableError, ModelNotServedError) as error:
                if isinstance(error, ModelNotServedError) and not member.served:
                    raise
                losses += 1
                self._lose(member, error.cause if isinstance(error, ModelUnavailableError) else str(error))
                if losses >= _LOSSES + len(self.members) - 1:  # all of them may go at once, and it is not to blame
                    raise ModelRefusedError(
                        f"the model server was lost {losses} times on this request: {error}"
                    ) from error
                if request.request_id:  # the server that was lost may still hold the name
                    request = msgspec.structs.replace(request, request_id=f"{asked}-moved{losses}")
                for choice in left:
                    if choice in begun:
                        begun.discard(choice)
                        yield Restart(str(error), choice)
            finally:
                member.in_flight -= counted

    async def _free_member(self) -> PooledServer:
        """Return the least busy server that is up, once there is one."""
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    # a request to one asleep would hang without a word
                    if up := [m for m in self.members if m.state == "up"]:
                        return min(up, key=lambda m: m.pressure)
                    if all(m.state == "failed" for m in self.members):
                        raise ServerFailedError(self.members[0].detail)
                    await self._change.wait()
        except TimeoutError:
            why = "; ".join(f"{m.model.url}: {m.detail or m.state}" for m in self.members)
            raise ModelUnavailableError(
                f"no model server came back within {self._patience:.0f} s ({why}); start one, then resume"
            ) from None

    def awake(self) -> None:
        """Take servers that slept for awake from now on."""
        for member in self.members:
            if member.state == "asleep":
                self.set_state(member, "up", "")

    def set_state(self, member: PooledServer, state: ServerState, detail: str, share: float | None = None) -> None:
        """Say what a server does from now on; a change of state is told, a mere progress is not."""
        changed = state != member.state
        if changed:
            member.since = time.time()
        member.state, member.detail, member.share = state, detail, share
        if changed:
            self._change.set()
            self._change = asyncio.Event()
            if self._tell is not None:
                self._tell(ServerChanged(server=member.model.url, state=state, detail=detail[:500]))

    def _lose(self, member: PooledServer, why: str) -> None:
        if member.state in ("starting", "failed"):
            return  # it is ours: whoever starts it knows better
        self.set_state(member, "lost", why)
        index = self.members.index(member)
        if index not in self._recoveries:
            self._recoveries[index] = asyncio.create_task(self._recover(index, member))

    async def _recover(self, index: int, member: PooledServer) -> None:
        """Ask a lost server again and again until it serves our model, then use it."""
        attempt = 0
        try:
            while True:
                await asyncio.sleep(_RECOVERY[min(attempt, len(_RECOVERY) - 1)])
                attempt += 1
                problem = await member.model.answers()
                if member.state != "lost":
                    return
                if not problem:
                    member.model.forget()
                    member.load = None
                    seconds = max(0.0, time.time() - member.since)  # the clock may have jumped
                    self.set_state(member, "up", f"back after {seconds:.0f} s")
                    return
                member.detail = problem
        finally:
            self._recoveries.pop(index, None)

    async def _watch(self) -> None:
        while True:
            await asyncio.gather(*(self._look(m) for m in self.members if m.state in ("up", "asleep")))
            await asyncio.sleep(_POLL_SECONDS)

    async def _look(self, member: PooledServer) -> None:
        try:
            if not member.model.facts.models and not member.model.facts.metrics:
                await member.model.known()
            if not member.model.facts.metrics:
                return
            answer = await member.model.connection.get("metrics", root=True, seconds=5.0)
        except TransientError as error:
            if error.unreachable:
                self._lose(member, error.cause)
            return  # a busy server may be slow to count; a request will tell whether it is lost
        except ModelError:
            return  # a request will tell why
        if answer.status == 200:
            member.load = member.meter.add(answer.body)
            if member.state in ("up", "asleep") and (member.state == "asleep") != member.load.asleep:
                self.set_state(member, "asleep" if member.load.asleep else "up", "")
