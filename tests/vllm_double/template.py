"""From messages to a prompt and back, as the chat template of an R1 distill does it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tests.vllm_double.errors import bad_request
from tests.vllm_double.tokens import ASSISTANT, BOS, CLOSE, EOS, OPEN, USER

Message = dict[str, str]

_DELETED = (
    "continue_final_message is set but the final message does not appear in the chat after applying the chat template!"
    " This can happen if the chat template deletes portions of the final message. Please verify the chat template and"
    " final message in your chat to ensure they are compatible."
)
_BOTH = "Cannot set both `continue_final_message` and `add_generation_prompt` to True."
_EMPTY = "Cannot apply chat template to an empty conversation. Provide at least one message."


class Prompt(msgspec.Struct, frozen=True):
    """What the model is given: the text, the messages in it, and what of its own turn stands there already."""

    text: str
    messages: tuple[Message, ...]
    begun: str


def render(messages: Sequence[Message], generation: bool, go_on: bool) -> Prompt:
    """Return the prompt of a chat.

    Args:
        messages: role and content each.
        generation: open the model's turn, inside its thinking.
        go_on: let the model go on with the last message.

    Raises:
        Refusal: both are wanted, there is no message, or the last one does not survive the template.
    """
    if generation and go_on:
        raise bad_request(_BOTH)
    if not messages:
        raise bad_request(_EMPTY)
    system = next((m["content"] for m in reversed(messages) if m["role"] == "system"), "")
    text = BOS + system
    for message in messages:
        if message["role"] == "user":
            text += USER + message["content"]
        elif message["role"] == "assistant":
            text += ASSISTANT + message["content"].split(CLOSE)[-1] + EOS
    if go_on and messages and messages[-1]["role"] == "assistant":
        last = messages[-1]["content"]
        if CLOSE in last:
            shown = text.removesuffix(EOS) + "CONTINUE_FINAL_MESSAGE_TAG " + EOS
            raise bad_request(f"{_DELETED}Final message to continue: {last}\nRendered chat:\n{shown}")
        return Prompt(text.removesuffix(EOS), tuple(messages[:-1]), last)
    if generation:
        return Prompt(f"{text}{ASSISTANT}{OPEN}\n", tuple(messages), f"{OPEN}\n")
    return Prompt(text, tuple(messages), "")


def parse(text: str) -> Prompt:
    """Return what a raw prompt holds; one without turns is all the user's."""
    turn, marked, begun = text.rpartition(ASSISTANT)
    if not marked:
        turn, begun = text, ""
    user = turn.rpartition(USER)[2].removeprefix(BOS)
    return Prompt(text, ({"role": "user", "content": user},), begun)
