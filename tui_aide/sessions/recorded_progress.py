"""What a node in flight did at a time of a recording, as the runner told it then, as far as the journal knows."""

from __future__ import annotations

from tui_aide.sessions.recorded_work import NodeWork, SampleSpan
from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Node


def running_at(node: Node, work: NodeWork | None, time: float, last: float) -> RunningNode | None:
    """Return a node's figures at a time; None for one that is done.

    A sample's tokens are spread evenly over the time that it streamed; they are only known of one that ended. What a
    script used at the time is not recorded.

    Args:
        node: as it was then.
        work: what was done for it.
        time: when, in seconds since 1970.
        last: when the recording ends.
    """
    if node.phase == "done":
        return None
    samples = [s for s in work.samples if s.start <= time < _end(s.end, last)] if work is not None else []
    told = min(samples, key=lambda s: s.sample, default=None)
    streamed = [_streamed(s, time, last) for s in samples]
    streaming = node.phase in ("thinking", "writing")
    return RunningNode(
        node=node.id,
        phase=node.phase,
        seconds=max(0.0, time - node.phase_since),
        tokens=node.tokens.reasoning + node.tokens.answer + sum(r + a for r, a in streamed),
        tokens_per_second=sum(_rate(s, time) for s in samples) if streaming else 0.0,
        reasoning=streamed[0][0] if streamed else 0,
        thinking_budget=told.thinking_budget if told is not None else None,
        first_token_seconds=_first(told, time) if told is not None else None,
    )


def _end(end: float | None, last: float) -> float:
    return last + 1 if end is None else end


def _streamed(sample: SampleSpan, time: float, last: float) -> tuple[int, int]:
    reasoning, answer = sample.shares(time, last)
    return int(reasoning * sample.tokens.reasoning), int(answer * sample.tokens.answer)


def _rate(sample: SampleSpan, time: float) -> float:
    """Return its mean tokens a second, from its first token on."""
    if sample.end is None or not sample.text <= time < sample.end:
        return 0.0
    return (sample.tokens.reasoning + sample.tokens.answer) / max(0.5, sample.end - sample.text)


def _first(sample: SampleSpan, time: float) -> float | None:
    return sample.first_token_seconds if time >= sample.text else None
