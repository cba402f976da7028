"""The client for one server that speaks OpenAI's chat completions: vLLM, SGLang, llama.cpp, Ollama and others."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec

from tui_aide.errors import ModelError, ModelRefusedError, ModelUnavailableError
from tui_aide.models.chat import ChatRequest, Delta, Finish, Restart, Rethought, StreamItem, ThinkingEnd
from tui_aide.models.completion import BrokenStreamError, CompletionReader, RefusedInStreamError
from tui_aide.models.connection import Patience, RefusedFieldError, ServerConnection, TransientError
from tui_aide.models.continuing import Cut, continuation, thinking_on
from tui_aide.models.draw import Draw, PromptShare
from tui_aide.models.facts import ServedModel, ServerFacts, ask_models, describe_server
from tui_aide.models.merging import merged
from tui_aide.models.request_body import OPTIONAL, answer_reserve, estimated_prompt, request_body, thinking_budget
from tui_aide.models.trial import TrialFile, tried_out

_LONGEST_WAIT = 30.0
_LONGEST_ASKED_WAIT = 300.0
_LIMITS = frozenset({"max_tokens", "max_completion_tokens"})
_SLACK = 32
_LEAST_ROOM = 64
_LONGEST_ANSWER = 32_768
_CONTINUATIONS = 2


class _OneByOne(Exception):
    """The server gives one completion a request."""


class OpenAICompatibleModel:
    """A chat model behind one server.

    Args:
        base_url: the server's address with or without `/v1`.
        model: its name there; by default the first that the server lists.
        api_key_env: environment variable that holds the key, if the server wants one.
        send_key: whether the server is told the key; not one that nobody named, whatever it may be.
        thinking: the model starts inside its thinking and the server does not tell reasoning from answer.
        retries: further attempts after a failure that may pass.
        reconnects: further attempts where no connection can be made; by default as many.
        backoff: seconds before the first of these; doubled each time, with some chance in it.
        patience: seconds until the first token; a server with a full batch lets requests wait.
        silence: seconds without a byte after which a stream that has begun counts as dead.
        trials: what is remembered of servers; a server of unknown kind is tried out first.

    Raises:
        UsageError: `base_url` is no address, or holds a password.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        *,
        send_key: bool = True,
        thinking: bool = False,
        retries: int = 4,
        reconnects: int | None = None,
        backoff: float = 0.5,
        patience: float = 600.0,
        silence: float = 120.0,
        trials: TrialFile | None = None,
    ) -> None:
        self.connection = ServerConnection(
            base_url,
            key_variable=api_key_env,
            send_key=send_key,
            patience=Patience(first_token=patience, silence=silence),
        )
        self.url = str(self.connection)
        self.facts = ServerFacts()
        self._asked_model = model
        self._model: ServedModel | None = None
        self._thinking = thinking
        self._retries = retries
        self._reconnects = retries if reconnects is None else reconnects
        self._backoff = backoff
        self._trials = trials
        self._without: frozenset[str] = frozenset()
        self._asking = asyncio.Lock()

    @property
    def name(self) -> str:
        """The model's name at the server, or the server's address until it is known."""
        return self._asked_model or (self._model.id if self._model else self.url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self.connection.aclose()

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        """Stream completions; closing the iterator closes the connection, which stops the generation.

        Raises:
            ModelRefusedError: the server refuses this request, for example as its prompt is too long.
            ModelUnavailableError: no server answers, or its streams break.
            ModelError: it refuses every request.
        """
        return self.draw(request, range(request.sampling.n))

    def draw(self, request: ChatRequest, choices: Sequence[int]) -> AsyncGenerator[StreamItem, None]:
        """Stream only some of a request's choices, the i-th with seed + i; as `stream`."""
        return self._drawn(request, [Draw(choice) for choice in choices])

    async def _drawn(self, request: ChatRequest, draws: Sequence[Draw]) -> AsyncGenerator[StreamItem, None]:
        """Stream until each draw is done, one by one where they cannot be asked for at once."""
        attempt = 0
        while draws:
            without = self._without  # others may learn meanwhile what this server refuses
            try:
                async with aclosing(self._attempt(request, draws)) as items:
                    async for item in items:
                        yield item
                return
            except _OneByOne:
                break
            except RefusedFieldError as error:
                if error.field not in OPTIONAL or error.field in without:
                    raise ModelRefusedError(str(error)) from error
                self._without |= _LIMITS if error.field in _LIMITS else {error.field}
                reason, wait = str(error), 0.0
            except TransientError as error:
                reason = self.connection.hide(str(error))
                if attempt >= (self._reconnects if error.unreachable else self._retries):
                    raise ModelUnavailableError(reason, self.connection.hide(error.cause)) from error
                wait = max(min(error.wait, _LONGEST_ASKED_WAIT), min(self._backoff * 2**attempt, _LONGEST_WAIT))
                attempt += 1
            for draw in draws:
                if draw.begun and not draw.done:
                    draw.void()
                    yield Restart(reason, draw.choice)
            await asyncio.sleep(wait * random.uniform(1.0, 1.5))
            if any(draw.done for draw in draws):
                break  # some of them came to their end before it broke: only the others are asked for again
        rest = [self._drawn(request, (draw,)) for draw in draws if not draw.done]
        async with aclosing(merged(rest)) as merging:
            async for item in merging:
                yield item

    async def _attempt(self, request: ChatRequest, draws: Sequence[Draw]) -> AsyncGenerator[StreamItem, None]:
        """Ask once for the completions of `draws`."""
        model, facts = await self.known()
        apart = draws[-1].choice - draws[0].choice >= len(draws)  # a server's seeds go up one by one
        closes = facts.thinking_budget and "thinking_token_budget" not in self._without
        unwatched = request.sampling.thinking_budget is not None and not closes  # of several, none can be ended here
        if len(draws) > 1 and (apart or unwatched or not facts.choices or "n" in self._without):
            raise _OneByOne
        room = None if model.max_model_len is None else model.max_model_len - estimated_prompt(request)
        budget = thinking_budget(request.sampling, room)
        seed = request.sampling.seed + draws[0].choice
        path = "chat/completions"
        reader = CompletionReader(self._thinking)
        if request.thought:
            most = request.sampling.max_tokens or _LONGEST_ANSWER
            going_on = await thinking_on(
                self.connection, model, facts, request, seed=seed, max_tokens=most, without=self._without
            )
            path, body = going_on.path, going_on.body
            reader = CompletionReader(self._thinking or going_on.raw)
        else:
            body = request_body(request, model, facts, n=len(draws), seed=seed, without=self._without)
        prompt = PromptShare()
        overrun = False
        try:
            async with aclosing(self.connection.stream(path, body, _request_id(request, draws[0]))) as pieces:
                async for data in pieces:
                    for item in _mapped(reader.feed(data), draws, budget):
                        yield item
                    for item in self._early(reader, draws, prompt):
                        yield item
                    overrun = len(draws) == 1 and budget is not None and draws[0].overran(budget + _SLACK)
                    if reader.done or overrun:
                        break
            if not overrun:
                reader.check()
        except BrokenStreamError as error:
            raise TransientError(f"{self.url} failed: {error}") from error
        except RefusedInStreamError as error:
            raise self.connection.refused(error.status, error.body, of_a_request=True) from error
        for item in _mapped(reader.flush(), draws, budget):
            yield item
        cut: list[Draw] = []
        for number, draw in enumerate(draws):
            if draw.done:
                continue
            known = reader.choices.get(number)
            if known is None:
                self._without |= {"n"}
                raise TransientError(f"{self.url} gave {len(reader.choices)} of {len(draws)} completions")
            size = reader.prompt or estimated_prompt(request)
            draw.spend(reader.tokens(number), size, prompt.take(size))
            if overrun or known.reason == "length":
                cut.append(draw)
            else:
                yield draw.finish("stop" if known.reason == "stop" else "abort", self.url)
        continued = [self._continued(request, draw, model, facts, budget, overrun) for draw in cut]
        async with aclosing(merged(continued)) as items:
            async for item in items:
                yield item

    def _early(self, reader: CompletionReader, draws: Sequence[Draw], prompt: PromptShare) -> list[Finish]:
        """Return the ends of choices that are done while others go on."""
        if len(draws) == 1:
            return []
        found: list[Finish] = []
        for number, known in reader.choices.items():
            if known.reason == "stop" and number < len(draws) and not draws[number].done:
                if sum(not d.done for d in draws) == 1:
                    break  # the last one waits for what the server tells at the end
                draws[number].spend(reader.tokens(number), reader.prompt, prompt.take(reader.prompt))
                found.append(draws[number].finish("stop", self.url))
        return found

    async def _continued(
        self,
        request: ChatRequest,
        draw: Draw,
        model: ServedModel,
        facts: ServerFacts,
        budget: int | None,
        overrun: bool,
    ) -> AsyncGenerator[StreamItem, None]:
        """Close a thinking that was cut and have the answer written, or have a cut answer go on."""
        limit = request.sampling.max_tokens or _LONGEST_ANSWER
        if not draw.answer_text.strip():
            why = f"the thinking budget of {budget:,} tokens is spent" if overrun else "the limit came while it thought"
            yield ThinkingEnd(draw.written.reasoning, why, draw.choice)
        for _ in range(_CONTINUATIONS):
            most = max(answer_reserve(limit), limit - draw.written.total)
            if model.max_model_len is not None:
                most = min(most, model.max_model_len - draw.held - _LEAST_ROOM)
            if most < _LEAST_ROOM:
                break
            cut = Cut(request.thought + draw.reasoning_text, draw.answer_text)
            seed = request.sampling.seed + draw.choice
            try:
                asked = await continuation(
                    self.connection, model, facts, request, cut, seed=seed, max_tokens=most, without=self._without
                )
                reader = CompletionReader(raw=asked.raw)
                async with aclosing(
                    self.connection.stream(asked.path, asked.body, _request_id(request, draw))
                ) as pieces:
                    async for data in pieces:
                        for item in _mapped(reader.feed(data), (draw,), None):
                            yield item
                        if reader.done:
                            break
                reader.check()
            except BrokenStreamError as error:
                raise TransientError(f"{self.url} failed: {error}") from error
            except (ModelRefusedError, RefusedFieldError, RefusedInStreamError):
                break  # what is there so far is the answer
            for item in _mapped(reader.flush(), (draw,), None):
                yield item
            draw.spend(reader.tokens(0), reader.prompt, reader.prompt)
            if reader.choices[0].reason != "length":
                yield draw.finish("stop", self.url)
                return
        yield draw.finish("length", self.url)

    async def known(self) -> tuple[ServedModel, ServerFacts]:
        """Return the model to ask for and what its server can do, asked for once.

        Raises:
            TransientError: the server does not answer.
            ModelError: it refuses, or lists no model and none was named.
        """
        async with self._asking:
            if self._model is None:
                listed = await ask_models(self.connection)
                if listed is None and self._asked_model is None:
                    raise ModelError(f"{self.url} refused the request (404): Not Found. Name a model with --model NAME")
                model = self._chosen(listed or [])
                facts = await describe_server(self.connection, listed)
                now = self._trials is not None and facts.kind == "unknown"
                self.facts = await tried_out(self.connection, model, facts, self._trials, now=now)
                self._model = model  # last: whoever is cancelled meanwhile leaves nothing half known
            return self._model, self.facts

    def _chosen(self, listed: list[ServedModel]) -> ServedModel:
        if self._asked_model:
            return next((m for m in listed if m.id == self._asked_model), ServedModel(self._asked_model))
        if listed:
            return listed[0]
        raise ModelError(f"{self.url} lists no model: name one with --model NAME")

    async def answers(self) -> str:
        """Return why the server cannot be used just now, or an empty string when it serves our model."""
        try:
            listed = await ask_models(self.connection, seconds=5.0)
            if listed and self._asked_model and self._asked_model not in (m.id for m in listed):
                return f"it serves {', '.join(m.id for m in listed[:3])}, not {self._asked_model}"
            if self.facts.kind == "vllm":
                health = await self.connection.get("health", root=True, seconds=5.0)
                if health.status != 200:
                    return f"it says that it is not healthy ({health.status})"
        except TransientError as error:
            return error.cause
        except ModelError as error:
            return str(error)
        return ""

    def forget(self) -> None:
        """Ask the server anew what it is and serves, before the next request."""
        self._model = None


def _request_id(request: ChatRequest, draw: Draw) -> str:
    """Return what the server's log is to call the next request of a draw; a repeated one has another name.

    A server may still hold the one before, and takes no two requests of one name at once.
    """
    if not request.request_id:
        return ""
    parts = [request.request_id, *([str(draw.choice)] if request.sampling.n > 1 else [])]
    if draw.requests:
        parts.append(f"again{draw.requests}")
    draw.requests += 1
    return "-".join(parts)


def _mapped(items: Sequence[Delta | Rethought], draws: Sequence[Draw], budget: int | None) -> list[StreamItem]:
    """Return items with our numbers of their choices, kept in their draws; tells where a budget closed the thinking."""
    out: list[StreamItem] = []
    for item in items:
        if item.choice >= len(draws):
            continue  # more than we asked for
        draw = draws[item.choice]
        choice = draw.choice
        if isinstance(item, Rethought):
            draw.rethink()
            out.append(Rethought(choice))
            continue
        if item.kind == "answer" and budget is not None and draw.closes(budget - 2):
            out.append(
                ThinkingEnd(draw.streamed_reasoning, f"the thinking budget of {budget:,} tokens is spent", choice)
            )
        draw.add(item)
        out.append(item if item.choice == choice else msgspec.structs.replace(item, choice=choice))
    return out
