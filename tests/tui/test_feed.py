"""A session's feed keeps one connection to its runner, and none when it was left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fuzz.busy import BusySearch
from tui_aide.tui.feed import SessionFeed


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[SessionFeed]:
    search = BusySearch(tmp_path)
    search.begin()
    feed = SessionFeed(search.folder)
    for _ in range(500):
        feed.poll()
        feed.look()
        if feed.live and search.folder.runner_file.exists():
            break
        await asyncio.sleep(0.02)
    yield feed
    await feed.aclose()
    await search.end()
    assert not search.failures


def _connections() -> int:
    return sum("RunnerClient._listen" in repr(task) for task in asyncio.all_tasks())


async def test_two_who_want_a_connection_at_once_share_one(feed: SessionFeed) -> None:
    assert all(await asyncio.gather(feed.connect(), feed.connect(), feed.connect()))
    assert _connections() == 1
    await feed.aclose()
    assert _connections() == 0


async def test_who_leaves_while_it_connects_stays_disconnected(feed: SessionFeed) -> None:
    connecting = asyncio.create_task(feed.connect())
    await asyncio.sleep(0)
    await feed.aclose()
    await connecting
    assert not await feed.connect()
    assert _connections() == 0
