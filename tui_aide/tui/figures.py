"""Numbers as the screen shows them: scores, times, tokens, bars. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tree.node import Node, Score
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.glyphs import GLYPHS

VERDICT_WORDS = {
    "no_code": "no code",
    "truncated": "truncated",
    "syntax": "syntax",
    "preflight": "preflight",
    "crash": "crash",
    "timeout": "timeout",
    "out_of_memory": "memory",
    "output_limit": "output",
    "disk_full": "disk full",
    "killed": "killed",
    "invalid_submission": "submission",
    "suspect": "suspect",
    "valid": "valid",
    "cancelled": "cancelled",
}
"""Each verdict in one or two short words, for the tree's column."""


def number(value: float) -> str:
    """Return a score with at least four significant digits, without an exponent where it fits eight cells."""
    size = abs(value)
    if size != size or size == float("inf"):
        return str(value)
    if size >= 1e6 or 0 < size < 1e-4:
        return f"{value:.3g}"
    if size >= 1000:
        return f"{value:.1f}"
    if size >= 10:
        return f"{value:.2f}"
    return f"{value:.4f}"


def signed(value: float) -> str:
    """Return a difference with its sign and without the leading zero: +.0118."""
    text = number(abs(value))
    if text.startswith("0."):
        text = text[1:]
    return ("-" if value < 0 else "+") + text


def score_text(score: Score) -> str:
    """Return `value ± se`; a reported score says so."""
    text = number(score.value)
    if score.se is not None:
        text += f" {GLYPHS.plus_minus} {number(score.se)}"
    return text + (" (self-reported)" if score.source == "reported" else "")


def duration(seconds: float) -> str:
    """Return a time in two units at most: 41s, 4m12, 1h42, 3d04h."""
    s = max(0, int(seconds))
    if s < 60:
        return f"{s}s"
    if s < 3600:
        return f"{s // 60}m{s % 60:02d}"
    if s < 86400:
        return f"{s // 3600}h{s % 3600 // 60:02d}"
    return f"{s // 86400}d{s % 86400 // 3600:02d}h"


def ago(seconds: float) -> str:
    """Return an age in words: just now, 35 s ago, 11 min ago, 3 h ago, 2 days ago."""
    s = max(0.0, seconds)
    if s < 2:
        return "just now"
    if s < 60:
        return f"{int(s)} s ago"
    if s < 5400:
        return f"{max(1, round(s / 60))} min ago"
    if s < 129600:
        return f"{round(s / 3600)} h ago"
    return f"{round(s / 86400)} days ago"


def count(value: float) -> str:
    """Return an amount such as tokens with a suffix: 812, 18.2k, 1.92M."""
    if value < 1000:
        return f"{value:.0f}"
    if value < 1e6:
        return f"{value / 1e3:.1f}k"
    return f"{value / 1e6:.2f}M"


def thousands(value: float) -> str:
    """Return a whole number with its thousands apart: 1 284."""
    return f"{value:,.0f}".replace(",", " ")


def size(value: float) -> str:
    """Return bytes in a decimal unit: 3.1 GB."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.0f} B"


def bar(share: float, width: int) -> str:
    """Return a bar of `width` cells, filled by `share` in 0..1."""
    filled = round(min(1.0, max(0.0, share)) * width)
    return GLYPHS.full * filled + GLYPHS.empty * (width - filled)


def sparkline(values: Sequence[float], width: int) -> str:
    """Return the newest `width` values as a row of bars between their least and greatest."""
    shown = list(values)[-width:] if width > 0 else []
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    top = len(GLYPHS.bars) - 1
    if high <= low:
        return GLYPHS.bars[top // 2 if high else 0] * len(shown)
    return "".join(GLYPHS.bars[round((v - low) / (high - low) * top)] for v in shown)


def node_name(node: Node) -> str:
    """Return a node's title, or what is being made where it has none yet; not yet cleaned."""
    if node.title:
        return node.title
    if node.instruction and node.operator == "branch":
        return node.instruction
    of = f" of #{node.parents[0]}" if node.parents else ""
    return {"draft": "draft", "edit": f"edit{of}", "branch": f"branch{of}"}.get(node.operator, f"{node.operator}{of}")


def full_name(node: Node) -> str:
    """Return a node's name; a title that was cut is told at the length of the plan's first sentence."""
    name = node_name(node)
    start = name.removesuffix("…").rstrip()
    if start == name or not start:
        return name
    plan = " ".join(node.plan[:400].split())
    return plan.partition(". ")[0].removesuffix(".") if plan.startswith(start) else name


def branch_mark(node: Node, tree: SolutionTree) -> str:
    """Return what the user made of a node's branch, in a word: pinned, paused, pruned; empty for nothing."""
    if node.pruned:
        return "pruned" if node.id in tree.pruned else ""
    words = ["pinned"] if node.id in tree.pinned else []
    words += ["paused"] if node.id in tree.held else []
    return " ".join(words)


def handed_in(tree: SolutionTree) -> int | None:
    """Return the node chosen on the selection part; None while the search runs, since it will choose anew."""
    return tree.selection.node if tree.selection and tree.status not in ("running", "paused") else None


def live_count(tree: SolutionTree, *, cut_off: bool = False) -> int:
    """Return how many nodes are worked on now; those in the queue are not."""
    return 0 if cut_off else sum(n.phase != "queued" for n in tree.running.values())


def node_glyph(node: Node, tree: SolutionTree, *, cut_off: bool = False) -> tuple[str, str]:
    """Return a node's sign and its style's name.

    Args:
        node: which node.
        tree: its tree; the incumbent is marked, and the node handed in where that is another one.
        cut_off: whether nothing runs any more, so that a node without a verdict was cut off.
    """
    if node.verdict is None:
        if cut_off:
            return GLYPHS.cancelled, "muted"
        return (GLYPHS.queued, "muted") if node.phase == "queued" else (GLYPHS.live, "live")
    if node.pruned:
        return GLYPHS.cancelled, "faint"
    if node.id == tree.incumbent:
        return GLYPHS.best, "best"
    if node.id == handed_in(tree):
        return GLYPHS.handed_in, "accent"
    if node.verdict == "valid":
        return GLYPHS.valid, "good"
    if node.verdict == "cancelled":
        return GLYPHS.cancelled, "muted"
    if node.verdict == "killed":
        return GLYPHS.cancelled, "warn"
    if node.verdict == "suspect":
        return GLYPHS.suspect, "warn"
    return GLYPHS.buggy, "bad"
