"""vLLM's development routes: sleep and wake, pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.vllm_double.errors import invalid, json_response, refusal

if TYPE_CHECKING:
    from tests.vllm_double.server import Double


def sleep_routes(double: Double) -> list[web.RouteDef]:
    """Return the routes; they are served in development mode only."""
    engine = double.engine

    async def sleep(request: web.Request) -> web.StreamResponse:
        level = int(request.query.get("level", "1"))
        if level > 2:
            raise invalid(
                "less_than_equal", "query.level", "Input should be less than or equal to 2", str(level),
                ", 'ctx': {'le': 2}",
            )  # fmt: skip
        await engine.sleep(level, _mode(request))
        return json_response({"status": "sleeping", "level": level})

    async def wake_up(request: web.Request) -> web.StreamResponse:
        tags = request.query.getall("tags", [])
        engine.wake(tags)
        status = "sleeping" if engine.asleep else "awake"
        return json_response({"status": status, "tags": tags or None})

    async def is_sleeping(request: web.Request) -> web.StreamResponse:
        return json_response({"is_sleeping": engine.asleep or engine.paused})

    async def pause(request: web.Request) -> web.StreamResponse:
        await engine.pause(_mode(request))
        return json_response({"status": "paused"})

    async def is_paused(request: web.Request) -> web.StreamResponse:
        return json_response({"is_paused": engine.asleep or engine.paused})

    async def resume(request: web.Request) -> web.StreamResponse:
        engine.resume()
        return json_response({"status": "resumed"})

    async def reset_prefix_cache(request: web.Request) -> web.StreamResponse:
        engine.cache.clear()
        return json_response({"success": True})

    return [
        web.post("/sleep", sleep),
        web.post("/wake_up", wake_up),
        web.get("/is_sleeping", is_sleeping),
        web.post("/pause", pause),
        web.get("/is_paused", is_paused),
        web.post("/resume", resume),
        web.post("/reset_prefix_cache", reset_prefix_cache),
    ]


def _mode(request: web.Request) -> str:
    mode = request.query.get("mode", "abort")
    if mode not in ("abort", "wait", "keep"):
        expected = "'abort', 'wait' or 'keep'"
        more = f", 'ctx': {{'expected': \"{expected}\"}}"
        told = f'"Input should be {expected}"'
        message = f"{{'type': 'literal_error', 'loc': 'query.mode', 'msg': {told}, 'input': '{mode}'{more}}}"
        raise refusal(400, f"1 validation error:\n  {message}", "Bad Request", "query.mode")
    return mode
