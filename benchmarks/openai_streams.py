"""Reads streams with the `openai` package, and prints what that took. Runs in the peers' environment, on its own.

python benchmarks/openai_streams.py URL STREAMS TOKENS
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from typing import Any

openai: Any = importlib.import_module("openai")


async def read(client: Any, tokens: int) -> int:
    """Read one stream as its documentation shows, and return the tokens that it counted."""
    stream = await client.chat.completions.create(
        model="replay",
        messages=[{"role": "user", "content": "Write."}],
        max_tokens=tokens,
        stream=True,
        stream_options={"include_usage": True, "continuous_usage_stats": True},
    )
    counted, kept = 0, []
    async for chunk in stream:
        if chunk.usage is not None:
            counted = chunk.usage.completion_tokens
        if chunk.choices:
            delta = chunk.choices[0].delta
            kept.append(getattr(delta, "reasoning", None) or delta.content or "")
    return counted if any(kept) else 0


async def measure(url: str, streams: int, tokens: int) -> dict[str, float]:
    """Return tokens, and the seconds of wall-clock and of this process that they took."""
    async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:
        await read(client, 64)
        wall, cpu = time.perf_counter(), time.process_time()
        found = await asyncio.gather(*(read(client, tokens) for _ in range(streams)))
        return {"tokens": sum(found), "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
