"""Requests for tests of models, and what their streams hold in the end."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import msgspec

from tui_aide.models.chat import (
    ChatModel,
    ChatRequest,
    Delta,
    Finish,
    Limits,
    Message,
    Proposal,
    Restart,
    Rethought,
    Sampling,
    StreamItem,
    ThinkingEnd,
)
from tui_aide.tasks.task import TaskView
from tui_aide.tree.node import Tokens

VIEW = TaskView("t", "g", "d", "rmse", "min", "values", "y", "id", ("y",), (), (), 1, 1, {})
PROPOSAL = Proposal("draft", VIEW, (), (), "", Limits(1.0, None, 1), 0)


def ask(*content: str, **sampling: Any) -> ChatRequest:
    messages = tuple(Message("user", c) for c in content or ("Draft.",))
    return ChatRequest(messages, PROPOSAL, Sampling(**sampling), request_id="node-7")


class Choice(msgspec.Struct):
    """What one choice came to."""

    reasoning: str = ""
    answer: str = ""
    finish: Finish | None = None
    restarts: int = 0
    ends: int = 0

    @property
    def tokens(self) -> Tokens:
        assert self.finish is not None
        return self.finish.tokens


def take(choices: dict[int, Choice], item: StreamItem) -> None:
    choice = choices.setdefault(item.choice, Choice())
    assert choice.finish is None, "nothing comes after a finish"
    match item:
        case Delta(kind="reasoning"):
            choice.reasoning += item.text
        case Delta():
            choice.answer += item.text
        case Rethought():
            choice.reasoning, choice.answer = choice.reasoning + choice.answer, ""
        case Restart():
            choice.reasoning = choice.answer = ""
            choice.restarts += 1
        case ThinkingEnd():
            choice.ends += 1
        case Finish():
            choice.finish = item


async def collect(model: ChatModel, request: ChatRequest) -> dict[int, Choice]:
    """All choices of a request, each with its finish."""
    choices: dict[int, Choice] = {}
    async with aclosing(model.stream(request)) as stream:
        async for item in stream:
            take(choices, item)
    assert sorted(choices) == list(range(request.sampling.n))
    assert all(c.finish is not None for c in choices.values())
    return choices
