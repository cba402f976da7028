"""Answers that are JSON of a given shape: asked of the server where it can, read tolerantly, asked for once more."""

from __future__ import annotations

import json
import re
from contextlib import aclosing
from typing import TypeVar

import msgspec

from tui_aide.errors import ModelError
from tui_aide.models.chat import ChatModel, ChatRequest, Delta, Finish, Message, Restart, Rethought
from tui_aide.tree.node import Tokens

T = TypeVar("T")
_BEGINNING = re.compile(r"[{\[]")
_BLANKS = re.compile(r"\s{400,}$")


class UnreadableAnswerError(ModelError):
    """The model's answer is not of the shape that was asked for, at the second try neither."""


async def ask_structured(model: ChatModel, request: ChatRequest, shape: type[T]) -> tuple[T, Tokens]:
    """Ask for an answer of a shape and return it with what it cost.

    Thinking stays free; the answer is bound by a JSON schema where the server can. A grammar lets a model write white
    space for ever, so an answer that does is cut off. What is not of the shape is asked for once more, with the reason.

    Args:
        model: whom to ask.
        request: the question, of one choice; its schema is set here.
        shape: a msgspec struct or any type that msgspec can decode.

    Raises:
        UnreadableAnswerError: both answers were unreadable.
        ModelError: as the model's `stream` does.
    """
    asked = msgspec.structs.replace(request, schema=msgspec.json.schema(shape))
    spent = Tokens()
    problem = ""
    for attempt in range(2):
        answer, tokens = await _answer(model, asked)
        spent += tokens
        try:
            return read_json(answer, shape), spent
        except ValueError as error:
            problem = str(error)
        reminder = f"\n\nAn earlier answer could not be read ({problem}). Answer with one JSON object and nothing else."
        last = request.messages[-1]
        sampling = msgspec.structs.replace(request.sampling, seed=request.sampling.seed + attempt + 1)
        asked = msgspec.structs.replace(
            asked, messages=(*request.messages[:-1], Message(last.role, last.content + reminder)), sampling=sampling
        )
    raise UnreadableAnswerError(f"{model.name} gave no readable answer twice: {problem}")


async def _answer(model: ChatModel, request: ChatRequest) -> tuple[str, Tokens]:
    answer, tokens, seen = "", Tokens(), 0
    async with aclosing(model.stream(request)) as items:
        async for item in items:
            if isinstance(item, Delta):
                seen += item.tokens
                if item.kind == "answer":
                    answer += item.text
                    if _BLANKS.search(answer[-500:]):
                        return answer, Tokens(answer=seen)
            elif isinstance(item, Restart | Rethought):
                answer = ""
            elif isinstance(item, Finish):
                tokens = item.tokens
    return answer, tokens


def read_json(text: str, shape: type[T]) -> T:
    """Return the last JSON value in a text that has the shape, be it fenced, surrounded by prose or bare.

    Raises:
        ValueError: there is none; the message says what was wrong with the last one.
    """
    found: list[T] = []
    problem = "it holds no JSON"
    scanner = json.JSONDecoder()
    at = 0
    while (match := _BEGINNING.search(text, at)) is not None:
        try:
            _, at = scanner.raw_decode(text, match.start())
        except (json.JSONDecodeError, RecursionError):
            at = match.end()
            continue
        try:
            found.append(msgspec.json.decode(text[match.start() : at].encode(), type=shape))
        except msgspec.DecodeError as error:
            problem = str(error)
    if not found:
        raise ValueError(problem)
    return found[-1]
