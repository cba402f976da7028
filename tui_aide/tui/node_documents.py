"""The documents behind the node's tabs, made from the node and its files; `poll` picks up what was added."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import shown_size
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.candidates import at_work, candidate_folder
from tui_aide.tui.documents import Document, Paragraphs
from tui_aide.tui.figures import handed_in
from tui_aide.tui.happenings import Happening
from tui_aide.tui.history_report import history_document
from tui_aide.tui.node_reports import (
    CUT_OFF,
    candidate_document,
    code_document,
    diff_document,
    plan_document,
    score_document,
)
from tui_aide.tui.node_tabs import Tab
from tui_aide.tui.transcript import Asked, Transcript
from tui_aide.tui.waits import Wait
from tui_aide.tui.work_report import work_document

_WINDOW = 1 << 18
_SMALL_WINDOW = 1 << 14


class OutputTint:
    """Colours output line by line: tracebacks and errors, warnings."""

    def __init__(self) -> None:
        self._traceback = False

    def __call__(self, line: str) -> str:
        """Return the style of the next line of the output."""
        if line.startswith("Traceback (most recent call last)"):
            self._traceback = True
            return "bad"
        if self._traceback:
            self._traceback = line.startswith((" ", "\t")) or not line
            return "muted" if self._traceback else "bad"
        if re.match(r"[\w.]*(Error|Exception|Killed)\b", line):
            return "bad"
        return "warn" if "Warning" in line[:200] or "warning:" in line[:200] else ""


class NodeDocument:
    """One tab of one node, or of one of its candidates: a document and how to keep it up to date.

    A `small` one keeps less and wraps no output.
    """

    def __init__(
        self,
        folder: SessionFolder,
        tree: SolutionTree,
        node: Node,
        tab: Tab,
        candidate: int | None = None,
        *,
        small: bool = False,
        rejected: Mapping[int, str] | None = None,
        asked: Mapping[int, Sequence[Asked]] | None = None,
        touched: Mapping[int, Sequence[Happening]] | None = None,
        base: int | None = None,
        cut_off: bool = False,
    ) -> None:
        """Open the tab.

        Args:
            folder: the session.
            tree: its folded journal.
            node: which node.
            tab: which of its tabs.
            candidate: which of its candidates; None for the node itself.
            small: for a small pane.
            rejected: why valid nodes did not replace the best, by node.
            asked: what the model was asked for, sample by sample, by node.
            touched: what was done to nodes, by node.
            base: the node that its script is compared with; None for its parent.
            cut_off: whether nothing runs any more; may be changed between polls.
        """
        self.cut_off = cut_off
        self.base = base
        self._touched = touched or {}
        self._rejected = rejected or {}
        self._asked = asked if asked is not None else {}
        self.node = node
        self.candidate = candidate
        self.tab = tab
        self._folder = folder
        self._tree = tree
        self._transcript: Transcript | None = None
        self._signature: object = None
        self._place = candidate_folder(folder, node, candidate)
        window = _SMALL_WINDOW if small else _WINDOW
        extent = folder.extent if folder.replayed else None
        if tab == "reasoning":
            self._transcript = Transcript(
                self._place,
                ("reasoning.md", "answer.md"),
                "sample",
                window=window,
                purposes=self._purposes,
                extent=extent,
            )
        elif tab == "output":
            self._transcript = Transcript(
                self._place, ("output.log",), "run", OutputTint, wraps=not small, window=window, extent=extent
            )
        elif tab == "prompt":
            self._transcript = Transcript(
                self._place, ("prompt.md",), "prompt", window=window, purposes=self._purposes, extent=extent
            )
        self.document: Document = self._transcript.document if self._transcript is not None else Paragraphs()
        self.poll(deep=True)

    def _purposes(self) -> dict[int, str]:
        """Return what the candidate's samples were for, by their numbers."""
        number = self.candidate
        if number is None:
            number = next((c.number for c in self.node.candidates.values() if c.chosen), 0)
        return {a.sample: a.purpose for a in self._asked.get(self.node.id, ()) if a.candidate == number}

    @property
    def moved(self) -> bool:
        """Whether its files lie elsewhere by now: another candidate was chosen, and took the node's own folder."""
        return self._place != candidate_folder(self._folder, self.node, self.candidate)

    def poll(self, *, deep: bool = False) -> bool:
        """Read what changed; return whether the document did (it may be another object then).

        Args:
            deep: look at files that are written whole, too; streams are always looked at.
        """
        if self._transcript is not None:
            changed = self._transcript.poll()
            self.document = self._transcript.document
            return changed
        if not deep:
            return False
        signature = self._sign()
        if signature == self._signature:
            return False
        self._signature = signature
        self.document = self._build()
        return True

    def _build(self) -> Document:
        folder, tree, node, place = self._folder, self._tree, self.node, self._place
        match self.tab:
            case "code":
                return code_document(folder, place)
            case "diff":
                return diff_document(folder, node, place, self.candidate, self.base)
            case "history":
                rejected = self._rejected.get(node.id, "")
                return history_document(folder, tree, node, self._touched.get(node.id, ()), rejected)
            case "work":
                return work_document(node, self.candidate, cut_off=self.cut_off)
            case "score" if self.candidate is None:
                return score_document(folder, tree, node, self._rejected.get(node.id, ""))
            case "score":
                return score_document(folder, tree, node, "", self.candidate)
            case _ if self.candidate is not None:
                return candidate_document(folder, place, node, self.candidate, cut_off=self.cut_off)
            case _:
                return plan_document(folder, tree, node, cut_off=self.cut_off)

    def _sign(self) -> object:
        paths = [self._place]
        if self.tab == "diff" and (self.base is not None or self.node.parents):
            paths.append(self._folder.node(self.node.parents[0] if self.base is None else self.base))
        stamps: list[tuple[int, int] | None] = []
        for path in paths:
            for name in ("solution.py", "plan.md", "score.json"):
                try:
                    shown = self._folder.version(path / name)
                    stat = shown.stat()
                    stamps.append((stat.st_mtime_ns, shown_size(shown, stat.st_size, self._folder.extent)))
                except OSError:
                    stamps.append(None)
        node = self.node
        rejected = (node.id in self._rejected, handed_in(self._tree), self._tree.incumbent, self.cut_off)
        sample = (node.sample_tokens, node.sampling_seconds, len(self._tree.servers))
        work = (node.samples, node.executions, tuple(node.steps[-1:]), len(node.steps), node.chosen_by)
        made = [(c.phase, c.verdict, c.tokens, c.title, c.execution_seconds) for c in node.candidates.values()]
        touched = (len(self._touched.get(node.id, ())), len(node.children))
        return (
            stamps,
            touched,
            node.phase,
            node.title,
            node.plan,
            node.message,
            node.verdict,
            rejected,
            sample,
            work,
            made,
        )


