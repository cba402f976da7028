"""What sampling a node's script from the model took: thinking used of its budget, speed, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Node, Tokens
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import bar, count
from tui_aide.tui.plain_text import one_line

Row = Sequence[Span]

_BAR = 8
_ENDS = {
    "length": "cut at the token limit",
    "abort": "aborted by the server",
    "blank": "ended: nothing but blanks",
}
"""Finish reasons in words; "stop" is the usual end and needs none."""


def tokens_text(tokens: Tokens) -> str:
    """Return tokens by kind in words."""
    return f"{count(tokens.prompt)} in   {count(tokens.reasoning)} thought   {count(tokens.answer)} answer"


def thought_text(reasoning: int, budget: int | None) -> str:
    """Return the thinking used, of its budget where there is one: `3.1k of 8.0k`."""
    return count(reasoning) + (f" of {count(budget)}" if budget else "")


def sample_rows(node: Node, now: RunningNode | None, width: int, *, several: bool = False) -> list[Row]:
    """Return the last sample's figures as rows of the facts, none where no sample told any.

    Args:
        node: whose.
        now: what it does now, where it is in flight and the model streams; the figures are then of this sample.
        width: cells of a row.
        several: whether the session has several servers, so that the one that was used is worth its cells.
    """
    parts = _live_parts(now) if now is not None and now.tokens else _parts(node, several=several)
    rows: list[list[Span]] = []
    used = width
    for part in parts:
        cells = sum(cell_len(text) for text, _ in part)
        if used + 3 + cells > width:
            if len(rows) == 2:
                break
            rows.append([("sample  " if not rows else " " * 8, "muted"), *part])
            used = 8 + cells
        else:
            rows[-1] += [("   ", ""), *part]
            used += 3 + cells
    return [*rows]


def sample_facts(node: Node, *, several: bool = False) -> list[tuple[str, str, str]]:
    """Return the last sample's figures as (name, value, style) for a document, none where no sample told any."""
    if node.first_token_seconds is None:
        return []
    facts = [("tokens", tokens_text(node.tokens), "")]
    if node.thinking_budget:
        thought = node.sample_tokens.reasoning
        share = thought / node.thinking_budget
        facts.append(("thinking", f"{bar(share, 16)} {thought_text(thought, node.thinking_budget)}", _spent(share)))
    if (rate := node.tokens_per_second) is not None:
        facts.append(("speed", f"{rate:.0f} tokens/s, first token after {node.first_token_seconds:.1f} s", ""))
    if node.finish not in ("", "stop"):
        facts.append(("ended", finish_words(node.finish), "warn"))
    if several and node.server:
        facts.append(("server", one_line(node.server), ""))
    return facts


def finish_words(finish: str) -> str:
    """Return a finish reason in words."""
    name = one_line(finish)
    return f"{_ENDS[finish]} ({name})" if finish in _ENDS else name


def _spent(share: float) -> str:
    return "warn" if share >= 0.98 else "live"


def _thought(reasoning: int, budget: int | None) -> list[Span]:
    if not budget:
        return []
    share = reasoning / budget
    return [("thought ", "muted"), (bar(share, _BAR), _spent(share)), (f" {thought_text(reasoning, budget)}", "")]


def _live_parts(now: RunningNode) -> list[list[Span]]:
    parts = [_thought(now.reasoning, now.thinking_budget)]
    if now.first_token_seconds is not None:
        parts.append([("TTFT ", "muted"), (f"{now.first_token_seconds:.1f} s", "")])
    return [p for p in parts if p]


def _parts(node: Node, *, several: bool) -> list[list[Span]]:
    if node.first_token_seconds is None:
        return []
    parts: list[list[Span]] = [_thought(node.sample_tokens.reasoning, node.thinking_budget)]
    if node.finish not in ("", "stop"):
        parts.append([(_ENDS.get(node.finish, one_line(node.finish)), "warn")])
    if (rate := node.tokens_per_second) is not None:
        parts.append([(f"{rate:.0f} t/s", "")])
    parts.append([("TTFT ", "muted"), (f"{node.first_token_seconds:.1f} s", "")])
    if several and node.server:
        parts.append([("at ", "muted"), (one_line(node.server), "")])
    return [p for p in parts if p]
