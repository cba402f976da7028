"""vLLM's development routes: sleep and wake, pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.vllm_double.errors import json_response

if TYPE_CHECKING:
    from tests.vllm_double.server import Double


def sleep_routes(double: Double) -> list[web.RouteDef]:
    """Return the routes; they are served in development mode only."""
    engine = double.engine

    async def sleep(request: web.Request) -> web.StreamResponse:
        level = int(request.query.get("level", "1"))
        await engine.sleep(level, request.query.get("mode", "abort"))
        return json_response({"status": "sleeping", "level": level})

    async def wake_up(request: web.Request) -> web.StreamResponse:
        tags = request.query.getall("tags", [])
        if not tags or set(tags) >= {"weights", "kv_cache"}:
            engine.wake()
        return json_response({"status": "awake", "tags": tags or None})

    async def is_sleeping(request: web.Request) -> web.StreamResponse:
        return json_response({"is_sleeping": engine.level is not None})

    async def pause(request: web.Request) -> web.StreamResponse:
        await engine.pause(request.query.get("mode", "abort"))
        return json_response({"status": "paused"})

    async def is_paused(request: web.Request) -> web.StreamResponse:
        return json_response({"is_paused": engine.paused})

    async def resume(request: web.Request) -> web.StreamResponse:
        engine.wake()
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
