"""POST /v1/completions: raw prompts as text or token ids, raw texts back."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.vllm_double.asked import Asked, check_model, decoded, read
from tests.vllm_double.errors import Refusal, answer_late, bad_request
from tests.vllm_double.foreign import overflow
from tests.vllm_double.planned import Planned, Token, as_json, plan
from tests.vllm_double.running import Choice, Run
from tests.vllm_double.template import parse
from tests.vllm_double.tokens import BOS, decode, encode, known
from tests.vllm_double.wire import FINGERPRINT

if TYPE_CHECKING:
    from tests.vllm_double.server import Double

_DEFAULT_TOKENS = 16


async def completions(request: web.Request, double: Double) -> web.StreamResponse:
    """Go on with a prompt."""
    body = await decoded(request)
    double.note(request, body)
    try:
        return await _completion(request, double, body)
    except Refusal as refusal:
        return answer_late(refusal, bool(body.get("stream")))


async def _completion(request: web.Request, double: Double, body: dict[str, Any]) -> web.StreamResponse:
    check_model(body, double.model, double.options.model)
    ids = prompt_ids(body.get("prompt"), bool(body.get("add_special_tokens", True)))
    request_id = body.get("request_id") or request.headers.get("X-Request-Id") or secrets.token_hex(8)
    asked = read({"max_tokens": _DEFAULT_TOKENS} | body, double.options, str(request_id), double.kind.takes_n)
    if len(ids) >= double.options.max_model_len:
        raise overflow(double.options.kind, double.options.max_model_len, len(ids))
    double.admit(asked)
    now, prompt = double.now(), parse(decode(ids))
    choices = [
        Choice(
            i, plan(asked, prompt, len(ids), asked.seed + i, double.options, raw=True), ids, asked, now, double.options
        )
        for i in range(asked.n)
    ]
    wire = TextWire(asked, f"cmpl-{asked.request_id}", double.options.model, int(time.time()), ids)
    return await Run(double, request, asked, choices, wire).answer()


def prompt_ids(prompt: Any, special: bool) -> list[int]:
    """Return a prompt's ids, from text or ids; a list of one such prompt will do, too.

    A text is begun by a special token where these are to be added, whether one stands there already or not.

    Raises:
        Refusal: an id is none.
    """
    if prompt is None or prompt == "":
        raise bad_request("Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)", "prompt")
    if not prompt:
        raise bad_request("You must pass at least one prompt")
    if isinstance(prompt, list) and isinstance(prompt[0], str | list):
        if len(prompt) > 1:
            raise bad_request("the double takes one prompt a request")
        prompt = prompt[0]
    if isinstance(prompt, str):
        return raw_ids(prompt, special)
    wrong = [token for token in prompt if not known(token)]
    if wrong:
        raise bad_request(f"Token id {max(wrong)} is out of vocabulary", late=True)
    return list(prompt)


class TextWire:
    """Words chunks and whole completions of raw text, where nothing tells thinking from answer."""

    def __init__(self, asked: Asked, name: str, model: str, created: int, prompt: Sequence[int]) -> None:
        self._asked = asked
        self._prompt = prompt
        self._head = {"id": name, "object": "text_completion", "created": created, "model": model}
        self._chunk = "data: " + as_json(self._head)[:-1] + ',"choices":['

    def role(self, index: int) -> str:
        """Return nothing: a text has no role."""
        return ""

    def tokens(self, index: int, tokens: Sequence[Token], sent: int, planned: Planned | None) -> str:
        """Return the chunk for some tokens."""
        text = "".join(token.text for token in tokens)
        finish = as_json(planned.finish if planned else None)
        ids = as_json([token.id for token in tokens]) if self._asked.token_ids else "null"
        end = f'"finish_reason":{finish},"stop_reason":{as_json(planned.stop_reason if planned else None)}'
        first = self._asked.token_ids and sent == len(tokens)
        prompt = as_json(list(self._prompt) if first else None)
        more = f'"logprobs":null,{end},"prompt_token_ids":{prompt},"token_ids":{ids}'
        mark = self._mark() if planned is not None else ""
        return f'{self._chunk}{{"index":{index},"text":{as_json(text)},{more}}}]{self._usage(sent)}{mark}}}\n\n'

    def _mark(self) -> str:
        return "" if self._asked.usage else f',"system_fingerprint":"{FINGERPRINT}"'

    def broken_off(self, index: int, tokens: Sequence[Token]) -> str:
        """Return the last chunk of a choice that the engine ended after some tokens."""
        sent = len(tokens)
        more = '"logprobs":null,"finish_reason":"abort","stop_reason":null,"prompt_token_ids":null,"token_ids":null'
        return f'{self._chunk}{{"index":{index},"text":"",{more}}}]{self._usage(sent)}{self._mark()}}}\n\n'

    def last(self, usage: dict[str, Any], metrics: dict[str, Any] | None) -> str:
        """Return the chunk that holds the usage of all choices."""
        usage = {key: value for key, value in usage.items() if key != "completion_tokens_details"}
        if usage.get("prompt_tokens_details"):
            usage["prompt_tokens_details"] = {"cached_tokens": usage["prompt_tokens_details"]["cached_tokens"]}
        more = f',"metrics":{as_json(metrics)}' if metrics else ""
        return f'{self._chunk}],"usage":{as_json(usage)},"system_fingerprint":"{FINGERPRINT}"{more}}}\n\n'

    def whole(self, choices: Sequence[tuple[Sequence[Token], str, str | int | None]], usage: Any, metrics: Any) -> Any:
        """Return a completion that is not streamed."""
        made = [
            {
                "index": index,
                "text": "".join(token.text for token in tokens),
                "logprobs": None,
                "finish_reason": finish,
                "stop_reason": stop_reason,
                "token_ids": [token.id for token in tokens] if self._asked.token_ids else None,
                "prompt_logprobs": None,
                "prompt_token_ids": list(self._prompt) if self._asked.token_ids else None,
                "routed_experts": None,
            }
            for index, (tokens, finish, stop_reason) in enumerate(choices)
        ]
        more = {"service_tier": None, "system_fingerprint": FINGERPRINT, "usage": usage | _NO_DETAILS}
        transfers = {"kv_transfer_params": None, "ec_transfer_params": None}
        return {**self._head, "choices": made, **more, **transfers, "metrics": metrics}

    def _usage(self, sent: int) -> str:
        if not self._asked.usage_always:
            return ""
        prompt = len(self._prompt)
        return f',"usage":{{"prompt_tokens":{prompt},"total_tokens":{prompt + sent},"completion_tokens":{sent}}}'


_NO_DETAILS = {"completion_tokens_details": None}


def raw_ids(text: str, special: bool) -> list[int]:
    """Return the ids of a text, begun as a prompt where special tokens are to be added."""
    return encode((BOS if special else "") + text)
