"""A whole session as one HTML file: no network, light and dark, every node's plan, script, output and score.

What the page knows is embedded as JSON, and drawn node by node as it is asked for, so that it opens fast with a
thousand nodes. Without JavaScript it still shows the figures, the curve, the list of nodes, and the best script.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from string import Template

import msgspec

from tui_aide import __version__
from tui_aide.code.highlighting import TOKENS
from tui_aide.code.terminal_text import clean
from tui_aide.sessions.exports.page.curve import curve
from tui_aide.sessions.exports.page.marks import mark
from tui_aide.sessions.exports.page.nodes import MOST_BYTES, Pages, seconds
from tui_aide.sessions.exports.page.rows import tree_rows
from tui_aide.sessions.exports.source import Source, better_words, named, score_words
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node

_HISTORY = 400


def html(source: Source, most: int = MOST_BYTES) -> str:
    """Return the page.

    Args:
        source: the session.
        most: about how many bytes of the nodes' texts it holds; of the others it says where they are.
    """
    pages = Pages(source, most)
    tree, started = source.tree, source.started
    best = tree.nodes[tree.selected] if tree.selected is not None else None
    data = {
        "nodes": pages.nodes,
        "lines": pages.lines,
        "tokens": TOKENS,
        "best": best.id if best else None,
        "session": source.folder.id,
    }
    script = _asset("page.js")
    when = datetime.fromtimestamp(started.time, UTC).strftime("%-d %B %Y")
    model = f"model {tree.model or started.model}, {tree.policy} + {tree.strategy}, seed {started.seed}"
    return Template(_asset("page.html")).substitute(
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'",
        title=_text(f"{started.task}: {source.folder.id}"),
        task=_text(started.task),
        kicker=f'<p class="kicker">{_text(source.folder.id)}</p>' if source.folder.id != started.task else "",
        terms=_text(f"{started.metric}, {better_words(started.direction)}"),
        made=_text(f"{when} · {model}"),
        figures=_figures(source),
        ending=_ending(source),
        curve=curve(source),
        rows=tree_rows(source),
        count=len(tree.nodes),
        best=_static(source, pages, best),
        history=_history(source),
        left_out=_left_out(pages),
        own=_own(source),
        version=_text(__version__),
        style=_asset("page.css"),
        script=script,
        data=_json(data),
    )


def _asset(name: str) -> str:
    return files("tui_aide.sessions.exports.page").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _json(data: object) -> str:
    """Return JSON that no HTML parser sees markup in, whatever scripts and outputs hold."""
    text = msgspec.json.encode(data).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _text(text: str) -> str:
    return escape(" ".join(clean(text).split()))


def _figures(source: Source) -> str:
    tree = source.tree
    best = tree.nodes[tree.selected] if tree.selected is not None else None
    shown: list[tuple[str, str]] = []
    if best is not None and best.score is not None:
        told = best.score
        se = f"<small>± {told.se:.2g}</small>" if told.se is not None else ""
        own = "<small>self-reported</small>" if told.source == "reported" else ""
        shown.append((f'best, <a href="#node-{best.id}">#{best.id}</a>', f"{told.value:.5g}{se}{own}"))
    if source.selection_score is not None:
        shown.append(("on selection rows", f"{source.selection_score:.5g}"))
    valid = sum(n.valid for n in tree.nodes.values())
    shown.append(("nodes", f"{len(tree.nodes):,}<small>{valid:,} valid</small>"))
    if tree.tokens.total:
        shown.append(("tokens", f"{tree.tokens.total:,}"))
    shown.append(("time", escape(seconds(tree.wall(tree.last_time)))))
    if tree.execution_seconds:
        shown.append(("of scripts", escape(seconds(tree.execution_seconds))))
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in shown)


def _ending(source: Source) -> str:
    """Return how the search ended: its status, the selection, the blend, the run with all labels."""
    tree = source.tree
    lines = [f"{source.status}: {tree.status_reason}" if tree.status_reason else source.status]
    if tree.selection is not None:
        lines.append(f"Selection: {tree.selection.reason}")
    if tree.ensemble is not None:
        lines.append(f"Blend: {tree.ensemble.reason}")
    if tree.refit is not None:
        lines.append(f"Run with all labels: {tree.refit.reason}")
    return "".join(f"<p>{_text(line[:1].upper() + line[1:])}</p>" for line in lines)


def _static(source: Source, pages: Pages, best: Node | None) -> str:
    """Return what stands beside the tree before, or without, JavaScript: the best node's plan and script."""
    if best is None:
        return "<h2>No valid node</h2>"
    sign = mark(source.tree, best)
    lines = [
        f'<h2><b class="{sign.kind}">{sign.sign}</b> <span class="n">#{best.id}</span> {_text(named(best))}</h2>',
        f"<p>{_text(score_words(best.score))}</p>",
        f'<p class="prose">{escape(source.plan(best))}</p>',
    ]
    numbers = next(n for n in pages.nodes if n["id"] == best.id).get("script")
    if numbers is not None:
        rows = "\n".join(escape(str(pages.lines[n][0])) for n in numbers)
        lines.append(f'<pre class="static">{rows}</pre>')
    return "\n".join(lines)


def _history(source: Source) -> str:
    """Return what users did and what was told, line by line, as HTML; empty where that was nothing."""
    start = source.started.time
    rows = []
    for event in source.events:
        if said := _said(event):
            who, words, kind = said
            words = words if len(words) <= 500 else f"{words[:500]} ..."
            rows.append(
                f'<li class="{kind}"><time>{escape(seconds(max(0.0, event.time - start)))}</time>'
                f"<span>{_text(who)}</span><span>{_text(words)}</span></li>"
            )
    if not rows:
        return ""
    cut = f"<p>{len(rows) - _HISTORY:,} earlier lines were left out.</p>" if len(rows) > _HISTORY else ""
    return (
        f'<details class="history"><summary>Steering and notices <small>{len(rows):,}</small></summary>{cut}'
        f"<ol>{''.join(rows[-_HISTORY:])}</ol></details>"
    )


def _said(event: ev.AnyEvent) -> tuple[str, str, str] | None:
    match event:
        case ev.CommandReceived():
            asked = ", ".join(f"{k} {v}" for k, v in event.arguments.items() if v is not None and k != "code")
            what = f"{event.command} {asked}".strip()
            return event.by, f"{what}: {event.result}", "" if event.accepted else "refused"
        case ev.SessionResumed():
            return "runner", "the session was resumed", ""
        case ev.BudgetChanged():
            return "runner", f"the budget changed: {event.reason}", ""
        case ev.Notice():
            return "runner", event.message, "refused" if event.level == "error" else ""
        case _:
            return None


def _own(source: Source) -> str:
    if all(n.score is None or n.score.source != "reported" for n in source.tree.nodes.values()):
        return ""
    return (
        "Scores in italics, and the dashed part of the curve, are what scripts reported of themselves: "
        "they cannot be compared with the others."
    )


def _left_out(pages: Pages) -> str:
    if not pages.left_out:
        return ""
    return (
        f"To keep this file small, the plans, scripts and outputs of {len(pages.left_out):,} of {len(pages.nodes):,} "
        "nodes are not in it, the weakest ones; the session's folder has them."
    )
