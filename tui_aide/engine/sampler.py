"""One completion of the model, streamed into a candidate's files, within the budget, told to the journal."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from contextlib import aclosing

import msgspec

from tui_aide.engine.budget import BudgetSpent, Ledger
from tui_aide.engine.gpu import GpuGate
from tui_aide.engine.live import LiveNode
from tui_aide.engine.slots import Slots
from tui_aide.engine.store import Store, TextSink
from tui_aide.engine.strategies.strategy import Completion
from tui_aide.errors import ContextOverflowError, ModelError, SessionError
from tui_aide.models.chat import (
    ChatModel,
    ChatRequest,
    Delta,
    Finish,
    Restart,
    Rethought,
    ThinkingEnd,
)
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

KILLED = "killed"
"""Why a sample ended that the user stopped."""

_SMALLER = (0.5, 0.25, 0.1)
"""Shares of their allowances that a prompt's sections get where the model's context is too small."""

_MOST_BLANKS = 400
"""Blanks at a stretch that end an answer with a schema: grammars permit them until `max_tokens`, and models loop."""


class Place(msgspec.Struct, frozen=True):
    """Where a sample's text goes: the node, the candidate, the folder below the node's (with its slash), and why."""

    node: int
    candidate: int
    folder: str
    purpose: str


class Sampler:
    """Draws completions for one node, and keeps what they cost."""

    def __init__(
        self,
        *,
        model: ChatModel,
        streams: Slots,
        gate: GpuGate,
        store: Store,
        emit: Callable[[ev.Event], object],
        live: LiveNode,
        ledger: Ledger,
    ) -> None:
        self.count = 0
        self.tokens = Tokens()
        self.seconds = 0.0
        self._model = model
        self._streams = streams
        self._gate = gate
        self._store = store
        self._emit = emit
        self._live = live
        self._ledger = ledger
        self._streaming: set[_Stream] = set()

    def kill(self, candidate: int | None = None) -> int:
        """Have the samples of all candidates, or of one, that stream now end as killed; return how many."""
        killed = [s for s in self._streaming if candidate in (None, s.place.candidate)]
        for stream in killed:
            stream.kill()
        return len(killed)

    async def draw(self, write: Callable[[float, int], ChatRequest], place: Place) -> Completion:
        """Stream one completion into reasoning.md and answer.md.

        Args:
            write: writes the request with sections of a given share of their allowances, for a sample's number; a
                prompt that the model's context cannot hold is written anew with smaller ones, a few times.
            place: where its text goes.

        Raises:
            BudgetSpent: the budget of tokens ended before or during it.
            ModelError: the model cannot be reached, or refuses.
        """
        sample = self.count
        self.count += 1
        async with self._streams.take(), self._gate.thinking():
            request = write(1.0, sample)
            self._emit(
                ev.SampleStarted(
                    node=place.node,
                    sample=sample,
                    model=self._model.name,
                    candidate=place.candidate,
                    purpose=place.purpose,
                )
            )
            started = time.monotonic()
            try:
                for scale in _SMALLER:
                    try:
                        return await _Stream(self, request, place, sample, started).read()
                    except ContextOverflowError as error:
                        message = f"#{place.node}: prompt shortened: {error}"
                        self._emit(ev.Notice(level="info", message=message))
                        request = write(scale, sample)
                return await _Stream(self, request, place, sample, started).read()
            finally:
                self.seconds += time.monotonic() - started


class _Stream:
    """One request on its way."""

    def __init__(self, sampler: Sampler, request: ChatRequest, place: Place, sample: int, started: float) -> None:
        self._sampler = sampler
        self._ledger = sampler._ledger
        self._store = sampler._store
        self._live = sampler._live
        self._request = request
        self.place = place
        self._sample = sample
        self._started = started
        self._texts: dict[str, list[str]] = {"reasoning": [], "answer": []}
        self._sinks: dict[str, TextSink] = {}
        self._first = 0.0
        self._streamed = {"reasoning": 0, "answer": 0}
        self._restarted = False
        self._blanks = 0
        self._letters = sum(len(m.content) for m in request.messages)
        self._prompt = 0
        self._task: asyncio.Task[object] | None = None
        self._killed = False

    def kill(self) -> None:
        """End it now; what came so far is all that there is."""
        if self._task is not None and not self._killed:
            self._killed = True
            self._task.cancel()

    async def read(self) -> Completion:
        """Read it to its end; what was counted meanwhile gives way to the server's own count."""
        self._task = asyncio.current_task()
        self._sampler._streaming.add(self)
        try:
            return await self._read()
        except asyncio.CancelledError:
            if not self._killed or self._task is None or self._task.uncancel():
                raise  # it is the node, or the search, that ends
            return Completion("".join(self._texts["reasoning"]), "".join(self._texts["answer"]), KILLED, self._cost())
        finally:
            self._sampler._streaming.discard(self)

    async def _read(self) -> Completion:
        ledger = self._ledger
        end: Finish | None = None
        self._prompt = ledger.prompt_tokens(self._letters)
        request = self._within_budget()
        ledger.count(self._prompt)
        self._live.begin(self._sample, request.sampling.thinking_budget)
        try:
            async with aclosing(self._sampler._model.stream(request)) as stream:
                async for item in stream:
                    if isinstance(item, Finish):
                        end = item
                    else:
                        self._take(item)
                        if self._blanks > _MOST_BLANKS:
                            end = Finish("blank", self._cost())
                            break
        except (asyncio.CancelledError, BudgetSpent):
            self._cut_off(KILLED if self._killed else "cancelled")
            raise
        except BaseException:
            self._lost()
            raise
        finally:
            self._live.end(self._sample)
            for sink in self._sinks.values():
                sink.close()
        if end is None:
            self._lost()
            raise ModelError(f"the model {self._sampler._model.name} broke its stream off without an end")
        cost = end.tokens
        if self._restarted:  # another server may have ended it, which knows nothing of what was streamed in vain
            told = cost.reasoning + cost.answer
            cost += Tokens(reasoning=max(0, sum(self._streamed.values()) - told))
        ledger.count(cost.total - self._prompt - sum(self._streamed.values()))
        ledger.learn(self._letters, end.tokens.prompt)
        self._finished(cost, end.reason, end.server)
        return Completion("".join(self._texts["reasoning"]), "".join(self._texts["answer"]), end.reason, end.tokens)

    def _within_budget(self) -> ChatRequest:
        """Return the request with no more tokens than the budget has left.

        Raises:
            BudgetSpent: there is no room for an answer.
        """
        left = self._ledger.tokens_left()
        if left is None:
            return self._request
        room = left - self._prompt
        if room < 1:
            raise self._ledger.refuse(self._prompt + 1)
        sampling = self._request.sampling
        allowed = room if sampling.max_tokens is None else min(room, sampling.max_tokens)
        return msgspec.structs.replace(self._request, sampling=msgspec.structs.replace(sampling, max_tokens=allowed))

    def _take(self, item: Delta | Rethought | ThinkingEnd | Restart) -> None:
        place = self.place
        match item:
            case Delta():
                self._write(item)
            case Rethought():
                self._rethink()
            case ThinkingEnd(tokens=tokens, reason=reason):
                self._sampler._emit(
                    ev.ThinkingClosed(
                        node=place.node, sample=self._sample, tokens=tokens, reason=reason, candidate=place.candidate
                    )
                )
            case Restart(reason=reason):
                for kind, sink in self._sinks.items():
                    sink.close()
                    self._store.write(place.node, f"{place.folder}{kind}.md", "")
                    self._texts[kind].clear()
                self._sinks, self._first, self._blanks = {}, 0.0, 0
                self._restarted = True
                self._live.begin(self._sample, self._request.sampling.thinking_budget)
                self._sampler._emit(
                    ev.SampleRestarted(node=place.node, sample=self._sample, reason=reason, candidate=place.candidate)
                )

    def _write(self, item: Delta) -> None:
        place, kind = self.place, item.kind
        left = self._ledger.tokens_left()
        if left is not None and item.tokens > left:
            raise self._ledger.refuse(self._prompt + sum(self._streamed.values()) + item.tokens)
        if not self._first:
            self._first = time.monotonic() - self._started
            self._live.first_token(self._sample, self._first)
        if kind not in self._sinks:
            self._sinks[kind] = self._store.stream(place.node, f"{place.folder}{kind}.md")
            if kind == "answer":
                self._sampler._emit(ev.AnswerStarted(node=place.node, sample=self._sample, candidate=place.candidate))
        text = item.text if self._texts[kind] else item.text.lstrip("\n")  # two come after </think>
        if text:
            self._sinks[kind].write(text)
            self._texts[kind].append(text)
        if kind == "answer" and self._request.schema is not None:
            trailing = len(text) - len(text.rstrip())
            self._blanks = trailing + (self._blanks if trailing == len(text) else 0)
        self._streamed[kind] += item.tokens
        self._live.count(self._sample, item.tokens, kind)
        self._ledger.count(item.tokens)

    def _rethink(self) -> None:
        """Take all of the answer so far for thinking, in the files too."""
        place = self.place
        thought = "".join(self._texts["answer"])
        if (sink := self._sinks.pop("answer", None)) is not None:
            sink.close()
            self._store.write(place.node, f"{place.folder}answer.md", "")
        if "reasoning" not in self._sinks:
            self._sinks["reasoning"] = self._store.stream(place.node, f"{place.folder}reasoning.md")
        self._sinks["reasoning"].write(thought)
        self._texts["reasoning"].append(thought)
        self._texts["answer"].clear()
        self._streamed = {"reasoning": sum(self._streamed.values()), "answer": 0}
        self._live.rethink(self._sample)

    def _lost(self) -> None:
        """Count what was streamed before the model was lost; a request that came to nothing cost nothing."""
        if sum(self._streamed.values()):
            self._cut_off("abort")
        else:
            self._ledger.count(-self._prompt)

    def _cut_off(self, finish: str) -> None:
        """Count what a sample has cost that came to no end: nobody tells us, so it is what was streamed."""
        with contextlib.suppress(SessionError):  # a full disk is why it is cancelled
            self._finished(self._cost(), finish, "")

    def _cost(self) -> Tokens:
        return Tokens(self._prompt, self._streamed["reasoning"], self._streamed["answer"])

    def _finished(self, tokens: Tokens, finish: str, server: str) -> None:
        self._sampler.tokens += tokens
        self._sampler._emit(
            ev.SampleFinished(
                node=self.place.node,
                sample=self._sample,
                tokens=tokens,
                seconds=time.monotonic() - self._started,
                first_token_seconds=self._first,
                finish=finish,
                thinking_budget=self._request.sampling.thinking_budget,
                server=server,
                candidate=self.place.candidate,
                purpose=self.place.purpose,
            )
        )
