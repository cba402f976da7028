"""A session as AIDE's journal.json, which aideml's own loader reads."""

from __future__ import annotations

import re
import uuid

from tui_aide.sessions.aide_journal import AideJournal, AideMetric, AideNode, encode
from tui_aide.sessions.exports.source import Source, score_words
from tui_aide.tree.node import Node

_HEAD, _TAIL = 32_000, 96_000
_EXCEPTIONS = {"timeout": "TimeoutError", "out_of_memory": "MemoryError", "syntax": "SyntaxError"}


def journal(source: Source) -> str:
    """Return AIDE's journal of the session, as JSON.

    AIDE knows one parent a node, a metric without error, and nodes that are valid or buggy: a merge keeps its first
    parent, and its plan names the others; the analysis tells the verdict. Nodes that are not done are left out.
    """
    done = [n for n in source.tree.nodes.values() if n.done]
    ids = {n.id: _id(source, n) for n in done}
    links = {ids[n.id]: ids[n.parents[0]] for n in done if n.parents and n.parents[0] in ids}
    return encode(AideJournal(nodes=[_node(source, n, ids[n.id], at) for at, n in enumerate(done)], node2parent=links))


def _node(source: Source, node: Node, name: str, step: int) -> AideNode:
    output = source.output(node, _HEAD, _TAIL)
    code = source.code(node)
    analysis = _analysis(node)
    if code is None and node.executions:
        analysis += " Its script was not kept."
    exception = _exception(node)
    said = node.message.removeprefix(f"{exception}: ")
    return AideNode(
        code=code or "",
        plan=_plan(source, node),
        step=step,
        id=name,
        ctime=node.created,
        term_out=[output.joined() if output is not None else ""],
        exec_time=node.execution_seconds,
        exc_type=exception,
        exc_info={"args": [said]} if exception else None,
        analysis=analysis,
        metric=AideMetric(node.score.value, source.tree.direction == "max")
        if node.valid and node.score
        else AideMetric(),
        is_buggy=not node.valid,
    )


def _id(source: Source, node: Node) -> str:
    """Return an id as AIDE makes them, the same at each export."""
    started = source.started
    return uuid.uuid5(uuid.NAMESPACE_URL, f"tui-aide:{started.session}/{started.time!r}/{node.id}").hex


def _plan(source: Source, node: Node) -> str:
    plan = source.plan(node)
    if len(node.parents) > 1:
        merged = ", ".join(f"#{p}" for p in node.parents)
        plan = f"A merge of {merged}; AIDE's journal has room for the first only.\n\n{plan}"
    if node.by == "user" and node.instruction:
        plan = f"The user asked: {node.instruction}\n\n{plan}"
    return plan


def _analysis(node: Node) -> str:
    message = " ".join(node.message.split())
    if node.valid:
        source = node.score.source if node.score else ""
        words = {"holdout": "on rows hidden from the script", "reported": "as its script reported"}.get(source, source)
        return f"#{node.id}: valid, {score_words(node.score)} {words}. {message}".strip()
    return f"#{node.id}: {node.verdict}. {message}".strip()


def _exception(node: Node) -> str | None:
    if not node.buggy or node.verdict is None:
        return None
    if node.verdict == "crash" and re.fullmatch(r"[A-Za-z_][\w.]*", node.failure):
        return node.failure
    return _EXCEPTIONS.get(node.verdict)
