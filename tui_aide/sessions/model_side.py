"""The models of a search put together from its config: the built-in proposer, or servers, one pool a role."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

from tui_aide.errors import UsageError, nearest
from tui_aide.models.chat import ChatModel, Role, Sampling
from tui_aide.models.roles import ROLES, RoleModels, split_model
from tui_aide.sessions.config import SearchSettings
from tui_aide.sessions.places import servers_file
from tui_aide.tree.commands import ServerStatus
from tui_aide.tree.events import ServerChanged

if TYPE_CHECKING:
    from tui_aide.models.hosting import HostedServer
    from tui_aide.models.pool import ServerPool

BUILTIN = "builtin"


class ModelSide:
    """Who writes a search's scripts.

    Attributes:
        model: what the engine talks to.
        pools: the servers behind it, the coder's first; empty for the built-in proposer.
        urls: their addresses, the coder's first.
    """

    def __init__(self, search: SearchSettings, hosted: HostedServer | None = None) -> None:
        """Put the models together; `hosted` is a server of our own that is prepared but not started.

        Raises:
            UsageError: the name is not known and there is no server to ask for it.
        """
        check_model(search)
        self.pools: list[ServerPool] = []
        self.urls = [hosted.base_url] if hosted else base_urls(search)
        self._hosted = hosted
        self._hosting: asyncio.Task[None] | None = None
        if not self.urls:
            from tui_aide.models.builtin.proposer import BuiltinProposer

            self.model: ChatModel = BuiltinProposer()
            return
        coder = self._pool(search, self.urls, search.model, search.send_key)
        others: dict[Role, ChatModel] = {}
        for role in ROLES:
            if role in search.roles:
                model, url = split_model(search.roles[role])
                others[role] = self._pool(
                    search, [url] if url else self.urls, model, search.send_key or url is not None
                )
        self.model = RoleModels(coder, others) if others else coder

    @classmethod
    async def open(cls, search: SearchSettings, log: Path) -> ModelSide:
        """Put the models together, and plan the server that the search starts for itself, if it does.

        Args:
            search: the settings.
            log: file for that server's output.

        Raises:
            UsageError: the model is not known, or no server for it can be started here.
        """
        if search.serve is None:
            return cls(search)
        from tui_aide.models.hosting import HostedServer

        return cls(search, await HostedServer.prepare(search.serve, search.gpu, log, samples=search.workers))

    @property
    def cards(self) -> Collection[int] | None:
        """Numbers of this machine's GPUs that the servers use; None where that is not known."""
        if self._hosted is not None:
            return self._hosted.cards
        from tui_aide.models.servers import is_near

        return None if any(is_near(URL(url).host or "") for url in self.urls) else ()

    async def start(self, record: Callable[[ServerChanged], object]) -> None:
        """Start the server of our own, and follow all servers; `record` is told what changes."""
        for pool in self.pools:
            pool.listen(record)
            pool.watch()
        if self._hosted is not None:
            self._hosting = asyncio.create_task(self._hosted.keep(self.pools[0]))

    def tell_no_more(self) -> None:
        """Record no more changes: nothing comes after a session's last event."""
        for pool in self.pools:
            pool.listen(None)

    def awake(self) -> None:
        """Take servers that slept for awake at once: whoever woke them knows before their figures tell."""
        for pool in self.pools:
            pool.awake()

    async def aclose(self) -> None:
        """Close all connections, and stop the server of our own, whole; that it ends then is no loss to tell of."""
        await self.model.aclose()
        if self._hosting is not None:
            self._hosting.cancel()
            await asyncio.gather(self._hosting, return_exceptions=True)

    def _pool(self, search: SearchSettings, urls: Iterable[str], model: str, send_key: bool) -> ServerPool:
        from tui_aide.models.openai_compatible import OpenAICompatibleModel
        from tui_aide.models.pool import ServerPool
        from tui_aide.models.trial import TrialFile

        trials = TrialFile(servers_file())
        pool = ServerPool(
            [
                OpenAICompatibleModel(url, model, search.api_key_env, send_key=send_key, reconnects=1, trials=trials)
                for url in urls
            ]
        )
        self.pools.append(pool)
        return pool

    def statuses(self) -> tuple[ServerStatus, ...]:
        """Return what each server does now."""
        return tuple(status for pool in self.pools for status in pool.statuses())


def base_urls(search: SearchSettings) -> list[str]:
    """Return the addresses of the servers that were named or found."""
    return [] if search.base_url is None else [search.base_url, *search.more_urls]


def sampling_of(search: SearchSettings) -> Sampling:
    """Return how the search's completions are drawn."""
    return Sampling(max_tokens=search.max_tokens, thinking_budget=search.thinking_budget)


def check_model(search: SearchSettings) -> None:
    """Raise `UsageError` for a model that cannot be had."""
    if search.base_url is None and search.serve is None and search.model != BUILTIN:
        raise UsageError(
            f"--model {search.model!r} is not known here.{nearest(search.model, [BUILTIN])} "
            "Use --model builtin, or name the server that has it with --base-url URL"
        )
