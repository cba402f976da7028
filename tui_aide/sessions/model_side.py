"""The models of a search put together from its config: the built-in proposer, or servers, one pool a role."""

from __future__ import annotations

from collections.abc import Iterable

from tui_aide.errors import UsageError, nearest
from tui_aide.models.chat import ChatModel, Role, Sampling
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.models.pool import ServerPool
from tui_aide.models.roles import ROLES, RoleModels, split_model
from tui_aide.models.trial import TrialFile
from tui_aide.sessions.config import SearchSettings
from tui_aide.sessions.places import cache_dir
from tui_aide.tree.commands import ServerStatus

BUILTIN = "builtin"


class ModelSide:
    """Who writes a search's scripts.

    Args:
        search: the settings.
        hosted: address of the server that the runner starts for this search, where it does.

    Attributes:
        model: what the engine talks to.
        pools: the servers behind it, the coder's first; empty for the built-in proposer.

    Raises:
        UsageError: the name is not known and there is no server to ask for it.
    """

    def __init__(self, search: SearchSettings, hosted: str | None = None) -> None:
        check_model(search)
        self.pools: list[ServerPool] = []
        urls = [hosted] if hosted else base_urls(search)
        if not urls:
            from tui_aide.models.builtin.proposer import BuiltinProposer

            self.model: ChatModel = BuiltinProposer()
            return
        coder = self._pool(search, urls, search.model)
        others: dict[Role, ChatModel] = {}
        for role in ROLES:
            if role in search.roles:
                model, url = split_model(search.roles[role])
                others[role] = self._pool(search, [url] if url else urls, model)
        self.model = RoleModels(coder, others) if others else coder

    def _pool(self, search: SearchSettings, urls: Iterable[str], model: str) -> ServerPool:
        trials = TrialFile(cache_dir() / "servers.json")
        pool = ServerPool(
            [
                OpenAICompatibleModel(url, model, search.api_key_env, send_key=search.send_key, trials=trials)
                for url in urls
            ]
        )
        self.pools.append(pool)
        return pool

    async def watch(self) -> None:
        """Begin to read the servers' own figures."""
        for pool in self.pools:
            await pool.watch()

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
