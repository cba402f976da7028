"""Several servers for one search: load, loss, return, and a wait that is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing

import pytest

from tests.models.requests import Choice, ask, collect, take
from tests.vllm_double import Double
from tests.vllm_double.fixtures import Doubles
from tests.vllm_double.transcripts import transcript
from tui_aide.errors import ModelNotServedError, ModelRefusedError, ModelUnavailableError, ServerFailedError
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.models.pool import ServerPool
from tui_aide.tree.events import ServerChanged

Pools = Callable[..., Awaitable[ServerPool]]


class Told(list[ServerChanged]):
    """The changes that a pool told of."""

    def states(self) -> list[str]:
        return [event.state for event in self]


@pytest.fixture
async def pools() -> AsyncIterator[Pools]:
    async with AsyncExitStack() as stack:

        async def make(*servers: Double, patience: float = 10.0, retries: int = 1) -> ServerPool:
            models = [OpenAICompatibleModel(s.url, "tiny-r1", backoff=0.01, retries=retries) for s in servers]
            pool = ServerPool(models, patience=patience)
            stack.push_async_callback(pool.aclose)
            return pool

        yield make


async def one(pool: ServerPool, seed: int = 0) -> Choice:
    return (await collect(pool, ask(max_tokens=4096, seed=seed)))[0]


def whole(choice: Choice) -> bool:
    return choice.answer.strip() == transcript("linear")[1].strip()


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not wanted():
            await asyncio.sleep(0.01)


async def test_requests_go_to_the_least_busy_server(doubles: Doubles, pools: Pools) -> None:
    first, second = await doubles(tokens_per_second=2000), await doubles(tokens_per_second=2000)
    pool = await pools(first, second)
    assert all(whole(c) for c in await asyncio.gather(*(one(pool) for _ in range(8))))
    assert len(first.requests) == len(second.requests) == 4
    assert all(member.in_flight == 0 for member in pool.members)


async def test_requests_of_others_count_as_load(doubles: Doubles, pools: Pools) -> None:
    busy, idle = await doubles(tokens_per_second=20), await doubles()
    other = OpenAICompatibleModel(busy.url)
    tasks = [asyncio.create_task(collect(other, ask(n=3))) for _ in range(2)]
    await until(lambda: busy.running == 6)
    pool = await pools(busy, idle)
    pool.watch()
    await until(lambda: pool.statuses()[0].running == 6)
    before = len(busy.requests)
    for _ in range(3):
        await one(pool)
    assert len(busy.requests) == before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await other.aclose()


async def test_the_loss_of_one_server_moves_its_samples_to_the_other(doubles: Doubles, pools: Pools) -> None:
    first, second = await doubles(tokens_per_second=800), await doubles(tokens_per_second=800)
    pool = await pools(first, second)
    told = Told()
    pool.listen(told.append)
    tasks = [asyncio.create_task(one(pool)) for _ in range(6)]
    await until(lambda: first.running == 3 and first.generated_tokens > 30)
    await first.kill()
    choices = await asyncio.gather(*tasks)
    assert all(whole(c) for c in choices)
    assert sum(c.restarts > 0 for c in choices) == 3
    assert {c.finish.server for c in choices if c.finish} == {second.base_url}
    assert told.states()[:1] == ["lost"]
    assert first.base_url in told[0].server
    await first.ready()
    await until(lambda: "up" in told.states())
    await asyncio.gather(*(one(pool) for _ in range(2)))
    assert first.requests[-1].at > second.requests[0].at


async def test_choices_that_ended_before_the_loss_are_kept_and_the_others_keep_their_seeds(
    doubles: Doubles, pools: Pools
) -> None:
    def write(messages: object, seed: int) -> tuple[str, str]:
        return ("a " * 40, f"long {seed}") if seed % 2 else ("a", f"short {seed}")

    first = await doubles(write=write, tokens_per_second=400)
    pool = await pools(first, retries=0)
    choices: dict[int, Choice] = {}
    async with aclosing(pool.stream(ask(n=4, max_tokens=4096))) as stream:
        async for item in stream:
            take(choices, item)
            if sum(c.finish is not None for c in choices.values()) == 2 and not pool.members[0].detail:
                await first.kill()
                await first.ready()
    assert {i: c.answer.strip() for i, c in choices.items()} == {0: "short 0", 1: "long 1", 2: "short 2", 3: "long 3"}
    assert choices[0].restarts == choices[2].restarts == 0
    assert [r.body["seed"] for r in first.requests] == [0, 1, 3]


async def test_while_no_server_is_up_requests_wait_and_go_on_when_one_is_back(double: Double, pools: Pools) -> None:
    pool = await pools(double)
    told = Told()
    pool.listen(told.append)
    assert whole(await one(pool))
    await double.refuse()
    task = asyncio.create_task(one(pool))
    await until(lambda: bool(told))
    (status,) = pool.statuses()
    assert (status.state, status.load) == ("lost", None)
    assert status.detail == "connection refused"
    await double.ready()
    assert whole(await task)
    assert told.states() == ["lost", "up"]
    assert "back after" in told[1].detail


async def test_the_wait_is_bounded_and_says_what_is_missing(double: Double, pools: Pools) -> None:
    pool = await pools(double, patience=0.3)
    await double.refuse()
    with pytest.raises(ModelUnavailableError, match=r"no model server came back within 0 s \(http.*then resume"):
        await one(pool)


async def test_a_model_removed_while_it_runs_is_waited_for(double: Double, pools: Pools) -> None:
    pool = await pools(double)
    told = Told()
    pool.listen(told.append)
    await one(pool)
    double.remove_model()
    task = asyncio.create_task(one(pool))
    await until(lambda: bool(told))
    assert "does not exist" in told[0].detail
    await double.ready()
    assert whole(await task)


async def test_a_model_that_was_never_served_is_an_error_at_once(doubles: Doubles) -> None:
    server = await doubles(model="other")
    pool = ServerPool([OpenAICompatibleModel(server.url, "tiny-r1", backoff=0.01)])
    with pytest.raises(ModelNotServedError, match="tiny-r1"):
        await one(pool)
    await pool.aclose()


async def test_a_request_that_kills_its_server_every_time_is_given_up(double: Double, pools: Pools) -> None:
    pool = await pools(double, retries=0)
    double.fail("engine-error", times=None, after=5)
    with pytest.raises(ModelRefusedError, match="lost 3 times on this request"):
        await one(pool)


async def test_a_request_to_a_sleeping_server_waits_until_it_wakes(double: Double, pools: Pools) -> None:
    pool = await pools(double)
    pool.watch()
    session = pool.members[0].model.connection
    assert (await session.post("sleep?level=1", b"", root=True)).status in (200, 404)
    import aiohttp

    async with aiohttp.ClientSession() as http:
        await http.post(f"{double.url}/sleep", params={"level": "1"})
        await until(lambda: pool.statuses()[0].state == "asleep")
        task = asyncio.create_task(one(pool))
        await asyncio.sleep(0.1)
        assert not double.requests
        await http.post(f"{double.url}/wake_up")
        assert whole(await task)


async def test_a_server_that_is_started_is_waited_for_and_its_failure_told(double: Double, pools: Pools) -> None:
    pool = await pools(double)
    (member,) = pool.members
    pool.set_state(member, "starting", "loading weights 3/8", 0.4)
    task = asyncio.create_task(one(pool))
    await asyncio.sleep(0.05)
    assert not double.requests
    assert (pool.statuses()[0].load, pool.statuses()[0].detail) == (0.4, "loading weights 3/8")
    pool.set_state(member, "up", "ready")
    assert whole(await task)
    pool.set_state(member, "failed", "CUDA out of memory: less context would fit")
    with pytest.raises(ServerFailedError, match="less context would fit"):
        await one(pool)


async def test_figures_of_the_server_are_told_live(doubles: Doubles, pools: Pools) -> None:
    server = await doubles(tokens_per_second=500, max_num_seqs=2)
    pool = await pools(server)
    pool.watch()
    tasks = [asyncio.create_task(one(pool, seed)) for seed in (0, 1, 0, 1)]
    await until(lambda: bool(pool.statuses()[0].generation_rate))
    (status,) = pool.statuses()
    assert (status.running, status.waiting) == (2, 2)
    assert status.kv_use is not None
    assert status.generation_rate is not None
    assert 100 < status.generation_rate < 2000
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