def empty_text(
    tab: Tab, node: Node, candidate: int | None = None, *, cut_off: bool = False, wait: Wait | None = None
) -> str:
    """Return what to say where a tab has nothing to show yet, or, after its node was cut off, any more.

    Args:
        tab: which.
        node: whose.
        candidate: which of its candidates; None for the node itself.
        cut_off: whether nothing runs any more.
        wait: what the node waits for outside of it, or None.
    """
    one = node.candidates.get(candidate) if candidate is not None else None
    phase = node.phase if one is None else one.phase
    done = node.done if one is None else not at_work(node, one)
    seconds = node.execution_seconds if one is None else one.execution_seconds
    waiting = {
        "queued": "Waiting for a free model stream ...",
        "thinking": "The model is thinking; nothing has come yet ...",
        "writing": "The model is writing its answer ...",
        "waiting": "The script waits for a free execution slot ...",
        "executing": "The script runs; it has printed nothing yet ...",
        "scoring": "The predictions are being scored ...",
        "done": "",
    }[phase]
    nothing = {
        "plan": "No plan.",
        "reasoning": "No reasoning was recorded.",
        "code": "No script: the answer held no code.",
        "diff": "Nothing to compare: this node has no parent.",
        "output": "The script printed nothing." if seconds else "The script was never run.",
        "score": "No score.",
        "work": "Nothing is recorded.",
        "prompt": "No prompt: the model was not asked.",
        "history": "",
    }[tab]
    if done:
        return nothing
    if cut_off:
        return CUT_OFF
    if tab == "diff" and not node.parents:
        return "A draft has no parent to compare with."
    if tab == "prompt":
        return "The model was not asked yet ..."
    if tab == "reasoning" and phase not in ("queued", "thinking", "writing"):
        return nothing
    return wait.sentence if wait is not None else waiting
