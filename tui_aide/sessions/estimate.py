"""What a search will take, told from earlier sessions; what no earlier session shows is not known, and None."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from tui_aide.errors import TuiAideError
from tui_aide.sessions.listing import Listed
from tui_aide.tree.events import Budget

AT_THIS_SERVER = "this model at this server"
"""What sessions have in common with the search to be, where a rate of theirs holds for it."""


class _Tokens(msgspec.Struct, frozen=True):
    prompt: int = 0
    reasoning: int = 0
    answer: int = 0


class _Figures(msgspec.Struct, frozen=True):
    """The part of a session's summary that tells what its nodes took."""

    strategy: str = ""
    model: str = ""
    task: str = ""
    node_count: int = 0
    tokens: _Tokens = _Tokens()
    model_seconds: float = 0.0
    execution_seconds: float = 0.0
    server: str = ""


class Mean(msgspec.Struct, frozen=True):
    """A mean over the nodes of earlier sessions, and how many sessions these are; `alike` says in what."""

    value: float
    sessions: int
    nodes: int
    alike: str


class Estimate(msgspec.Struct, frozen=True):
    """What a search will take.

    Attributes:
        nodes: how many it will make; None where no limit that is known ends it.
        tokens_per_node: prompt and answer together.
        rate: tokens a second of one stream of the model, while it thinks and writes.
        model_seconds, script_seconds: of one node.
        tokens: of the whole search.
        seconds: of the whole search, at least and at most: streams and scripts work side by side, or in turns.
        ends_by: the limit that ends it: nodes, tokens, time or executions; "" where that is not known.
    """

    nodes: float | None = None
    tokens_per_node: Mean | None = None
    rate: Mean | None = None
    model_seconds: Mean | None = None
    script_seconds: Mean | None = None
    tokens: float | None = None
    seconds: tuple[float, float] | None = None
    ends_by: str = ""


def estimate(
    sessions: Iterable[Listed],
    *,
    task: str,
    model: str,
    strategy: str,
    budget: Budget,
    workers: int,
    slots: int,
    server: str = "",
    servers: Mapping[Path, str] | None = None,
) -> Estimate:
    """Return what a search will take, by the sessions with the same model and strategy, and those over the same task.

    Args:
        sessions: earlier ones; damaged ones and those without a node say nothing.
        task: the task's name.
        model: the model's name.
        strategy: the spec that nodes are made by.
        budget: the limits.
        workers: streams of the model at once.
        slots: scripts at once.
        server: the address of the model's server, "" where there is none yet.
        servers: the servers of the earlier sessions by folder, as `servers_of` returns them.
    """
    found_at = servers or {}
    known = [
        msgspec.structs.replace(f, server=found_at.get(s.folder.path, ""))
        for s in sessions
        if (f := _figures(s)) is not None
    ]
    same_model = [f for f in known if f.model == model]
    same_way = [f for f in same_model if f.strategy == strategy]
    ways = [("this model and strategy", same_way)]
    tokens = _mean(ways, lambda f: f.tokens.prompt + f.tokens.reasoning + f.tokens.answer)
    here = [f for f in same_way if server and f.server == server]
    thinking = _mean([("this model and strategy, at this server", here), *ways], lambda f: f.model_seconds)
    scripts = _mean(
        [
            ("this task, by this model and strategy", [f for f in same_way if f.task == task]),
            ("this task", [f for f in known if f.task == task]),
        ],
        lambda f: f.execution_seconds,
    )
    found = Estimate(
        tokens_per_node=tokens,
        rate=_rate([f for f in same_model if server and f.server == server], AT_THIS_SERVER)
        or _rate(same_model, "this model, at another server" if server else "this model"),
        model_seconds=thinking,
        script_seconds=scripts,
    )
    least = most = None
    if thinking is not None and scripts is not None:
        by_streams, by_slots = thinking.value / workers, scripts.value / slots
        least, most = max(by_streams, by_slots), by_streams + by_slots
    ends = {
        "nodes": budget.nodes,
        "tokens": budget.tokens / tokens.value if budget.tokens and tokens and tokens.value else None,
        "time": budget.wall_seconds / least if budget.wall_seconds and least else None,
        "executions": budget.execution_seconds / scripts.value
        if budget.execution_seconds and scripts and scripts.value
        else None,
    }
    bounds = {key: float(nodes) for key, nodes in ends.items() if nodes is not None}
    if not bounds:
        return found
    ends_by = min(bounds, key=lambda key: bounds[key])
    nodes = bounds[ends_by]
    limit = budget.wall_seconds or float("inf")
    return msgspec.structs.replace(
        found,
        nodes=nodes,
        ends_by=ends_by,
        tokens=nodes * tokens.value if tokens is not None else None,
        seconds=(min(limit, nodes * least), min(limit, nodes * most))
        if least is not None and most is not None
        else None,
    )


def servers_of(sessions: Iterable[Listed]) -> dict[Path, str]:
    """Return the address of each session's model server by the session's folder; reads their session.toml."""
    found: dict[Path, str] = {}
    for session in sessions:
        try:
            found[session.folder.path] = session.folder.config().search.base_url or ""
        except TuiAideError:
            continue
    return found


def _figures(session: Listed) -> _Figures | None:
    try:
        figures = msgspec.convert(session.summary, _Figures)
    except msgspec.ValidationError:
        return None
    return figures if figures.node_count else None


def _mean(ways: Sequence[tuple[str, Sequence[_Figures]]], of: Callable[[_Figures], float]) -> Mean | None:
    """Return the mean over nodes by the first way that has any."""
    for alike, found in ways:
        nodes = sum(f.node_count for f in found)
        if nodes:
            return Mean(sum(of(f) for f in found) / nodes, len(found), nodes, alike)
    return None


def _rate(found: Sequence[_Figures], alike: str) -> Mean | None:
    seconds = sum(f.model_seconds for f in found)
    written = sum(f.tokens.reasoning + f.tokens.answer for f in found)
    if seconds <= 0 or not written:
        return None
    return Mean(written / seconds, len(found), sum(f.node_count for f in found), alike)
