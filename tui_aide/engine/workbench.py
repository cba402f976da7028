"""The workbench of one node: what its strategy samples, accepts and executes, with all the bookkeeping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing

import msgspec

from tui_aide.code.extraction import extract, title
from tui_aide.code.preflight import Finding
from tui_aide.code.syntax import syntax_error
from tui_aide.engine.checking import check_script
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.live import LiveNode
from tui_aide.engine.prompting import corrected, write_prompt
from tui_aide.engine.store import Store, TextSink
from tui_aide.engine.strategies.strategy import Completion, Result
from tui_aide.errors import ContextOverflowError, ModelError
from tui_aide.execution.executor import Usage
from tui_aide.models.chat import (
    ChatModel,
    ChatRequest,
    Delta,
    Finish,
    Proposal,
    Restart,
    Rethought,
    Sampling,
    ThinkingEnd,
)
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

_SMALLER = (0.5, 0.25, 0.1)
"""Shares of their allowances that a prompt's sections get where the model's context is too small."""


class NodeWorkbench:
    """Implements `Workbench` for one node; keeps what the node cost."""

    def __init__(
        self,
        *,
        proposal: Proposal,
        seed: int,
        model: ChatModel,
        streams: asyncio.Semaphore,
        evaluator: Evaluator,
        store: Store,
        emit: Callable[[ev.Event], object],
        live: LiveNode,
        seconds_left: Callable[[], float | None],
        sampling: Sampling | None = None,
        session: str = "search",
    ) -> None:
        self.tokens = Tokens()
        self.model_seconds = 0.0
        self.execution_seconds = 0.0
        self.peak_memory = 0
        self._proposal = proposal
        self._node = proposal.number
        self._seed = seed
        self._model = model
        self._streams = streams
        self._evaluator = evaluator
        self._store = store
        self._emit = emit
        self._live = live
        self._seconds_left = seconds_left
        self._sampling = sampling or Sampling()
        self._session = session
        self._samples = 0
        self._found: tuple[str, tuple[str, ...]] | None = None

    def request(self) -> ChatRequest:
        """Return the request for this node, and keep its prompt in the node's folder."""
        self._found = None  # of a try before this one, which lost its model
        return self._request(1.0)

    def _request(self, scale: float) -> ChatRequest:
        prompt = write_prompt(self._proposal, scale)
        if self._found is not None:
            prompt = corrected(prompt, *self._found, scale)
        self._store.write(self._node, "prompt.md", prompt.markdown())
        return ChatRequest(
            messages=prompt.messages,
            proposal=self._proposal,
            sampling=msgspec.structs.replace(self._sampling, seed=self._seed),
            request_id=f"{self._session}-node-{self._node}-{self._samples}",
        )

    async def check(self, code: str) -> list[Finding]:
        """Return what is certain to go wrong when the script runs, without running it."""
        return await check_script(code, self._proposal.view)

    def corrected(self, code: str, findings: Sequence[Finding]) -> ChatRequest:
        """Return the request that shows a script again with what was found in it, and tell the journal."""
        told = tuple(f.placed for f in findings)
        self._found = (code, told)
        number = self._samples - 1
        for name in ("prompt.md", "reasoning.md", "answer.md"):
            self._store.write(self._node, f"{name.removesuffix('.md')}-{number}.md", self._store.read(self._node, name))
        for name in ("reasoning.md", "answer.md"):
            self._store.write(self._node, name, "")
        self._emit(ev.Notice(level="info", message=f"#{self._node}: written anew, not run: {'; '.join(told)[:500]}"))
        return self._request(1.0)

    async def sample(self, request: ChatRequest) -> Completion:
        """Stream one completion into reasoning.md and answer.md.

        A prompt that the model's context cannot hold is written anew with smaller sections, a few times.
        """
        sample = self._samples
        self._samples += 1
        async with self._streams, self._evaluator.gate.thinking():
            self._emit(ev.SampleStarted(node=self._node, sample=sample, model=self._model.name))
            started = time.monotonic()
            try:
                for scale in _SMALLER:
                    try:
                        return await self._stream(request, sample, started)
                    except ContextOverflowError as error:
                        self._emit(ev.Notice(level="info", message=f"#{self._node}: prompt shortened: {error}"))
                        request = msgspec.structs.replace(request, messages=self._request(scale).messages)
                return await self._stream(request, sample, started)
            finally:
                self.model_seconds += time.monotonic() - started

    async def _stream(self, request: ChatRequest, sample: int, started: float) -> Completion:
        texts: dict[str, list[str]] = {"reasoning": [], "answer": []}
        sinks: dict[str, TextSink] = {}
        first = 0.0
        end: Finish | None = None
        self._live.begin(request.sampling.thinking_budget)
        try:
            async with aclosing(self._model.stream(request)) as stream:
                async for item in stream:
                    match item:
                        case Delta():
                            if not first:
                                first = time.monotonic() - started
                                self._live.first_token_seconds = first
                            if item.kind not in sinks:
                                sinks[item.kind] = self._store.stream(self._node, f"{item.kind}.md")
                                if item.kind == "answer":
                                    self._emit(ev.AnswerStarted(node=self._node, sample=sample))
                            text = item.text if texts[item.kind] else item.text.lstrip("\n")  # two come after </think>
                            if text:
                                sinks[item.kind].write(text)
                                texts[item.kind].append(text)
                            self._live.count(item.tokens, item.kind)
                        case Rethought():
                            self._rethink(texts, sinks)
                        case ThinkingEnd(tokens=tokens, reason=reason):
                            self._emit(ev.ThinkingClosed(node=self._node, sample=sample, tokens=tokens, reason=reason))
                        case Restart(reason=reason):
                            for kind, sink in sinks.items():
                                sink.close()
                                self._store.write(self._node, f"{kind}.md", "")
                                texts[kind].clear()
                            sinks, first = {}, 0.0
                            self._live.begin(request.sampling.thinking_budget)
                            self._emit(ev.SampleRestarted(node=self._node, sample=sample, reason=reason))
                        case Finish():
                            end = item
        finally:
            for sink in sinks.values():
                sink.close()
        if end is None:
            raise ModelError(f"the model {self._model.name} broke its stream off without an end")
        self.tokens += end.tokens
        self._emit(
            ev.SampleFinished(
                node=self._node,
                sample=sample,
                tokens=end.tokens,
                seconds=time.monotonic() - started,
                first_token_seconds=first,
                finish=end.reason,
                thinking_budget=request.sampling.thinking_budget,
                server=end.server,
            )
        )
        return Completion("".join(texts["reasoning"]), "".join(texts["answer"]), end.reason, end.tokens)

    def _rethink(self, texts: dict[str, list[str]], sinks: dict[str, TextSink]) -> None:
        """Take all of the answer so far for thinking, in the files too."""
        thought = "".join(texts["answer"])
        if (sink := sinks.pop("answer", None)) is not None:
            sink.close()
            self._store.write(self._node, "answer.md", "")
        if "reasoning" not in sinks:
            sinks["reasoning"] = self._store.stream(self._node, "reasoning.md")
        sinks["reasoning"].write(thought)
        texts["reasoning"].append(thought)
        texts["answer"].clear()
        self._live.rethink()

    def accept(self, completion: Completion) -> str | Result:
        """Keep the answer's script and plan as the node's; a `Result` says why there is none to run."""
        found = extract(completion.answer, finish=completion.finish)
        self._store.write(self._node, "plan.md", found.plan)
        if found.code is not None:
            self._store.write(self._node, "solution.py", found.code)
        self._emit(
            ev.CodeChecked(
                node=self._node,
                ok=found.problem is None,
                title=title(found.plan, found.code or ""),
                plan=found.plan[:2000],
                lines=found.code.count("\n") + 1 if found.code else 0,
                message=found.message,
            )
        )
        if found.problem is not None:
            return Result(found.problem, found.message)
        assert found.code is not None
        return found.code

    def accept_written(self, code: str, parent: int) -> str | Result:
        """Keep the user's own script as the node's."""
        self._store.write(self._node, "solution.py", code)
        plan = f"Your own version of #{parent}."
        self._store.write(self._node, "plan.md", plan)
        error = syntax_error(code)
        self._emit(
            ev.CodeChecked(
                node=self._node,
                ok=error is None,
                title=f"edit of #{parent}",
                plan=plan,
                lines=code.count("\n") + 1,
                message=error or "",
            )
        )
        return code if error is None else Result("syntax", error)

    async def execute(self, code: str) -> Result:
        """Run and score the node's script."""

        def watch(event: ev.Event) -> None:
            if isinstance(event, ev.ExecutionFinished):
                self.execution_seconds += event.seconds
                self.peak_memory = max(self.peak_memory, event.peak_memory)
            self._emit(event)

        def usage(now: Usage) -> None:
            self._live.memory = now.memory

        def left() -> float | None:
            seconds = self._seconds_left()
            return None if seconds is None else max(0.0, seconds - self.execution_seconds)

        return await self._evaluator.evaluate(self._node, code, watch, usage, left)
