"""What the node's tabs show of files that are written whole: plan, script, difference and score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import shown_size
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.candidates import at_work, candidate_folder, outcome, state_words, title_of
from tui_aide.tui.code_spans import CodeSpans
from tui_aide.tui.difference import Difference
from tui_aide.tui.documents import Document, Listing, Paragraphs, Span, Stack
from tui_aide.tui.figures import VERDICT_WORDS, duration, full_name, handed_in, number, score_text, signed, sparkline
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import clean, one_line
from tui_aide.tui.sampling import sample_facts, tokens_text
from tui_aide.tui.work_report import cost_parts, is_plain


def _bytes(folder: SessionFolder, path: Path, limit: int = 1 << 20) -> bytes:
    """Return what of a node's file is to be shown."""
    path = folder.version(path)
    try:
        with path.open("rb") as file:
            return file.read(shown_size(path, limit, folder.extent))
    except OSError:
        return b""


def shown_text(folder: SessionFolder, path: Path) -> str:
    """Return what of a file of a node is to be shown, cleaned; "" where there is none."""
    text = _bytes(folder, path).decode("utf-8", "replace")
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))


def _heading(text: str) -> list[Sequence[Span]]:
    return [((text, "title"),)]


CUT_OFF = "It was cut off; it starts again when the search is resumed."
"""What to say of a node without a verdict where nothing runs any more."""


def plan_document(folder: SessionFolder, tree: SolutionTree, node: Node, *, cut_off: bool = False) -> Document:
    """Return the plan, the policy's reason, the user's instruction, what went wrong and what sampling took."""
    lines: list[Sequence[Span]] = [((one_line(full_name(node)), "strong"),), (("", ""),)]
    if node.verdict and node.verdict != "valid":
        lines += _heading("Verdict")
        sign, style = (GLYPHS.cancelled, "warn") if node.cut_short else (GLYPHS.buggy, "bad")
        lines.append(((f"{sign} {VERDICT_WORDS[node.verdict]}", style),))
        lines += [((row, ""),) for row in clean(node.message).splitlines()]
        lines.append((("", ""),))
    elif node.message:
        lines += [*_heading("Note"), *(((row, ""),) for row in clean(node.message).splitlines()), (("", ""),)]
    if node.instruction:
        lines += [
            *_heading("Your instruction" if node.by == "user" else "Told to the model"),
            ((clean(node.instruction), ""),),
            (("", ""),),
        ]
    plan = shown_text(folder, candidate_folder(folder, node, None) / "plan.md").strip() or clean(node.plan).strip()
    if plan:
        lines += [*_heading("Plan"), *(((row, ""),) for row in plan.splitlines()), (("", ""),)]
    if node.reason:
        who = "Why you asked" if node.by == "user" else "Why the policy chose this"
        lines += [*_heading(who), ((clean(node.reason), ""),)]
    plain = is_plain(node)
    if facts := _sampling(tree, node, tokens=plain):
        lines += [(("", ""),), *_heading("Sampling"), *facts]
    if cut_off and not node.done:
        lines += [(("", ""),), ((CUT_OFF, "muted"),)]
    elif not plan and not node.done:
        lines += [(("", ""),), (("The plan comes with the model's answer ...", "muted"),)]
    if plain or not (costs := cost_parts(node)):
        return Paragraphs(lines)
    return Stack([Paragraphs([*lines, (("", ""),)]), *costs], follow=False)


def candidate_document(
    folder: SessionFolder, place: Path, node: Node, candidate: int, *, cut_off: bool = False
) -> Document:
    """Return what one of a node's candidates is: what became of it and why, its plan, and its part of the cost."""
    one = node.candidates.get(candidate)
    if one is None:
        return Paragraphs()
    lines: list[Sequence[Span]] = [((title_of(one) or f"candidate {candidate} of #{node.id}", "strong"),), (("", ""),)]
    verdict, score = outcome(node, one)
    failed = not at_work(node, one) and verdict not in (None, "valid")
    words = state_words(node, one, cut_off=cut_off)
    chosen = f", chosen by {one_line(node.chosen_by).partition(':')[0]}" if one.chosen else ""
    figure = f" {GLYPHS.dot} {score_text(score)}" if score else ""
    lines += [*_heading("What became of it"), ((f"{words}{figure}{chosen}", "bad" if failed else ""),)]
    said = [one_line(one.note)] if one.note else []
    if one.message and one_line(one.message) not in one.note:
        said += clean(one.message).splitlines()
    lines += [*(((row, ""),) for row in said), (("", ""),)]
    if plan := shown_text(folder, place / "plan.md").strip():
        lines += [*_heading("Plan"), *(((row, ""),) for row in plan.splitlines()), (("", ""),)]
    if one.tokens.total:
        lines += [*_heading("Cost"), ((tokens_text(one.tokens), ""),)]
        if one.execution_seconds:
            lines.append(((f"{duration(one.execution_seconds)} of scripts", ""),))
    return Paragraphs(lines)


def code_document(folder: SessionFolder, place: Path) -> Document:
    """Return the script of a node's or a candidate's folder with line numbers, in colours."""
    text = shown_text(folder, place / "solution.py")
    if not text.strip():
        return Paragraphs()
    return listing(text)


