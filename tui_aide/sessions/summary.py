"""A session in short: what `show --json` and the last line of `run --headless --json` hold."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import msgspec

from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.events import EnsembleMade, Refitted
from tui_aide.tree.node import Candidate, Direction, Node, Tokens
from tui_aide.tree.solution_tree import SolutionTree


class BestInBrief(msgspec.Struct, frozen=True):
    """What a list shows of the best node."""

    score: float | None = None


class Brief(msgspec.Struct, frozen=True):
    """The part of a kept summary that lists show; a summary that has other types there is damaged."""

    status: str = ""
    task: str = ""
    model: str = ""
    metric: str = ""
    direction: Direction = "max"
    node_count: int | None = None
    best: BestInBrief | None = None


def summarise(folder: SessionFolder, tree: SolutionTree, status: str | None = None) -> dict[str, Any]:
    """Return the summary of a session as plain data.

    Args:
        folder: the session.
        tree: its folded journal.
        status: what to say instead of the tree's own status: `interrupted` for a search whose runner died.
    """
    state = status or tree.status
    unfinished = "cancelled" if state not in ("running", "paused") else None
    nodes = [_node(n, unfinished) for n in tree.nodes.values()]
    return {**_short(folder, tree, state), "spent": _spent(tree), "nodes": nodes}


def write_summary(folder: SessionFolder, tree: SolutionTree, status: str | None = None) -> None:
    """Keep a small summary beside the journal, so that lists need not read journals; a full disk is no error.

    `status` is as in `summarise`.
    """
    with contextlib.suppress(OSError):
        data = msgspec.json.encode(short_summary(folder, tree, status)) + b"\n"
        write_atomically(folder.summary_file, data, durable=False)


def short_summary(folder: SessionFolder, tree: SolutionTree, status: str | None = None) -> dict[str, Any]:
    """Return the small summary: that of `summarise` without its nodes, but with their number."""
    return {**_short(folder, tree, status or tree.status), "node_count": tree.finished_count}


def _short(folder: SessionFolder, tree: SolutionTree, state: str) -> dict[str, Any]:
    """Return the summary without its nodes, at a cost that does not grow with them."""
    started = tree.started
    return {
        "session": folder.id,
        "path": str(folder.path),
        "status": state,
        "reason": tree.status_reason,
        "task": started.task if started else "",
        "metric": started.metric if started else "",
        "direction": tree.direction,
        "model": tree.model,
        "strategy": tree.strategy,
        "policy": tree.policy,
        "seed": started.seed if started else 0,
        "forked_from": {"session": tree.forked.parent, "node": tree.forked.node} if tree.forked else None,
        "budget": msgspec.to_builtins(tree.budget),
        "best": _best(folder, tree),
        "tokens": msgspec.to_builtins(tree.tokens),
        "wall_seconds": round(tree.wall(time.time() if state in ("running", "paused") else tree.last_time), 3),
        "model_seconds": round(tree.model_seconds, 3),
        "execution_seconds": round(tree.execution_seconds, 3),
        "updated": tree.last_time,
    }


def read_summary(folder: SessionFolder) -> dict[str, Any] | None:
    """Return the small summary, or None where there is none or it is damaged."""
    try:
        found = msgspec.json.decode(folder.summary_file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return found if isinstance(found, dict) else None


def _node(node: Node, unfinished: str | None) -> dict[str, Any]:
    return {
        "id": node.id,
        "parents": list(node.parents),
        "operator": node.operator,
        "strategy": node.strategy,
        "verdict": node.verdict or unfinished,
        "score": node.score.value if node.score else None,
        "score_se": node.score.se if node.score else None,
        "score_source": node.score.source if node.score else None,
        "tokens": msgspec.to_builtins(node.tokens),
        "seconds": round(node.seconds, 3),
        "model_seconds": round(node.model_seconds, 3),
        "execution_seconds": round(node.execution_seconds, 3),
        "samples": node.samples,
        "executions": node.executions,
        "peak_memory": node.peak_memory,
        "gpu_memory": node.gpu_memory,
        "cpu_seconds": round(node.cpu_seconds, 3),
        "output_bytes": node.output,
        "disk_bytes": node.disk,
        "costs": msgspec.to_builtins(node.costs),
        "candidates": [_candidate(c) for c in node.candidates.values()],
        "title": node.title,
        "message": node.message,
        "reason": node.reason,
        "by": node.by,
        "pruned": node.pruned,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "candidate": candidate.number,
        "verdict": candidate.verdict,
        "score": candidate.score.value if candidate.score else None,
        "tokens": msgspec.to_builtins(candidate.tokens),
        "execution_seconds": round(candidate.execution_seconds, 3),
        "cluster": candidate.cluster,
        "weight": candidate.weight,
        "chosen": candidate.chosen,
        "note": candidate.note,
    }


def _spent(tree: SolutionTree) -> dict[str, Any]:
    """Return what each strategy has cost: nodes, samples, executions, tokens by kind, seconds."""
    found: dict[str, dict[str, Any]] = {}
    for node in tree.nodes.values():
        spent = found.setdefault(
            node.strategy,
            {
                "nodes": 0,
                "valid": 0,
                "samples": 0,
                "executions": 0,
                "tokens": Tokens(),
                "seconds": 0.0,
                "model_seconds": 0.0,
                "execution_seconds": 0.0,
            },
        )
        spent["nodes"] += 1
        spent["valid"] += node.valid
        for key in ("samples", "executions", "tokens", "seconds", "model_seconds", "execution_seconds"):
            spent[key] += getattr(node, key)
    for spent in found.values():
        spent["tokens"] = msgspec.to_builtins(spent["tokens"])
    return found


def _ensemble(made: EnsembleMade | None) -> dict[str, Any] | None:
    """Return the blend that is handed in, or None for a single node."""
    if made is None or not made.kept:
        return None
    figures = {name: getattr(made, name) for name in ("search", "selection", "gain", "se")}
    return {"members": [{"node": m.node, "weight": m.weight} for m in made.members], **figures}


def _refit(made: Refitted | None) -> dict[str, Any] | None:
    """Return the run with all labels whose submission is handed in, or None for the node's own."""
    if made is None or not made.kept:
        return None
    return {"agreement": made.agreement, "least": made.least, "seconds": round(made.seconds, 3)}


def _best(folder: SessionFolder, tree: SolutionTree) -> dict[str, Any] | None:
    if tree.selected is None:
        return None
    node = tree.nodes[tree.selected]
    selection = None
    if tree.selection is not None:
        selection = next(c.selection for c in tree.selection.candidates if c.node == node.id)
    submission = folder.best / "submission.csv"
    return {
        "node": node.id,
        "title": node.title,
        "score": node.score.value if node.score else None,
        "score_se": node.score.se if node.score else None,
        "score_source": node.score.source if node.score else None,
        "selection_score": selection,
        "ensemble": _ensemble(tree.ensemble),
        "refit": _refit(tree.refit),
        "submission": str(submission) if submission.is_file() else None,
    }
