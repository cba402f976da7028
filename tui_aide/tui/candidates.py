"""A node's candidates as the screen shows them: their words, which one leads, and where their files lie."""

from __future__ import annotations

from pathlib import Path

from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.node import Candidate, Node, Score, Verdict
from tui_aide.tui.figures import VERDICT_WORDS, number
from tui_aide.tui.plain_text import one_line

_FOLDER = "candidates"


def candidate_folder(folder: SessionFolder, node: Node, candidate: int | None) -> Path:
    """Return where a candidate's files lie; None is the node itself.

    Candidate 0 works in the node's own folder until another one is chosen and takes its place.
    """
    own = folder.node(node.id)
    final = folder.settled(node.id)
    if candidate is None and final and not decided(node):
        candidate = 0  # what it was shown by before the other one took the place
    if candidate is None or candidate == final:
        return own
    settled = (own / _FOLDER / "0").is_dir()
    known = node.candidates.get(candidate)
    if settled and known is not None and known.chosen:
        return own
    return own if candidate == 0 and not settled else own / _FOLDER / str(candidate)


def lead(node: Node, before: int | None = None) -> int | None:
    """Return the candidate that a node in the making is best shown by; None where it has none, or is done.

    Args:
        node: which node.
        before: the candidate shown until now, which stays as long as it is as far as any.
    """
    if node.done or not node.candidates:
        return None
    furthest = [c.number for c in node.candidates.values() if c.phase == node.phase]
    if before in furthest:
        return before
    chosen = [c.number for c in node.candidates.values() if c.chosen]
    return min(furthest or chosen or node.candidates)


def at_work(node: Node, candidate: Candidate) -> bool:
    """Return whether something still happens to a candidate."""
    return not node.done and candidate.phase != "done"


def decided(node: Node) -> bool:
    """Return whether no further choice among a node's candidates is to be expected."""
    return node.done or any(c.chosen for c in node.candidates.values())


def compared(node: Node) -> bool:
    """Return whether all candidates of a node in the making are there, and are compared now."""
    return not node.done and bool(node.candidates) and all(c.phase == "done" for c in node.candidates.values())


def outcome(node: Node, candidate: Candidate) -> tuple[Verdict | None, Score | None]:
    """Return a candidate's verdict and score; the chosen one may have been run, or mended, after it was chosen."""
    if node.done and candidate.chosen:
        return node.verdict, node.score
    return candidate.verdict, candidate.score


def state_words(node: Node, candidate: Candidate, *, cut_off: bool = False) -> str:
    """Return a candidate's phase or verdict in a word or two."""
    if at_work(node, candidate):
        return "cut off" if cut_off else candidate.phase
    verdict, _ = outcome(node, candidate)
    if verdict is None:
        return "not run" if decided(node) else "written"
    return VERDICT_WORDS[verdict]


def figure(node: Node, candidate: Candidate, *, cut_off: bool = False) -> str:
    """Return a candidate's score, or its state where it has none."""
    verdict, score = outcome(node, candidate)
    if score is not None and verdict == "valid" and not at_work(node, candidate):
        return number(score.value)
    return state_words(node, candidate, cut_off=cut_off)


def why(node: Node, candidate: Candidate) -> str:
    """Return why a candidate won or lost, or what went wrong with it, in a line; "" while that is open."""
    text = one_line(candidate.note or candidate.message)
    verdict, _ = outcome(node, candidate)
    return text.removeprefix(f"{verdict}: ") if verdict else text


def title_of(candidate: Candidate) -> str:
    """Return a candidate's title, cleaned; "" before its script is there."""
    return one_line(candidate.title)


def count_words(node: Node) -> str:
    """Return how many candidates a node has, in words."""
    count = len(node.candidates)
    return f"{count} candidate" + ("" if count == 1 else "s")
