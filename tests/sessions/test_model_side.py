"""The models of a search: who is sent the key, and that nothing is told after the end."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from tests.models.replay import Replay, capture
from tests.models.requests import ask, collect
from tests.vllm_double import Double
from tui_aide.models.chat import Role
from tui_aide.sessions.config import SearchSettings
from tui_aide.sessions.model_side import ModelSide
from tui_aide.tree.events import ServerChanged


async def test_a_roles_own_server_was_named_and_is_sent_the_key_and_a_found_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    async with Replay().serving() as found, Replay().serving() as named:
        found.answers, named.answers = [capture("chat_stream")] * 2, [capture("chat_stream")]
        roles = {"critic": f"tiny-r1@{named.url}", "planner": "tiny-r1"}
        models = ModelSide(SearchSettings(model="tiny-r1", base_url=found.url, roles=roles, send_key=False))
        plays: tuple[Role, ...] = ("coder", "critic", "planner")
        for role in plays:
            await collect(models.model, msgspec.structs.replace(ask(), role=role))
        await models.aclose()
        assert {headers.get("authorization") for _, headers, _ in found.requests} == {None}
        assert {headers.get("authorization") for _, headers, _ in named.requests} == {"Bearer sk-canary"}


async def test_after_the_end_no_server_is_told_of_any_more(double: Double) -> None:
    models = ModelSide(SearchSettings(model="tiny-r1", base_url=double.url))
    told: list[ServerChanged] = []
    await models.start(told.append)
    await collect(models.model, ask())
    models.tell_no_more()
    await double.refuse()
    async with asyncio.timeout(10):
        while models.statuses()[0].state != "lost":
            await asyncio.sleep(0.01)
    await models.aclose()
    assert told == []
