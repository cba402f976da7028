"""Why nodes in flight wait for what is outside of them: a server that is not up, or the other's turn on the GPU."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tui_aide.tree.commands import RunningNode, ServerStatus
from tui_aide.tui.figures import duration
from tui_aide.tui.moment import Moment
from tui_aide.tui.plain_text import one_line

_FIRST = ("starting", "lost", "asleep", "failed", "stopped")
"""Which server is named where none is up: the one that is likely to be back first."""
_SENTENCES = {
    "starting": ("The model server is starting", "this sample begins when it is up"),
    "lost": ("The model server was lost", "the search tries it again and goes on by itself"),
    "asleep": ("The model server sleeps", "it is woken when the GPU is free for it"),
    "failed": ("The model server failed", "no sample can begin"),
    "stopped": ("The model server was stopped", "the search goes on when one is up"),
}
"""How a state is told in full, and what it means for a node that waits."""


class Wait(msgspec.Struct, frozen=True):
    """What is waited for, at four lengths: a sentence, words, a tree's column (18 cells) and a narrow one (12)."""

    sentence: str
    words: str
    column: str
    short: str

    def fitting(self, width: int) -> str:
        """Return the longest of words, column and short form that has room in `width` cells."""
        return next((text for text in (self.words, self.column) if len(text) <= width), self.short)


def waits(at: Moment) -> dict[str, Wait]:
    """Return what nodes wait for, by the phase that they are in; a phase that waits for nothing is left out."""
    found: dict[str, Wait] = {}
    if not at.attached:
        return found
    server = missing_server(at.servers)
    if server is not None and not (at.gpu_for == "training" and server.state == "asleep"):
        found["thinking"] = found["writing"] = _server_wait(server, at.now)
    elif at.gpu_for == "training":
        found["thinking"] = found["writing"] = Wait(
            "Waits for the GPU: scripts train on it now, and the model's turn comes after them.",
            "waits for the GPU (training)",
            "GPU is training",
            "GPU trains",
        )
    if at.gpu_for == "thinking":
        found["waiting"] = Wait(
            "Waits for the GPU: the model thinks on it now, and the scripts' turn comes after it.",
            "waits for the GPU (thinking)",
            "GPU is thinking",
            "GPU thinks",
        )
    return found


def wait_of(found: Mapping[str, Wait], phase: str, now: RunningNode | None) -> Wait | None:
    """Return what one node waits for; None where it waits for nothing, or tokens come after all."""
    if now is not None and now.tokens_per_second >= 0.5:
        return None
    return found.get(now.phase if now is not None else phase)


def missing_server(servers: tuple[ServerStatus, ...]) -> ServerStatus | None:
    """Return the server that is waited for, or None where one is up or there is none at all."""
    if not servers or any(s.state == "up" for s in servers):
        return None
    return min(servers, key=lambda s: _FIRST.index(s.state))


def state_words(server: ServerStatus, now: float) -> str:
    """Return a server's state with how far its start is, or its age: `starting 40 %`, `lost 2m10`, `failed`."""
    if server.state == "starting" and server.load is not None:
        return f"starting {server.load * 100:.0f} %"
    if server.state in ("starting", "lost", "asleep") and server.since:
        return f"{server.state} {duration(now - server.since)}"
    return server.state


def _server_wait(server: ServerStatus, now: float) -> Wait:
    state = state_words(server, now)
    short = state.replace("starting", "starts").replace(" %", "%")
    begin, end = _SENTENCES[server.state]
    figure = state.partition(" ")[2] + (" ago" if server.state == "lost" and " " in state else "")
    sentence = begin + (f" ({figure}); " if figure else "; ") + end
    return Wait(
        f"{sentence}: {one_line(server.detail)}" if server.detail else f"{sentence}.",
        f"waiting for the server ({state})",
        f"server {short}",
        short,
    )
