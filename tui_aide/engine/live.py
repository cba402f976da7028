"""What each node in flight does now, counted but not journaled: the source of the progress snapshots."""

from __future__ import annotations

import time
from collections import deque
from typing import Literal

from tui_aide.execution.executor import Usage
from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Phase

_WINDOW = 3.0
_USAGES = 5
"""Four of them come in a second."""


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


class _Sample:
    """What is known of a candidate's sample while it streams."""

    def __init__(self, thinking_budget: int | None) -> None:
        self.tokens = 0
        self.reasoning = 0
        self.thinking_budget = thinking_budget
        self.first_token_seconds: float | None = None


class _Script:
    """What is known of a candidate's script while it runs; CPU is told over the last second."""

    def __init__(self) -> None:
        self.now = Usage(0.0, 0, 0.0)
        self.limit = 0.0
        self._before: deque[Usage] = deque(maxlen=_USAGES)

    def uses(self, now: Usage, limit: float) -> None:
        if now.seconds < self.now.seconds:  # the next fold
            self._before.clear()
        self._before.append(now)
        self.now, self.limit = now, limit

    @property
    def cpu_percent(self) -> float:
        first = self._before[0] if len(self._before) > 1 else Usage(0.0, 0, 0.0)
        seconds = self.now.seconds - first.seconds
        return 100 * max(0.0, self.now.cpu_seconds - first.cpu_seconds) / seconds if seconds > 0 else 0.0


class LiveNode:
    """Counters of one node in flight. Of several samples the first that streams is the one told in detail."""

    def __init__(self, node: int) -> None:
        self.node = node
        self.tokens = 0
        self.rate = Rate()
        self.peak_memory = self.peak_gpu_memory = 0
        self._scripts: dict[int, _Script] = {}
        self._samples: dict[int, _Sample] = {}
        self._last = _Sample(None)

    def begin(self, sample: int, thinking_budget: int | None) -> None:
        """Begin a sample, by its number, or begin it anew; tokens streamed in vain stay counted."""
        self._samples[sample] = _Sample(thinking_budget)

    def end(self, sample: int) -> None:
        """End a sample."""
        self._last = self._samples.pop(sample, self._last)

    def first_token(self, sample: int, seconds: float) -> None:
        """Note when a sample's first token came."""
        self._samples[sample].first_token_seconds = seconds

    def count(self, sample: int, tokens: int, kind: Literal["reasoning", "answer"]) -> None:
        """Count streamed tokens."""
        known = self._samples[sample]
        self.tokens += tokens
        known.tokens += tokens
        if kind == "reasoning":
            known.reasoning += tokens
        self.rate.add(tokens, time.monotonic())

    def rethink(self, sample: int) -> None:
        """Take all tokens of a sample so far for thinking."""
        known = self._samples[sample]
        known.reasoning = known.tokens

    def script_uses(self, candidate: int, now: Usage, limit: float) -> None:
        """Note what a candidate's running script uses, and the seconds that it may take."""
        self._scripts.setdefault(candidate, _Script()).uses(now, limit)
        self.peak_memory = max(self.peak_memory, sum(s.now.memory for s in self._scripts.values()))
        self.peak_gpu_memory = max(self.peak_gpu_memory, sum(s.now.gpu_memory for s in self._scripts.values()))

    def script_ended(self, candidate: int) -> None:
        """Note that a candidate's script has ended."""
        self._scripts.pop(candidate, None)

    def snapshot(self, phase: Phase, since: float) -> RunningNode:
        """Return what a viewer is told."""
        scripts = list(self._scripts.values())
        oldest = max(scripts, key=lambda s: s.now.seconds, default=_Script())
        streaming = phase in ("thinking", "writing")
        told = self._samples[min(self._samples)] if self._samples else self._last
        return RunningNode(
            node=self.node,
            phase=phase if phase != "done" else "scoring",
            seconds=max(0.0, time.time() - since),
            tokens=self.tokens,
            tokens_per_second=self.rate.per_second(time.monotonic()) if streaming else 0.0,
            memory=sum(s.now.memory for s in scripts),
            reasoning=told.reasoning,
            thinking_budget=told.thinking_budget,
            first_token_seconds=told.first_token_seconds,
            scripts=len(scripts),
            script_seconds=oldest.now.seconds,
            limit=oldest.limit,
            cpu_percent=sum(s.cpu_percent for s in scripts),
            peak_memory=self.peak_memory,
            output=sum(s.now.output for s in scripts),
            disk=sum(s.now.disk for s in scripts),
            gpu_memory=sum(s.now.gpu_memory for s in scripts),
            peak_gpu_memory=self.peak_gpu_memory,
        )
