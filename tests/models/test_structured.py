from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import msgspec
import pytest

from tests.models.requests import ask
from tui_aide.models.chat import ChatRequest, Delta, Finish, Restart, Rethought
from tui_aide.models.structured import UnreadableAnswerError, ask_structured, read_json
from tui_aide.tree.node import Tokens


class Review(msgspec.Struct, frozen=True):
    bug: bool
    summary: str = ""
    steps: list[str] = []


class Scripted:
    """Answers with the given items, one list a request."""

    name = "scripted"

    def __init__(self, *answers: list[Delta | Finish | Restart | Rethought]) -> None:
        self.answers: Iterator[list[Delta | Finish | Restart | Rethought]] = iter(answers)
        self.requests: list[ChatRequest] = []

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish | Restart | Rethought, None]:
        self.requests.append(request)
        for item in next(self.answers):
            yield item

    async def aclose(self) -> None:
        pass


def says(text: str) -> list[Delta | Finish | Restart | Rethought]:
    return [Delta("reasoning", "hm {"), Delta("answer", text), Finish("stop", Tokens(10, 1, 5))]


@pytest.mark.parametrize(
    "text",
    [
        '{"bug": true, "summary": "x"}',
        '\n\n```json\n{"bug": true, "summary": "x"}\n```\nThat is all.',
        'First {"bug": false, "summary": "draft"}, better: {"bug": true, "summary": "x", "more": {"bug": false}} :)',
        'A dict such as {a: 1} and {"bug": "yes"} is wrong; {"bug": true, "summary": "x"}',
    ],
)
def test_json_is_found_wherever_it_stands(text: str) -> None:
    assert read_json(text, Review) == Review(True, "x")


@pytest.mark.parametrize(("text", "why"), [("", "no JSON"), ("{", "no JSON"), ('{"bug": 3}', "bool"), ("{}", "bug")])
def test_what_is_not_of_the_shape_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_json(text, Review)


def test_a_long_text_without_an_end_is_read_in_time() -> None:
    with pytest.raises(ValueError, match="no JSON"):
        read_json("[{" * 20_000, Review)


async def test_the_schema_goes_along_and_the_cost_adds_up() -> None:
    model = Scripted(says("no"), says('{"bug": false}'))
    review, tokens = await ask_structured(model, ask("Review."), Review)
    assert review == Review(False)
    assert tokens == Tokens(20, 2, 10)
    first, second = model.requests
    assert first.schema is not None
    assert "no JSON" in second.messages[-1].content
    assert second.sampling.seed != first.sampling.seed


async def test_two_unreadable_answers_are_an_error() -> None:
    with pytest.raises(UnreadableAnswerError, match="scripted gave no readable answer twice"):
        await ask_structured(Scripted(says("no"), says("never")), ask("Review."), Review)


async def test_endless_white_space_is_cut_off() -> None:
    blanks: list[Delta | Finish | Restart | Rethought] = [Delta("answer", '{"bug":'), *[Delta("answer", " " * 50)] * 99]
    model = Scripted(blanks, says('{"bug": true}'))
    review, tokens = await ask_structured(model, ask("Review."), Review)
    assert review.bug
    assert tokens.answer < 30


async def test_what_was_void_is_not_read() -> None:
    model = Scripted([Delta("answer", '{"bug": true}'), Restart("it broke"), *says('{"bug": false}')])
    assert not (await ask_structured(model, ask("Review."), Review))[0].bug
