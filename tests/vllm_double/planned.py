"""What one sample will be, planned before the first token is sent: tokens, where they are cut, and why it ends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec

from tests.vllm_double.asked import Asked
from tests.vllm_double.options import Options
from tests.vllm_double.schema import constrained
from tests.vllm_double.template import Prompt
from tests.vllm_double.tokens import CLOSE, CLOSE_ID, EOS_ID, OPEN, encode, pieces

Part = Literal["reasoning", "close", "content", "end"]

_SECOND_THOUGHT = " let me look at it once more. It holds.\n"
_FILLER = " and so on"


class Token(msgspec.Struct, frozen=True):
    """A token as it is sent; `encoded` is its text as a JSON string."""

    id: int
    part: Part
    text: str
    encoded: str


class Planned(msgspec.Struct, frozen=True):
    """One choice: its tokens, and how it ends once they are sent."""

    tokens: tuple[Token, ...]
    finish: Literal["stop", "length"]
    stop_reason: str | int | None = None


def plan(asked: Asked, prompt: Prompt, prompt_tokens: int, seed: int, options: Options, raw: bool = False) -> Planned:
    """Return what the model says to a prompt.

    Args:
        asked: the request.
        prompt: with what of the model's turn stands there already; it goes on from there.
        prompt_tokens: number of them.
        seed: of this choice.
        options: the double's writer, and its limits.
        raw: the text is sent as it is, nobody tells thinking from answer.
    """
    limit = min(asked.max_tokens, options.max_model_len - prompt_tokens)
    planned = _ended(_tokens(asked, prompt, seed, options, limit), asked, limit)
    if asked.stream and asked.stop:
        return msgspec.structs.replace(planned, tokens=_held_back(planned.tokens, max(map(len, asked.stop)) - 1, raw))
    return planned


def _held_back(tokens: Sequence[Token], held: int, raw: bool) -> tuple[Token, ...]:
    """Return tokens whose texts come `held` characters late, as long as a stop string may still begin there.

    What vLLM 0.32 does to a chat is done here, too: which part a text belongs to follows the token, not the text, so
    the end of the thinking is lost with the chunk of `</think>`, and the rest of the tag begins the answer.
    """
    text, released, out = "", 0, []
    for number, token in enumerate(tokens):
        text += token.text
        until = len(text) if number == len(tokens) - 1 else max(released, len(text) - held)
        shown = "" if token.part == "close" and not raw else text[released:until]
        out.append(_with_text(token, shown))
        released = until
    return tuple(out)


def _tokens(asked: Asked, prompt: Prompt, seed: int, options: Options, limit: int) -> list[Token]:
    reasoning, answer = options.write(prompt.messages, seed)
    reasoning = reasoning if not reasoning or reasoning.endswith("\n") else reasoning + "\n"
    thinking = prompt.begun.startswith(OPEN) and CLOSE not in prompt.begun
    tokens: list[Token] = []
    if thinking:
        so_far = prompt.begun.removeprefix(OPEN).removeprefix("\n")
        rest = reasoning[len(so_far) :] if reasoning.startswith(so_far) else _SECOND_THOUGHT
        tokens += _parts(rest, "reasoning")
        if asked.thinking_budget is not None and asked.thinking_budget >= 0:
            spent = len(encode(prompt.begun)) - 1
            tokens = tokens[: max(0, asked.thinking_budget - spent)]
        tokens.append(Token(CLOSE_ID, "close", CLOSE, f'"{CLOSE}"'))
    if asked.grammar is not None:
        text = constrained(asked.grammar, answer, seed, options.whitespace_trap, limit)
    else:
        text = _unsaid(f"\n\n{answer}", prompt.begun.partition(CLOSE)[2])
    tokens += _parts(text, "content")
    if asked.ignore_eos:
        filler = _parts(_FILLER, "content")
        return tokens + list(filler) * (max(0, limit - len(tokens)) // len(filler) + 1)
    return [*tokens, Token(EOS_ID, "end", "", '""')]


def _unsaid(answer: str, said: str) -> str:
    """Return what of the answer is still to come; all of it where the turn went another way."""
    return answer[len(said) :] if said and answer.startswith(said) else answer


@lru_cache(maxsize=512)
def _parts(text: str, part: Part) -> tuple[Token, ...]:
    made = pieces(text)
    return tuple(Token(i, part, t, e) for i, t, e in zip(made.ids, made.texts, made.encoded, strict=True))


def _ended(tokens: list[Token], asked: Asked, limit: int) -> Planned:
    """Return the tokens up to the first stop, or to the limit."""
    stop = _stop(tokens, asked)
    if stop is not None and stop.place < limit:
        return Planned(_shortened(tokens[: stop.place + 1], stop.text), "stop", stop.reason)
    if len(tokens) > limit or asked.ignore_eos:
        return Planned(tuple(tokens[:limit]), "length")
    return Planned(tuple(tokens), "stop")


class _Stop(msgspec.Struct, frozen=True):
    """A stop: the token that completes it, the length of the text before it, and which it is."""

    place: int
    text: int
    reason: str | int


def _stop(tokens: Sequence[Token], asked: Asked) -> _Stop | None:
    if not asked.stop and not asked.stop_ids:
        return None
    text = ""
    longest = max((len(stop) for stop in asked.stop), default=0)
    for place, token in enumerate(tokens):
        before = len(text)
        text += token.text
        if place + 1 < asked.min_tokens:
            continue
        if token.id in asked.stop_ids:
            return _Stop(place, before, token.id)
        for stop in asked.stop:
            at = text.find(stop, max(0, before - longest))
            if at >= 0:
                return _Stop(place, at, stop)
    return None


def _shortened(tokens: Sequence[Token], length: int) -> tuple[Token, ...]:
    """Return all tokens, with a text of so many characters in all."""
    out = []
    for token in tokens:
        kept = token.text[: max(0, length)]
        out.append(token if kept == token.text else _with_text(token, kept))
        length -= len(token.text)
    return tuple(out)


def grouped(tokens: Sequence[Token], options: Options, seed: int) -> list[int]:
    """Return after how many tokens each chunk ends; chunks hold one token, at times two."""
    if not options.merge:
        return list(range(1, len(tokens) + 1))
    rng = random.Random(seed)
    return [n for n in range(1, len(tokens) + 1) if n == len(tokens) or rng.random() >= options.merge]


def delayed(tokens: Sequence[Token], options: Options, seed: int) -> Sequence[Token]:
    """Return the tokens with some texts moved into the next token of the same part."""
    if not options.empty:
        return tokens
    rng = random.Random(~seed)
    out = list(tokens)
    for i in range(len(out) - 1):
        if out[i].part == out[i + 1].part and out[i].part in ("reasoning", "content") and rng.random() < options.empty:
            out[i + 1] = _with_text(out[i + 1], out[i].text + out[i + 1].text)
            out[i] = _with_text(out[i], "")
    return out


def _with_text(token: Token, text: str) -> Token:
    return msgspec.structs.replace(token, text=text, encoded=msgspec.json.encode(text).decode())


def as_json(value: Any) -> str:
    """Return a value as compact JSON."""
    return msgspec.json.encode(value).decode()
