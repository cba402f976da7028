"""What each node in flight does now, counted but not journaled: the source of the progress snapshots."""

from __future__ import annotations

import time
from collections import deque
from typing import Literal

from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Phase

_WINDOW = 3.0


class Rate:
    """Tokens per second over the last three seconds; old samples are dropped, so it stays small."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()
        self._sum = 0

    def add(self, tokens: int, now: float) -> None:
        """Count tokens; samples within a tenth of a second are counted as one."""
        self._sum += tokens
        if self._samples and now - self._samples[-1][0] < 0.1:
            at, count = self._samples[-1]
            self._samples[-1] = (at, count + tokens)
        else:
            self._samples.append((now, tokens))
        self._forget(now)

    def per_second(self, now: float) -> float:
        """Return the rate now."""
        self._forget(now)
        if not self._samples:
            return 0.0
        return self._sum / max(0.5, now - self._samples[0][0])

    def _forget(self, now: float) -> None:
        while self._samples and now - self._samples[0][0] > _WINDOW:
            self._sum -= self._samples.popleft()[1]


class LiveNode:
    """Counters of one node in flight."""

    def __init__(self, node: int) -> None:
        self.node = node
        self.tokens = 0
        self.rate = Rate()
        self.memory = 0
        self.reasoning = 0
        self.thinking_budget: int | None = None
        self.first_token_seconds: float | None = None
        self._before = 0

    def begin(self, thinking_budget: int | None) -> None:
        """Begin a sample, or begin it anew; tokens streamed in vain stay counted."""
        self.reasoning, self._before = 0, self.tokens
        self.thinking_budget = thinking_budget
        self.first_token_seconds = None

    def count(self, tokens: int, kind: Literal["reasoning", "answer"]) -> None:
        """Count streamed tokens."""
        self.tokens += tokens
        if kind == "reasoning":
            self.reasoning += tokens
        self.rate.add(tokens, time.monotonic())

    def rethink(self) -> None:
        """Take all tokens of this sample so far for thinking."""
        self.reasoning = self.tokens - self._before

    def snapshot(self, phase: Phase, since: float) -> RunningNode:
        """Return what a viewer is told."""
        streaming = phase in ("thinking", "writing")
        return RunningNode(
            node=self.node,
            phase=phase if phase != "done" else "scoring",
            seconds=max(0.0, time.time() - since),
            tokens=self.tokens,
            tokens_per_second=self.rate.per_second(time.monotonic()) if streaming else 0.0,
            memory=self.memory if phase == "executing" else 0,
            reasoning=self.reasoning,
            thinking_budget=self.thinking_budget,
            first_token_seconds=self.first_token_seconds,
        )
