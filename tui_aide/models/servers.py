"""Asking around for model servers: which answer, and with what models."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

USUAL = (
    "http://localhost:8000/v1",
    "http://localhost:30000/v1",
    "http://localhost:8080/v1",
    "http://localhost:11434/v1",
)
"""Where vLLM, SGLang, llama.cpp's server and Ollama listen unless told otherwise."""


async def ask(urls: Sequence[str]) -> dict[str, list[str]]:
    """Return the models of each server that answers, in the order of `urls`; silent ones are left out."""
    from tui_aide.models.openai_compatible import probe

    answers = await asyncio.gather(*(probe(u) for u in urls))
    return {u: models for u, models in zip(urls, answers, strict=True) if models}
