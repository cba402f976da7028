"""What of a search is worth telling a user who looks elsewhere, and when. Decides only; shows and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.figures import VERDICT_WORDS, count, duration, number, signed, size
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.notifications import Kind, Notifications
from tui_aide.tui.plain_text import one_line
from tui_aide.tui.server_words import server_words

STREAK = 5
"""So many failures in a row are told of; then twice as many, and so on."""
NEARLY = 0.9
"""The share of a budget from which on it is nearly spent."""
DISK_LEVELS = (2 << 30, 512 << 20)
"""Free bytes below which the disk is nearly full, and again below which it is nearly more so."""
PAUSE = 30.0
"""Seconds in which the same kind is told at most once; the newest of what came meanwhile is told after them."""
_LATE = 60.0
"""Seconds after which an event is of the past: the viewer had been stopped, and catches up."""
_CANCELLED = ("cancelled", "killed")


class Tiding(msgspec.Struct, frozen=True):
    """One thing to tell: its kind, a heading of two words, and a line."""

    kind: Kind
    heading: str
    words: str
    severity: Literal["information", "warning", "error"] = "information"


class Telling:
    """Takes what happens to one search in order, and gives out what is to be told."""

    def __init__(self, settings: Callable[[], Notifications]) -> None:
        """Begin before the first event.

        Args:
            settings: the user's, as they are at the time.
        """
        self._settings = settings
        self._waiting: dict[Kind, Tiding] = {}
        self._told: dict[Kind, tuple[float, str]] = {}
        self._failed = 0
        self._next_streak = STREAK
        self._lost: set[str] = set()
        self._spent: set[str] | None = None
        self._disk_level = 0

    def take(self, event: ev.AnyEvent, tree: SolutionTree, *, now: float | None) -> None:
        """Take an event in, after the tree has folded it.

        Args:
            event: what happened.
            tree: the search's.
            now: the time in seconds since 1970; None where the event is of the past, which is not told.
        """
        tiding = self._of(event, tree)
        if tiding is not None and now is not None and now - event.time < _LATE:
            self.tell(tiding)

    def tell(self, tiding: Tiding) -> None:
        """Have something told with the next `due`, unless the user does not want its kind."""
        if getattr(self._settings(), tiding.kind):
            self._waiting[tiding.kind] = tiding

    def due(self, now: float) -> list[Tiding]:
        """Return what is to be told now, and forget it. `now` is a clock that only goes on, in seconds."""
        found: list[Tiding] = []
        for kind, tiding in list(self._waiting.items()):
            at, words = self._told.get(kind, (float("-inf"), ""))
            if now - at < PAUSE:
                continue
            del self._waiting[kind]
            if words == tiding.words and now - at < 2 * PAUSE:
                continue  # lost, back and lost again, say: that it is lost was told
            self._told[kind] = (now, tiding.words)
            found.append(tiding)
        return found

    def look(self, tree: SolutionTree, now: float) -> None:
        """See how much of the budget of a running search is spent; what is at the first look is of the past."""
        nearly: dict[str, tuple[float, str]] = {}
        for name, spent, limit, text in (
            ("nodes", float(tree.finished_count), tree.budget.nodes, lambda v: f"{v:.0f}"),
            ("tokens", float(tree.tokens.total), tree.budget.tokens, count),
            ("time of scripts", tree.execution_seconds, tree.budget.execution_seconds, duration),
            ("time", tree.wall(now), tree.budget.wall_seconds, duration),
        ):
            if limit and spent / limit >= NEARLY:
                nearly[name] = (spent / limit, f"{text(spent)} of {text(float(limit))} {name}")
        if self._spent is not None:
            new = [words for name, (share, words) in nearly.items() if name not in self._spent and share < 1.0]
            if new:
                self.tell(Tiding("budget", "Budget nearly spent", ", ".join(new), "warning"))
        self._spent = set(nearly)

    def look_at_disk(self, free: int) -> None:
        """Take the free bytes of the session's disk in."""
        level = sum(free < limit for limit in DISK_LEVELS)
        if level > self._disk_level:
            words = f"{size(free)} are free; when it is full, the search ends. Make room: tui-aide prune --dry-run"
            self.tell(Tiding("disk", "Disk nearly full", words, "warning" if level == 1 else "error"))
        if level or free > 2 * DISK_LEVELS[0]:
            self._disk_level = level

    def _of(self, event: ev.AnyEvent, tree: SolutionTree) -> Tiding | None:
        """Return what an event has to tell, whether or not it is of the past."""
        match event:
            case ev.IncumbentChanged():
                score = f"{GLYPHS.best} {number(event.score.value)}"
                gain = f", gain {signed(event.gain)}" if event.gain is not None else ""
                return Tiding(
                    "best", "First score" if event.previous is None else "New best", f"{score} (#{event.node}{gain})"
                )
            case ev.NodeFinished():
                return self._verdict(event)
            case ev.ServerChanged():
                return self._server(event, several=len(tree.servers) > 1)
            case ev.SessionFinished():
                best = tree.nodes.get(tree.incumbent) if tree.incumbent is not None else None
                end = f". {GLYPHS.best} {number(best.score.value)} (#{best.id})" if best and best.score else ""
                severity: Literal["information", "error"] = "error" if event.status == "failed" else "information"
                return Tiding("ended", f"Search {event.status}", one_line(event.reason) + end, severity)
            case _:
                return None

    def _verdict(self, event: ev.NodeFinished) -> Tiding | None:
        if event.verdict in _CANCELLED:
            return None
        if event.verdict in ("valid", "suspect"):
            self._failed = 0
            self._next_streak = STREAK
            return None
        self._failed += 1
        if self._failed < self._next_streak:
            return None
        self._next_streak *= 2
        last = f"the last, #{event.node}: {VERDICT_WORDS[event.verdict]}"
        said = one_line(event.message)
        words = f"{self._failed} nodes, {last}" + (f": {said}" if said else "")
        return Tiding("failures", "Failures in a row", words, "warning")

    def _server(self, event: ev.ServerChanged, *, several: bool) -> Tiding | None:
        words = one_line(server_words(event, several=several))
        if event.state in ("lost", "failed"):
            self._lost.add(event.server)
            heading = "Model server lost" if event.state == "lost" else "Model server failed"
            return Tiding("server", heading, words, "error")
        if event.state == "up" and event.server in self._lost:
            self._lost.discard(event.server)
            return Tiding("server", "Model server back", words)
        return None


def title(tree: SolutionTree, session: str, status: str) -> str:
    """Return the terminal's title: the best score, the task, and a sign before them where the search does not go on."""
    sign = {"running": "", "new": "", "paused": f"{GLYPHS.pause} ", "finished": f"{GLYPHS.ended} "}.get(status)
    if sign is None:
        sign = f"{GLYPHS.ended} " if status == "stopped" else f"{GLYPHS.warning} "
    best = tree.nodes.get(tree.incumbent) if tree.incumbent is not None else None
    score = f"{GLYPHS.best} {number(best.score.value)} {GLYPHS.dot} " if best is not None and best.score else ""
    return sign + score + one_line(tree.started.task if tree.started else session)