def listing(code: str) -> Listing:
    """Return a script with line numbers, in colours."""
    lines = code.rstrip("\n").split("\n")
    digits = len(str(len(lines)))
    return Listing(lines, CodeSpans(lines), lambda i: (f"{i + 1:>{digits}}  ", "muted"))


def diff_document(
    folder: SessionFolder, node: Node, place: Path, candidate: int | None = None, base: int | None = None
) -> Document:
    """Return what changed against another node's script.

    Args:
        folder: the session.
        node: whose script.
        place: the folder of the node, or of the candidate whose script it is.
        candidate: its number, None for the node.
        base: the other node; None for the parent.
    """
    if base is None:
        if not node.parents:
            return Paragraphs()
        base = node.parents[0]
    before = shown_text(folder, folder.node(base) / "solution.py").splitlines()
    after = shown_text(folder, place / "solution.py").splitlines()
    own = f"#{node.id}" if candidate is None else f"#{node.id} candidate {candidate}"
    if not after:
        return Paragraphs()
    difference = Difference(before, after, (f"#{base}", own))
    if difference.same:
        return Paragraphs([[(f"The script is the same as #{base}'s.", "muted")]])
    return difference


def score_document(
    folder: SessionFolder, tree: SolutionTree, node: Node, rejected: str, candidate: int | None = None
) -> Document:
    """Return the score, what it is compared with, and why a better-looking node is not the best.

    Args:
        folder: the session.
        tree: its folded journal.
        node: which node.
        rejected: why it did not become the best though it is valid, or "".
        candidate: the candidate of it that the score is asked of; None for the node.
    """
    lines: list[Sequence[Span]] = []

    def fact(name: str, value: str, style: str = "") -> None:
        lines.append(((f"{name:<14}", "muted"), (one_line(value), style)))

    report = _report(_bytes(folder, candidate_folder(folder, node, candidate) / "score.json"))
    one = node.candidates.get(candidate) if candidate is not None else None
    score, message = (node.score, node.message) if one is None else (outcome(node, one)[1], one.message)
    if score is None and not report:
        if message:
            return Paragraphs([[("No score: ", "muted"), (one_line(message), "")]])
        return Paragraphs()
    metric = tree.started.metric if tree.started else "score"
    better = "lower is better" if tree.direction == "min" else "higher is better"
    if score:
        fact(metric, f"{score_text(score)}, {better}", "strong")
        fact("source", score.source)
    parent = tree.nodes[node.parents[0]] if node.parents else None
    if score and parent and parent.score:
        change = signed(score.value - parent.score.value)
        told = f" {GLYPHS.dot} change {change}" if parent.score.source == score.source else ""
        fact("parent", f"#{parent.id}  {score_text(parent.score)}{told}")
    if tree.incumbent is not None and tree.incumbent != node.id and (best := tree.nodes[tree.incumbent]).score:
        fact("best", f"{GLYPHS.best} #{best.id}  {score_text(best.score)}")
    if rejected:
        fact("not the best", rejected)
    for key, value in report.items():
        if key in ("value", "se", "source", "replicates", "notes"):
            continue
        if isinstance(value, float):
            fact(key, duration(value) if key == "seconds" and value >= 1 else number(value))
        elif isinstance(value, str | int | bool):
            fact(key, str(value))
    replicates = report.get("replicates")
    values = [float(v) for v in replicates if isinstance(v, int | float)] if isinstance(replicates, list) else []
    if values:
        reach = f"{number(min(values))} to {number(max(values))}"
        fact("replicates", f"{len(values)} {GLYPHS.dot} {reach} {GLYPHS.dot} {sparkline(values, 40)}")
    if one is None and (sampling := _sampling(tree, node)):
        lines += [(("", ""),), *_heading("Sampling"), *sampling]
    notes = report.get("notes")
    if isinstance(notes, list) and notes:
        lines += [(("", ""),), *_heading("Notes on the submission")]
        lines += [((f"{GLYPHS.dot} {one_line(str(note))}", "warn"),) for note in notes]
    if one is None:
        lines += _selection(tree, node)
    return Paragraphs(lines)


def _sampling(tree: SolutionTree, node: Node, *, tokens: bool = True) -> list[Sequence[Span]]:
    """Return the last sample's figures; without `tokens` where those stand with the cost."""
    if tree.model == "builtin":
        return []
    facts = sample_facts(node, several=len(tree.servers) > 1)
    return [((f"{name:<14}", "muted"), (value, style)) for name, value, style in facts if tokens or name != "tokens"]


def _selection(tree: SolutionTree, node: Node) -> list[Sequence[Span]]:
    lines: list[Sequence[Span]] = []
    if tree.selection:
        lines += [(("", ""),), *_heading("Selection at the end"), ((one_line(tree.selection.reason), ""),)]
        lines.append(((f"{'node':<8}{'search':>10}{'selection':>12}", "muted"),))
        for c in tree.selection.candidates:
            chosen = f" {GLYPHS.best}" if c.node == tree.incumbent else ""
            chosen += f" {GLYPHS.handed_in} handed in" if c.node == handed_in(tree) else ""
            style = "strong" if c.node == node.id else ""
            row = f"{f'#{c.node}':<8}{number(c.search):>10}{number(c.selection):>12}{chosen}"
            lines.append(((row, style),))
    return lines


def _report(data: bytes) -> dict[str, Any]:
    try:
        report = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return {}
    return report if isinstance(report, dict) else {}
