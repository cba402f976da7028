"""Changing the model of a running search, and what else steering needs of the runner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from tui_aide.engine.changes import Changes
from tui_aide.engine.engine import Engine
from tui_aide.errors import UsageError
from tui_aide.sessions.assembly import default_memory, threads_for
from tui_aide.sessions.config import SearchSettings
from tui_aide.sessions.model_choice import choose_model
from tui_aide.sessions.model_side import BUILTIN, ModelSide, base_urls
from tui_aide.tree.commands import ServerStatus, SetModel
from tui_aide.tree.events import Event, ServerChanged
from tui_aide.tree.solution_tree import SolutionTree


def as_changed(search: SearchSettings, tree: SolutionTree) -> SearchSettings:
    """Return the settings of a session with what its user changed while it ran, as its journal tells."""
    if tree.started is None:
        return search
    search = msgspec.structs.replace(search, workers=tree.workers, slots=tree.slots)
    if tree.urls is None:
        return search
    return with_model(search, tree.model, tree.urls)


def with_model(search: SearchSettings, model: str, urls: tuple[str, ...]) -> SearchSettings:
    """Return settings with another model at these servers; none are for the built-in proposer, which has all roles."""
    return msgspec.structs.replace(
        search,
        model=model,
        base_url=urls[0] if urls else None,
        more_urls=urls[1:],
        serve=None,
        roles=search.roles if urls else {},
        send_key=search.send_key and urls == tuple(base_urls(search)),
    )


class ModelSwitch:
    """Implements `Surroundings` for a runner.

    A model that is left goes on until the nodes that were begun with it have ended.
    """

    def __init__(self, search: SearchSettings, models: ModelSide) -> None:
        self._search = search
        self._models = models
        self._left: dict[asyncio.Task[None], ModelSide] = {}
        self._engine: Engine | None = None

    def steer(self, engine: Engine) -> None:
        """Say whose model it is; commands may come from then on."""
        self._engine = engine

    @property
    def models(self) -> ModelSide:
        """Who writes new nodes now."""
        return self._models

    def statuses(self) -> tuple[ServerStatus, ...]:
        """Return what each server does now, those of models that are being left last."""
        sides = [self._models, *self._left.values()]
        found = {status.url: status for side in reversed(sides) for status in side.statuses()}
        return tuple(reversed(found.values()))

    def share(self, slots: int) -> tuple[int, int | None]:
        """Return the threads and bytes of each of so many scripts at once."""
        return threads_for(slots), self._search.memory or default_memory(slots)

    async def change_model(self, command: SetModel) -> str:
        """See that the model is served, and have new nodes made with it.

        Raises:
            UsageError: it is not served there, or this search cannot change its model.
            ModelError: the server refuses.
        """
        engine, search = self._engine, self._search
        assert engine is not None
        if search.gpu == "alternate":
            raise UsageError(
                "the model cannot change while thinking and training take turns on the GPU (--gpu alternate)"
            )
        here = [command.base_url] if command.base_url is not None else base_urls(search)
        named = [] if command.model == BUILTIN and command.base_url is None else here
        said: list[str] = []
        choice = await asyncio.to_thread(
            choose_model, command.model, named, said.append, key_variable=search.api_key_env, gpu=search.gpu
        )
        if choice.serve is not None:
            raise UsageError(
                f"{command.model} is served nowhere yet; "
                f"start it with: tui-aide serve {command.model}, then say it again"
            )
        if choice.model == self._models.model.name and list(choice.base_urls) == self._models.urls:
            raise UsageError(f"nothing to do: {choice.model} is the model already")
        changed = with_model(search, choice.model, choice.base_urls)
        if command.base_url is not None:
            changed = msgspec.structs.replace(changed, send_key=True)
        fresh = ModelSide(changed)
        await fresh.start(engine.record)
        old, self._models, self._search = self._models, fresh, changed
        Changes(engine).set_model(fresh.model, choice.base_urls)
        leaving = asyncio.create_task(self._leave(old, engine))
        self._left[leaving] = old
        leaving.add_done_callback(self._left.pop)
        under_way = len(engine.flight)
        where = f" at {choice.base_urls[0]}" if choice.base_urls else ""
        return f"model of new nodes: {choice.model}{where}" + (
            f"; {under_way} under way go on with the one before" if under_way else ""
        )

    async def start(self, record: Callable[[ServerChanged], Event | None]) -> None:
        """Start to follow the first model's servers."""
        await self._models.start(record)

    def tell_no_more(self) -> None:
        """Record no more changes of servers."""
        for side in (self._models, *self._left.values()):
            side.tell_no_more()

    async def aclose(self) -> None:
        """Close all connections."""
        left = list(self._left)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._models.aclose()

    async def _leave(self, old: ModelSide, engine: Engine) -> None:
        try:
            await engine.flight.all_ended()
        finally:
            old.tell_no_more()
            await old.aclose()
