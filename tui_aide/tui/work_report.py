"""What the work tab shows of a node: its candidates and why each won or lost, what its strategy did, and the cost."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tree.node import Node, Tokens
from tui_aide.tui.candidates import at_work, outcome, state_words, title_of, why
from tui_aide.tui.documents import Document, Paragraphs, Span, Stack
from tui_aide.tui.figures import count, duration, number
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import clean, one_line
from tui_aide.tui.table import Table

Line = Sequence[Span]
_BLANK: Line = (("", ""),)
_HEAD = ("", "state", "score", "cluster", "weight", "tokens", "script", "title")
_COSTS = ("", "prompt", "thought", "answer", "in all")


def work_document(node: Node, candidate: int | None = None, *, cut_off: bool = False) -> Document:
    """Return how a node came about.

    Args:
        node: which.
        candidate: the candidate under the cursor, whose steps come alone.
        cut_off: whether nothing runs any more.
    """
    parts: list[Document] = []
    if node.candidates:
        parts += [Paragraphs(_lead(node)), candidate_table(node, candidate, cut_off=cut_off)]
        if node.chosen_by:
            parts.append(Paragraphs([_BLANK, _title("Chosen by"), _said(node.chosen_by)]))
    if steps := _steps(node, candidate):
        parts += [Paragraphs([_BLANK]), *steps] if parts else steps
    if not parts:
        parts.append(Paragraphs([((_plain(node), "muted"),)]))
    if costs := cost_parts(node):
        parts += [Paragraphs([_BLANK]), *costs]
    return Stack(parts, follow=False)


def candidate_table(node: Node, marked: int | None = None, *, cut_off: bool = False) -> Table:
    """Return a node's candidates, the chosen one first, then the best known ones; `marked` is under the cursor."""
    rows: list[Sequence[Span]] = []
    notes: list[Span] = []
    for c in sorted(node.candidates.values(), key=lambda c: (not c.chosen, c.number)):
        _, score = outcome(node, c)
        works = at_work(node, c) and not cut_off and c.phase != "queued"
        style = "strong" if c.chosen else "" if marked == c.number else "muted"
        sign = GLYPHS.chosen if c.chosen else GLYPHS.candidate
        cells = (
            f"{sign} {c.number}",
            state_words(node, c, cut_off=cut_off),
            number(score.value) if score else "",
            "" if c.cluster is None else str(c.cluster + 1),
            "" if c.weight is None else f"{c.weight:.3g}",
            count(c.tokens.total) if c.tokens.total else "",
            duration(c.execution_seconds) if c.execution_seconds else "",
            title_of(c),
        )
        rows.append([(text, "live" if works and i == 1 else style) for i, text in enumerate(cells)])
        notes.append((why(node, c), "" if c.chosen else "muted"))
    return Table(_HEAD, rows, notes, left=(0, 1))


def cost_parts(node: Node) -> list[Document]:
    """Return what a node has cost so far by part: its tokens by what they were for, and its seconds."""
    if not node.samples and not node.executions:
        return []
    spent = sorted(node.costs.items(), key=lambda item: -item[1].total)
    rows = [_cost_row(one_line(name), tokens, "") for name, tokens in spent]
    if len(spent) > 1:
        rows.append(_cost_row("in all", sum((t for _, t in spent), Tokens()), "strong"))
    asked = f"{node.samples} sample" + ("" if node.samples == 1 else "s")
    ran = f"{node.executions} execution" + ("" if node.executions == 1 else "s")
    if node.done:
        asked += f" {GLYPHS.dot} {duration(node.model_seconds)} with the model"
        ran += f" {GLYPHS.dot} {duration(node.execution_seconds)} of scripts"
    table = Table(_COSTS, rows, left=(0,), stretch=False)
    return [Paragraphs([_title("Cost")]), table, Paragraphs([((asked, ""),), ((ran, ""),)])]


def is_plain(node: Node) -> bool:
    """Return whether a node is one sample, run at most once: all that there is to tell stands elsewhere."""
    return not node.candidates and not node.steps and node.samples <= 1 and node.executions <= 1


def _cost_row(name: str, tokens: Tokens, style: str) -> Sequence[Span]:
    figures = (tokens.prompt, tokens.reasoning, tokens.answer, tokens.total)
    return [(name, style), *((count(f), style) for f in figures)]


def _lead(node: Node) -> list[Line]:
    chosen = [c.number for c in node.candidates.values() if c.chosen]
    done = sum(not at_work(node, c) for c in node.candidates.values())
    text = f"{len(node.candidates)} candidates"
    if chosen:
        text += f", candidate {chosen[0]} chosen"
    elif not node.done:
        text += f", {done} of them done" if done < len(node.candidates) else ", none chosen yet"
    return [((text, "title"),)]


def _said(text: str) -> Line:
    """Return what a part of the strategy said, its name before it."""
    by, colon, words = one_line(text).partition(": ")
    return ((by, "accent"), (f"{colon}{words}", "")) if colon else ((by, ""),)


def _steps(node: Node, candidate: int | None) -> list[Document]:
    """Return the steps in order; of several candidates each step names its own."""
    steps = [s for s in node.steps if candidate is None or s.candidate == candidate]
    if not steps:
        return []
    parts: list[Document] = [Paragraphs([_title("Steps")])]
    for step in steps:
        whose = f"{GLYPHS.candidate} {step.candidate}  " if node.candidates and candidate is None else ""
        parts.append(Paragraphs([((whose, "muted"), (one_line(step.by), "accent"), (f": {one_line(step.title)}", ""))]))
        if text := clean(step.text).strip():
            parts.append(Paragraphs([((row, "muted"),) for row in text.splitlines()], indent=len(whose) or 2))
    return parts


def _plain(node: Node) -> str:
    if node.by == "user" and node.operator == "edit":
        return "You wrote the script; it was run as it is."
    if not node.done:
        return "One candidate so far, and no further step."
    return "One sample of the model, and nothing done beyond it: no candidates, no reviews, no fixes."


def _title(text: str) -> Line:
    return ((text, "title"),)
