"""How a chat completion looks on the wire, for vLLM and for the other kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.vllm_double.asked import Asked
from tests.vllm_double.kinds import Kind
from tests.vllm_double.planned import Planned, Token, as_json

FINGERPRINT = "vllm-0.32.0-d0b1e000"


class Wire:
    """Words chunks and whole completions of one request.

    Args:
        kind: of the server.
        asked: the request.
        name: the completion's id; `model` served, `created` in seconds since 1970.
        prompt: its token ids.
        opening_tag: thinking that is sent as text begins with `<think>`.
    """

    def __init__(
        self, kind: Kind, asked: Asked, name: str, model: str, created: int, prompt: Sequence[int], opening_tag: bool
    ) -> None:
        self._kind = kind
        self._asked = asked
        self._prompt = prompt
        self._opening = opening_tag
        self._head = {"id": name, "object": "chat.completion", "created": created, "model": model}
        told = f'"object":"chat.completion.chunk","created":{created},"model":{as_json(model)}'
        self._chunk = f'data: {{"id":{as_json(name)},{told},"choices":['
        self._always = asked.usage_always and kind.continuous

    def role(self, index: int) -> str:
        """Return a choice's first chunk."""
        if self._kind.reasoning is None and self._opening:
            delta = '{"role":"assistant","content":"<think>\\n"}'
        else:
            delta = '{"role":"assistant","content":""}'
        ids = as_json(list(self._prompt)) if self._asked.token_ids and self._kind.native else "null"
        choice = f'{{"index":{index},"delta":{delta},"logprobs":null,"finish_reason":null}}'
        more = f',"prompt_token_ids":{ids},"prompt_text":null' if self._kind.native else ""
        return f"{self._chunk}{choice}]{self._usage(0)}{more}}}\n\n"

    def tokens(self, index: int, tokens: Sequence[Token], sent: int, planned: Planned | None) -> str:
        """Return the chunk for some tokens; the last chunk of a choice knows how it was `planned` to end."""
        delta = self._delta(tokens)
        end = '"finish_reason":null'
        if planned is None and delta == "{}" and not (self._asked.token_ids and self._kind.native):
            return ""  # as that of `</think>`
        if planned is not None:
            reason = f',"stop_reason":{as_json(planned.stop_reason)}' if self._kind.native else ""
            end = f'"finish_reason":"{planned.finish}"{reason}'
        ids = ""
        if self._kind.native:
            ids = f',"token_ids":{as_json([t.id for t in tokens]) if self._asked.token_ids else "null"}'
        mark = self._mark() if planned is not None else ""
        choice = f'{{"index":{index},"delta":{delta},"logprobs":null,{end}{ids}}}'
        return f"{self._chunk}{choice}]{self._usage(sent)}{mark}}}\n\n"

    def broken_off(self, index: int, tokens: Sequence[Token]) -> str:
        """Return the last chunk of a choice that the engine ended after some tokens."""
        end, sent = '"finish_reason":"abort","stop_reason":null,"token_ids":null', len(tokens)
        delta = '{"content":""}' if tokens and tokens[-1].part == "content" else "{}"
        choice = f'{{"index":{index},"delta":{delta},"logprobs":null,{end}}}'
        return f"{self._chunk}{choice}]{self._usage(sent)}{self._mark()}}}\n\n"

    def _mark(self) -> str:
        """Return the fingerprint, which is on a choice's last chunk unless a usage chunk comes to carry it."""
        return f',"system_fingerprint":"{FINGERPRINT}"' if self._kind.native and not self._asked.usage else ""

    def last(self, usage: dict[str, Any], metrics: dict[str, Any] | None) -> str:
        """Return the chunk that holds the usage of all choices."""
        more = f',"system_fingerprint":"{FINGERPRINT}"' if self._kind.native else ""
        more += f',"metrics":{as_json(metrics)}' if metrics and self._kind.native else ""
        more += f',"timings":{as_json(_timings(usage, metrics))}' if metrics and self._kind.timings else ""
        return f'{self._chunk}],"usage":{as_json(usage)}{more}}}\n\n'

    def whole(self, choices: Sequence[tuple[Sequence[Token], str, str | int | None]], usage: Any, metrics: Any) -> Any:
        """Return a completion that is not streamed, from each choice's tokens, finish reason and stop reason."""
        made = []
        for index, (tokens, finish, stop_reason) in enumerate(choices):
            choice = {"index": index, "message": self._message(tokens), "logprobs": None, "finish_reason": finish}
            if self._kind.native:
                ids = [token.id for token in tokens] if self._asked.token_ids else None
                choice |= {"stop_reason": stop_reason, "token_ids": ids, "routed_experts": None}
            made.append(choice)
        body = {**self._head, "choices": made} | ({"usage": usage} if self._kind.usage else {})
        if self._kind.timings and metrics:
            body["timings"] = _timings(usage, metrics)
        if self._kind.native:
            ids = list(self._prompt) if self._asked.token_ids else None
            body |= {
                "service_tier": None,
                "system_fingerprint": FINGERPRINT,
                "prompt_logprobs": None,
                "prompt_token_ids": ids,
                "prompt_text": None,
                "kv_transfer_params": None,
                "ec_transfer_params": None,
                "metrics": metrics,
            }
        return body

    def _usage(self, sent: int) -> str:
        if not self._always:
            return ""
        prompt = len(self._prompt)
        counts = f'"prompt_tokens":{prompt},"total_tokens":{prompt + sent},"completion_tokens":{sent}'
        return f',"usage":{{{counts},"completion_tokens_details":{{"reasoning_tokens":0}}}}'

    def _delta(self, tokens: Sequence[Token]) -> str:
        field, shown = self._kind.reasoning, self._asked.reasoning
        quick = len(tokens) == 1 and shown and field is not None
        if quick and tokens[0].part in ("content", "end"):
            return f'{{"content":{tokens[0].encoded}}}'
        if quick and tokens[0].part == "reasoning" and not self._kind.hides_thinking:
            return f'{{"{field}":{tokens[0].encoded}}}'
        thought, said = self._texts(tokens)
        delta: dict[str, str | None] = {}
        if thought and field is not None and shown:
            delta[field] = thought
        if said or any(token.part in ("content", "end") for token in tokens):
            delta["content"] = said
            if not shown and field is not None:
                delta[field] = None
        if tokens[-1].part == "end" and not said and not shown:
            return "{}"
        return as_json(delta)

    def _texts(self, tokens: Sequence[Token]) -> tuple[str, str]:
        if self._kind.hides_thinking:
            return "", "".join(token.text for token in tokens if token.part == "content")
        if self._kind.reasoning is None:
            return "", "".join(token.text for token in tokens)
        thought = "".join(token.text for token in tokens if token.part == "reasoning")
        return thought, "".join(token.text for token in tokens if token.part == "content")

    def _message(self, tokens: Sequence[Token]) -> dict[str, Any]:
        thought, said = self._texts(tokens)
        if self._kind.reasoning is None:
            said = ("<think>\n" if self._opening else "") + said
        message: dict[str, Any] = {"role": "assistant", "content": said or None}
        if self._kind.native:
            message |= {"refusal": None, "annotations": None, "audio": None, "function_call": None}
        if self._kind.reasoning is not None and not self._kind.hides_thinking:
            closed = any(token.part == "close" for token in tokens)
            shown = self._asked.reasoning and (thought or closed)
            message[self._kind.reasoning] = thought if shown else None
        return message


def _timings(usage: dict[str, Any], metrics: dict[str, Any]) -> dict[str, Any]:
    """Return what llama.cpp tells of a completion's pace."""
    return {
        "prompt_n": usage["prompt_tokens"],
        "prompt_ms": metrics["time_to_first_token_ms"],
        "predicted_n": usage["completion_tokens"],
        "predicted_ms": metrics["generation_time_ms"],
        "predicted_per_second": metrics["tokens_per_second"],
    }
