"""Where a completion ends, and what a limit cuts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.models.contract.talk import ASK, CHAT, TEXT, Talk

SCHEMA = {
    "type": "object",
    "properties": {
        "good": {"type": "boolean"},
        "why": {"type": "string", "maxLength": 30},
        "score": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    },
    "required": ["good", "why", "score"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": SCHEMA}}


async def ids(talk: Talk, text: str) -> list[int]:
    body = {"model": "tiny-r1", "prompt": text, "add_special_tokens": False}
    found: list[int] = (await talk.post("/tokenize", body))["tokens"]
    return found


async def test_a_limit_inside_the_thinking_leaves_no_answer(talk: Talk) -> None:
    choice = (await talk.chat(max_tokens=20))["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"] is None
    assert (await talk.message())["reasoning"].startswith(choice["message"]["reasoning"])
    stream = await talk.stream(max_tokens=20)
    assert stream.finish() == "length"
    assert stream.text("reasoning") == choice["message"]["reasoning"]
    assert stream.of()[-1]["delta"].keys() == {"reasoning"}


async def test_a_limit_at_the_end_of_the_thinking_leaves_no_answer_either(talk: Talk) -> None:
    thought = await ids(talk, (await talk.message())["reasoning"])
    choice = (await talk.chat(max_tokens=len(thought) + 1))["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("length", None)
    assert (await talk.stream(max_tokens=len(thought) + 1)).of()[-1]["delta"] == {}


async def test_what_does_not_fit_into_the_context_is_cut_without_a_word(talk: Talk) -> None:
    prompt = "word " * 16300
    tokens = await ids(talk, prompt)
    text = (await talk.post("/detokenize", {"model": "tiny-r1", "tokens": tokens[:16360]}))["prompt"]
    body = {"messages": [{"role": "user", "content": text}], "max_tokens": 2000, "ignore_eos": True}
    whole = await talk.chat(**body)
    assert whole["choices"][0]["finish_reason"] == "length"
    assert whole["usage"]["total_tokens"] == 16384


async def test_a_stop_string_is_cut_off_and_named(talk: Talk) -> None:
    whole = (await talk.message())["content"]
    stop = whole[60:72]
    choice = (await talk.chat(stop=["<never>", stop]))["choices"][0]
    assert (choice["finish_reason"], choice["stop_reason"]) == ("stop", stop)
    assert choice["message"]["content"] == whole[: whole.index(stop)]


async def test_a_stop_string_in_a_stream_confuses_the_end_of_thinking(talk: Talk) -> None:
    """A trap of vLLM 0.32: texts come late, so the thinking loses its end and the answer begins with half a tag."""
    message = await talk.message()
    stream = await talk.stream(stop=["<never>"])
    assert stream.text("reasoning") == message["reasoning"][:-6]
    assert stream.text("content") == "</think>"[-6:] + message["content"]


async def test_the_end_of_thinking_can_be_a_stop(talk: Talk) -> None:
    choice = (await talk.chat(stop=["</think>"]))["choices"][0]
    assert (choice["finish_reason"], choice["stop_reason"]) == ("stop", "</think>")
    assert choice["message"]["content"] is None
    assert choice["message"]["reasoning"] == (await talk.message())["reasoning"]


async def test_a_stop_token_is_named_by_its_id_and_loses_nothing(talk: Talk) -> None:
    close = (await ids(talk, "</think>"))[0]
    stream = await talk.stream(stop_token_ids=[close])
    assert stream.of()[-1]["stop_reason"] == close
    assert stream.of()[-1]["delta"] == {}
    assert stream.finish() == "stop"
    assert stream.text("reasoning") == (await talk.message())["reasoning"]


async def test_ignoring_the_end_goes_on_to_the_limit(talk: Talk) -> None:
    whole = await talk.chat(ignore_eos=True, max_tokens=900)
    assert whole["usage"]["completion_tokens"] == 900
    assert whole["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("budget", [0, 1, 5, 12])
async def test_a_thinking_budget_counts_from_the_opening_tag(talk: Talk, budget: int) -> None:
    stream = await talk.stream(thinking_token_budget=budget, return_token_ids=True)
    thought = [t for c in stream.of()[1:] if "reasoning" in c["delta"] for t in c["token_ids"] or []]
    assert len(thought) == max(0, budget - 1)  # the line feed after `<think>` is the first token of it
    assert stream.text("content").startswith("\n\n")
    assert stream.finish() == "stop"
    assert (await talk.message(thinking_token_budget=budget))["reasoning"] == stream.text("reasoning")


async def test_a_large_budget_changes_nothing(talk: Talk) -> None:
    assert await talk.message(thinking_token_budget=5000) == await talk.message()


async def test_a_chat_goes_on_within_its_thinking(talk: Talk) -> None:
    thought = (await talk.message())["reasoning"]
    cut = thought.rindex(" ", 0, 60)  # between two tokens
    begun = {"role": "assistant", "content": f"<think>\n{thought[:cut]}"}
    more = {"messages": [*ASK["messages"], begun], "add_generation_prompt": False, "continue_final_message": True}
    message = await talk.message(**more)
    assert message["reasoning"] == thought[cut:]
    assert message["content"].startswith("\n\n")
    budgeted = await talk.message(**more, thinking_token_budget=len(await ids(talk, f"\n{thought[:cut]}")))
    assert budgeted["reasoning"] == ""


async def test_a_chat_cannot_go_on_behind_its_thinking(talk: Talk) -> None:
    begun = {"role": "assistant", "content": "<think>\nok\n</think>\n\nThe"}
    error = await talk.refused(
        400, CHAT, messages=[*ASK["messages"], begun], add_generation_prompt=False, continue_final_message=True
    )
    assert error["type"] == "BadRequestError"
    assert error["message"].startswith(
        "continue_final_message is set but the final message does not appear in the chat"
    )
    assert error["message"].endswith("<｜Assistant｜>\n\nTheCONTINUE_FINAL_MESSAGE_TAG <｜end▁of▁sentence｜>")


async def test_a_raw_completion_goes_on_from_text_and_from_ids(talk: Talk) -> None:
    opened = "<｜begin▁of▁sentence｜><｜User｜>Draft a solution.<｜Assistant｜><think>\n"
    message = await talk.message()
    closed = f"{opened}{message['reasoning']}</think>"
    for prompt in (closed, await ids(talk, closed)):
        body = {"model": "tiny-r1", "prompt": prompt, "add_special_tokens": False, "seed": 4, "max_tokens": 1200}
        found = await talk.post(TEXT, body | {"temperature": 0.6, "top_p": 0.95})
        assert found["choices"][0]["text"] == message["content"]
        assert found["id"].startswith("cmpl-")
        assert found["object"] == "text_completion"


async def test_a_raw_completion_shows_the_tag_and_streams(talk: Talk) -> None:
    prompt = "<｜begin▁of▁sentence｜><｜User｜>Draft a solution.<｜Assistant｜><think>\n"
    message = await talk.message()
    fields: dict[str, Any] = {"prompt": prompt, "add_special_tokens": False, "stream_options": {"include_usage": True}}
    stream = await talk.stream(TEXT, **fields)
    text = "".join(choice["text"] for choice in stream.of())
    assert text == f"{message['reasoning']}</think>{message['content']}"
    assert stream.finish() == "stop"
    assert stream.chunks[-1]["usage"]["prompt_tokens_details"].keys() == {"cached_tokens"}
    held = await talk.stream(TEXT, **fields, stop=["<never>"])
    assert "".join(choice["text"] for choice in held.of()) == text


async def test_a_raw_text_is_begun_by_a_special_token_unless_told_otherwise(talk: Talk) -> None:
    body = {"model": "tiny-r1", "prompt": "word", "max_tokens": 1, "seed": 1}
    with_one, without = await talk.post(TEXT, body), await talk.post(TEXT, body | {"add_special_tokens": False})
    assert with_one["usage"]["prompt_tokens"] == without["usage"]["prompt_tokens"] + 1


@pytest.mark.parametrize("form", [{"response_format": FORMAT}, {"structured_outputs": {"json": SCHEMA}}])
async def test_a_schema_binds_the_answer_but_not_the_thinking(talk: Talk, form: dict[str, Any]) -> None:
    for seed in range(4, 12):  # within a grammar, a tiny model may write one string until the limit
        stream = await talk.stream(**form, seed=seed)
        if stream.finish() == "stop":
            break
    verdict = json.loads(stream.text("content"))
    assert verdict.keys() == {"good", "why", "score"}
    assert isinstance(verdict["good"], bool)
    assert stream.text("content")[0] == "{"
    assert stream.text("reasoning") == (await talk.message(seed=seed))["reasoning"]
    assert stream.finish() == "stop"


async def test_a_choice_is_taken_from_those_offered(talk: Talk) -> None:
    assert (await talk.message(structured_outputs={"choice": ["sound", "broken"]}))["content"] in ("sound", "broken")


async def test_a_schema_that_is_cut_while_thinking_gives_no_answer(talk: Talk) -> None:
    assert (await talk.message(response_format=FORMAT, max_tokens=10))["content"] is None
