"""The facts of the node under the cursor, as rows: what it is, what it costs, why it is there."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.candidates import count_words
from tui_aide.tui.consumption import ran_words, running_words
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import (
    VERDICT_WORDS,
    branch_mark,
    count,
    duration,
    full_name,
    node_glyph,
    score_text,
    signed,
    size,
)
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.moment import Moment
from tui_aide.tui.plain_text import fit, one_line, wrap
from tui_aide.tui.sampling import sample_rows, tokens_text
from tui_aide.tui.waits import wait_of, waits

Row = Sequence[Span]

_ROWS = 3
"""So much of a reason or a plan is told; the node's own tab has it in full."""


def facts_rows(tree: SolutionTree, node: Node | None, at: Moment, width: int) -> list[Row]:
    """Return what is known of the node under the cursor."""
    if node is None:
        return []
    sign, style = node_glyph(node, tree, cut_off=at.cut_off)
    rows: list[Row] = [
        [(f"{sign} ", style), (f"#{node.id} ", "muted"), (fit(one_line(full_name(node)), width - 8), "strong")]
    ]
    made: str = node.operator
    if node.parents:
        made += " of " + ", ".join(f"#{p}" for p in node.parents)
    place = f"depth {node.depth}"
    if node.children:
        place += f" {GLYPHS.dot} {len(node.children)} " + ("child" if len(node.children) == 1 else "children")
    strategy = one_line(node.strategy)
    room = max(10, width - len(made) - len(place) - 6)
    made += f" {GLYPHS.dot} {fit(strategy, min(len(strategy), room))} {GLYPHS.dot} {place}"
    rows.append([(fit(made, width), "")])
    if node.score:
        line: list[Span] = [("score   ", "muted"), (score_text(node.score), "strong")]
        parent = tree.nodes[node.parents[0]] if node.parents else None
        if parent and parent.score and parent.score.source == node.score.source:
            better = tree.better(node.score.value, parent.score.value)
            line.append(
                (f"   {signed(node.score.value - parent.score.value)} on #{parent.id}", "good" if better else "muted")
            )
        rows.append(line)
    if node.done:
        model, script = duration(node.model_seconds), duration(node.execution_seconds)
        spent = f"{duration(node.seconds)}   model {model}   script {script}"
        rows.append([("time    ", "muted"), (fit(spent, width - 8), "")])
        if ran := ran_words(node):
            rows.append([("ran     ", "muted"), (_fitting(ran, width - 8), "")])
        rows.append([("tokens  ", "muted"), (_fitting(tokens_text(node.tokens).split("   "), width - 8), "")])
    else:
        rows.append(_now_row(node, at, width))
        rows += _uses_rows(at.running(node.id), width)
    if node.candidates:
        rows.append([("made    ", "muted"), (fit(_choice(node), width - 8), "")])
    if tree.model != "builtin":
        now = None if node.done else at.running(node.id)
        rows += sample_rows(node, now, width, several=len(tree.servers) > 1)
    if node.message and not node.valid:
        word = VERDICT_WORDS[node.verdict] if node.verdict else ""
        told = f"{word}: " if word and not node.message.startswith(word) else ""
        first, *rest = wrap(told + one_line(node.message), width - 8)[:2] or [""]
        rows.append([("failed  ", "bad") if node.buggy else ("note    ", "muted"), (first, "")])
        rows += [[(" " * 8, ""), (fit(r, width - 8), "")] for r in rest]
    asked = node.instruction if node.by == "user" else ""
    if mark := branch_mark(node, tree):
        rows.append([("branch  ", "muted"), (mark, "accent")])
    elif node.pruned or node.held:
        rows.append([("branch  ", "muted"), ("pruned above" if node.pruned else "paused above", "muted")])
    why = wrap(one_line(asked or node.reason), max(10, width - 8))
    label = "you     " if asked else "why     "
    rows += _labelled(label, why, width - 8)
    if node.plan and not node.buggy:
        plan = wrap(one_line(node.plan), max(10, width - 8))
        rows += _labelled("plan    ", plan, width - 8)
    return rows


def _labelled(label: str, rows: Sequence[str], width: int) -> list[Row]:
    """Return the first rows of a text behind a label; the last of them tells where there would be more."""
    shown = list(rows[:_ROWS])
    if len(rows) > _ROWS:
        shown[-1] = fit(f"{shown[-1]} {GLYPHS.ellipsis}", width)
    return [[(label if i == 0 else " " * 8, "muted"), (row, "")] for i, row in enumerate(shown)]


def _choice(node: Node) -> str:
    chosen = [c.number for c in node.candidates.values() if c.chosen]
    if not chosen:
        return count_words(node) + (", none chosen" if node.done else "")
    by = one_line(node.chosen_by).partition(":")[0]
    return f"candidate {chosen[0]} of {len(node.candidates)}, chosen by {by}"


def _now_row(node: Node, at: Moment, width: int) -> Row:
    now = at.running(node.id)
    if (wait := wait_of(waits(at), node.phase, now)) is not None:
        return [("now     ", "muted"), (wait.fitting(width - 8), "warn")]
    if now is None:
        if at.cut_off:
            return [("now     ", "muted"), ("cut off; it starts again on resume", "muted")]
        return [("now     ", "muted"), (node.phase, "muted" if node.phase == "queued" else "live")]
    parts = [f"{now.phase} for {duration(now.seconds)}"]
    if now.tokens_per_second >= 0.5:
        parts.append(f"{now.tokens_per_second:.0f} t/s")
    if now.tokens:
        parts.append(f"{count(now.tokens)} tokens")
    parts += [] if now.scripts else [size(now.memory)] if now.memory else []
    return [("now     ", "muted"), (_fitting(parts, width - 8), "live")]


def _fitting(parts: Sequence[str], width: int) -> str:
    """Return the first parts, and of the others those for which there is room."""
    text = parts[0]
    for part in parts[1:]:
        if len(text) + 3 + len(part) <= width:
            text += f"   {part}"
    return text


def _uses_rows(now: RunningNode | None, width: int) -> list[Row]:
    """Return what a node's running scripts use now."""
    if now is None or not now.scripts:
        return []
    return [[("uses    ", "muted"), (_fitting(running_words(now), width - 8), "live")]]
