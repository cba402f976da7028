"""The rows of the status line, the node's facts and the run's figures, made from the tree and the progress."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len

from tui_aide.tree.commands import Progress
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import (
    VERDICT_WORDS,
    ago,
    bar,
    count,
    duration,
    full_name,
    handed_in,
    live_count,
    node_glyph,
    number,
    score_text,
    signed,
    size,
    sparkline,
)
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, one_line, wrap

Row = Sequence[Span]


class Moment(msgspec.Struct, frozen=True):
    """What a viewer knows beside the tree: the time, the session's state and the runner's snapshot.

    `rates` are the newest tokens/s, `seconds_per_node` is a rolling mean, None before the first node is done; `good`
    and `buggy` count nodes.
    """

    now: float
    session: str
    status: str
    attached: bool
    progress: Progress | None = None
    rates: tuple[float, ...] = ()
    seconds_per_node: float | None = None
    good: int = 0
    buggy: int = 0

    @property
    def cut_off(self) -> bool:
        """Whether nothing runs any more: a node without a verdict was cut off."""
        return not self.attached and self.status != "new"


_STATUS_STYLE = {
    "running": "live",
    "paused": "warn",
    "finished": "good",
    "stopped": "warn",
    "failed": "bad",
    "interrupted": "bad",
}


def _join(groups: list[Row], width: int) -> Row:
    """Put groups side by side while they fit; the first ones matter most."""
    out: list[Span] = []
    used = 0
    for group in groups:
        cells = sum(cell_len(text) for text, _ in group)
        extra = cells + (3 if out else 1)
        if used + extra > width:
            continue
        out.append((f" {GLYPHS.separator} " if out else " ", "faint"))
        out.extend(group)
        used += extra
    return out


def status_row(tree: SolutionTree, at: Moment, width: int) -> Row:
    """Return the top line: state, nodes, best, time, model, speed; what does not fit is left out from the right."""
    narrow = width < 120
    progress = at.progress
    live = live_count(tree, cut_off=at.cut_off)
    state = at.status.upper()
    if at.status in ("running", "paused") and live:
        state += f" {live}" if narrow else f" {live} live"
    groups: list[Row] = [[(state, _STATUS_STYLE.get(at.status, "muted") if at.status != "running" else "strong")]]
    total = tree.budget.nodes
    done = f"{tree.finished_count}" + (f"/{total}" if total is not None else "")
    nodes: Row = [(done, "strong"), (" nodes", "muted")]
    groups.append(nodes)
    groups.append(_best(tree, at, narrow))
    if (chosen := _handed_in(tree, narrow)) is not None:
        groups.append(chosen)
    elapsed = (
        tree.wall(at.now) if at.status in ("running", "paused") else tree.wall_seconds or tree.wall(tree.last_time)
    )
    clock: list[Span] = [(duration(elapsed), "")] if narrow else [(duration(elapsed), ""), (" elapsed", "muted")]
    if at.status == "running" and (eta := _eta(tree, at, elapsed)) is not None:
        clock += [(" ETA " if narrow else ", ETA ", "muted"), (duration(eta), "")]
    groups.append(clock)
    if progress and progress.tokens_per_second >= 0.5:
        spark = "" if narrow else sparkline(at.rates, 10) + " "
        groups.append(
            [(spark, "live"), (f"{progress.tokens_per_second:,.0f}".replace(",", " "), ""), (" t/s", "muted")]
        )
    if tree.started:
        groups.append([(one_line(at.session), "title")])
        groups.append([(one_line(tree.started.task), "")])
        groups.append([(one_line(tree.started.model), "muted")])
        groups.append([(one_line(f"{tree.started.policy}, {tree.started.strategy}"), "muted")])
    return _join(groups, width)


def _best(tree: SolutionTree, at: Moment, narrow: bool) -> Row:
    best = tree.nodes.get(tree.incumbent) if tree.incumbent is not None else None
    if best is None or best.score is None:
        return [("no valid node yet", "muted")]
    metric = "" if narrow or not tree.started else f"{one_line(tree.started.metric)} "
    se = f" {GLYPHS.plus_minus}{number(best.score.se)}" if best.score.se is not None and not narrow else ""
    row: list[Span] = [
        (metric, "muted"),
        (f"{GLYPHS.best} {number(best.score.value)}", "best"),
        (se, "muted"),
        (f" #{best.id}", ""),
    ]
    if not narrow:
        gain = ""
        if len(tree.curve) > 1:
            gain = signed(tree.curve[-1][2] - tree.curve[-2][2]) + ", "
        age = (
            ago(at.now - tree.incumbent_since) if at.attached else f"in {duration(tree.incumbent_since - _begun(tree))}"
        )
        row.append((f" ({gain}{age})", "muted"))
    return row


def _handed_in(tree: SolutionTree, narrow: bool) -> Row | None:
    node = handed_in(tree)
    if node is None or tree.selection is None:
        return None
    chosen = next((c for c in tree.selection.candidates if c.node == node), None)
    row: list[Span] = [("" if narrow else "handed in ", "muted"), (f"{GLYPHS.handed_in} #{node}", "accent")]
    if chosen is not None:
        row.append((f" {'sel' if narrow else 'selection'} {number(chosen.selection)}", "muted"))
    return row


def _begun(tree: SolutionTree) -> float:
    return tree.started.time if tree.started else tree.last_time


def _eta(tree: SolutionTree, at: Moment, elapsed: float) -> float | None:
    """Return seconds to the end by whichever limit comes first, as far as one can tell."""
    ends: list[float] = []
    if tree.budget.nodes is not None and at.seconds_per_node is not None:
        ends.append(max(0, tree.budget.nodes - tree.finished_count) * at.seconds_per_node)
    if tree.budget.wall_seconds is not None:
        ends.append(max(0.0, tree.budget.wall_seconds - elapsed))
    return min(ends) if ends else None


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
    made += f" {GLYPHS.dot} {node.strategy} {GLYPHS.dot} depth {node.depth}"
    if node.children:
        made += f" {GLYPHS.dot} {len(node.children)} " + ("child" if len(node.children) == 1 else "children")
    rows.append([(fit(made, width), "")])
    if node.score:
        line: list[Span] = [("score   ", "muted"), (score_text(node.score), "strong")]
        parent = tree.nodes[node.parents[0]] if node.parents else None
        if parent and parent.score:
            better = tree.better(node.score.value, parent.score.value)
            line.append(
                (f"   {signed(node.score.value - parent.score.value)} on #{parent.id}", "good" if better else "muted")
            )
        rows.append(line)
    if node.done:
        model, script = duration(node.model_seconds), duration(node.execution_seconds)
        spent = f"{duration(node.seconds)}   model {model}   script {script}"
        if node.peak_memory:
            spent += f"   peak {size(node.peak_memory)}"
        rows.append([("time    ", "muted"), (fit(spent, width - 8), "")])
        tokens = node.tokens
        text = f"{count(tokens.prompt)} in   {count(tokens.reasoning)} thought   {count(tokens.answer)} answer"
        rows.append([("tokens  ", "muted"), (text, "")])
    else:
        rows.append(_now_row(node, at))
    if node.message and not node.valid:
        word = VERDICT_WORDS[node.verdict] if node.verdict else "note"
        text = one_line(node.message)
        first, *rest = wrap(text, width - 8)[:2] or [""]
        rows.append([(fit(word, 8, ellipsis=""), "bad" if node.buggy else "muted"), (first, "")])
        rows += [[(" " * 8, ""), (fit(r, width - 8), "")] for r in rest]
    why = wrap(one_line(node.instruction or node.reason), max(10, width - 8))
    label = "you     " if node.instruction else "why     "
    rows += [[(label if i == 0 else " " * 8, "muted"), (row, "")] for i, row in enumerate(why[:3])]
    if node.plan and not node.buggy:
        plan = wrap(one_line(node.plan), max(10, width - 8))
        rows += [[("plan    " if i == 0 else " " * 8, "muted"), (row, "")] for i, row in enumerate(plan[:3])]
    return rows


def _now_row(node: Node, at: Moment) -> Row:
    progress = at.progress if at.attached else None
    now = next((r for r in progress.running if r.node == node.id), None) if progress else None
    if now is None:
        if at.cut_off:
            return [("now     ", "muted"), ("cut off; it starts again on resume", "muted")]
        return [("now     ", "muted"), (node.phase, "muted" if node.phase == "queued" else "live")]
    text = f"{now.phase} for {duration(now.seconds)}"
    if now.tokens:
        text += f"   {count(now.tokens)} tokens"
    if now.tokens_per_second >= 0.5:
        text += f"   {now.tokens_per_second:.0f} t/s"
    if now.memory:
        text += f"   {size(now.memory)}"
    return [("now     ", "muted"), (text, "live")]


def run_rows(tree: SolutionTree, at: Moment, width: int) -> list[Row]:
    """Return the run's budget, counts and the course of the best score."""
    rows: list[Row] = []
    budget = tree.budget
    bar_width = max(6, min(30, width - 32))
    elapsed = (
        tree.wall(at.now) if at.status in ("running", "paused") else tree.wall_seconds or tree.wall(tree.last_time)
    )
    for name, spent, limit, text in (
        ("nodes", float(tree.finished_count), budget.nodes, lambda v: f"{v:.0f}"),
        ("tokens", float(tree.tokens.total), budget.tokens, count),
        ("script", tree.execution_seconds, budget.execution_seconds, duration),
        ("time", elapsed, budget.wall_seconds, duration),
    ):
        if limit:
            share = spent / limit
            rows.append(
                [
                    (f"{name:<8}", "muted"),
                    (bar(share, bar_width), "warn" if share >= 0.9 and at.status == "running" else "live"),
                    (f" {text(spent)}/{text(limit)}", ""),
                ]
            )
    if not rows:
        rows.append([("budget  ", "muted"), ("no limit", "")])
    live = live_count(tree, cut_off=at.cut_off)
    queued = 0 if at.cut_off else len(tree.running) - live
    queue: Row = [(f"   {GLYPHS.queued} {queued}", ""), (" queued", "muted")] if queued else []
    rows.append(
        [
            (f"{GLYPHS.valid} {at.good}", "good"),
            (" good   ", "muted"),
            (f"{GLYPHS.buggy} {at.buggy}", "bad"),
            (" buggy   ", "muted"),
            (f"{GLYPHS.live} {live}", "live"),
            (" live", "muted"),
            *queue,
        ]
    )
    if tree.curve:
        values = [v for _, _, v in tree.curve]
        if tree.direction == "min":
            values = [-v for v in values]
        rows.append([("best    ", "muted"), (sparkline(values, max(8, width - 28)), "best"),
                     (f" {number(tree.curve[-1][2])}", "")])  # fmt: skip
    usage: list[Span] = [("tokens  ", "muted"), (count(tree.tokens.total), "")]
    if at.progress and at.progress.memory:
        usage += [
            ("   memory ", "muted"),
            (size(at.progress.memory), ""),
            ("   cpu ", "muted"),
            (f"{at.progress.cpu_percent:.0f} %", ""),
        ]
    rows.append(usage)
    return rows
