"""What model servers, the GPU and samples do, in words that say what it means for the search; no sign and no colour.

The screen's log and the plain lines say the same.
"""

from __future__ import annotations

from tui_aide.tree.events import GpuHandedOver, SampleRestarted, ScriptsPlaced, ServerChanged, ThinkingClosed
from tui_aide.tui.figures import thousands

_MEANINGS: dict[str, tuple[str, str, str]] = {
    "starting": ("starts", "samples begin when it is up", "the others take its samples meanwhile"),
    "up": ("is up", "it takes samples", "it takes its share of the samples"),
    "asleep": ("sleeps", "no sample goes to it until it is woken", "no sample goes to it until it is woken"),
    "lost": ("lost", "the search waits for it and goes on by itself", "the others take its samples until it is back"),
    "stopped": ("stopped", "no sample goes to it", "no sample goes to it"),
    "failed": ("failed", "it gives no sample", "the others take its samples"),
}
"""For each state: what the server does, and what that means where it is the only one, or one of several."""


def server_words(event: ServerChanged, *, several: bool) -> str:
    """Return a server's new state in words: what it means for the search, then the server's own reason.

    Args:
        event: the change.
        several: whether the search has more servers, so that this one is named and the others go on.
    """
    does, alone, among_others = _MEANINGS[event.state]
    name = f"model server {event.server}" if several else "model server"
    why = f" ({event.detail})" if event.detail else ""
    return f"{name} {does}; {among_others if several else alone}{why}"


def gpu_words(event: GpuHandedOver) -> str:
    """Return in words who has the GPU now, why, and what the change took."""
    cost = f"took {event.seconds:.1f} s"
    if event.freed is not None:
        cost += f", {event.freed / 2**30:.1f} GiB freed"
    return f"GPU goes to {event.to} ({event.reason}); {cost}"


def restart_words(event: SampleRestarted) -> str:
    """Return in words that a completion begins anew."""
    return f"#{event.node} sample broke off ({event.reason}); it begins anew, what had come of it is void"


def closing_words(event: ThinkingClosed) -> str:
    """Return in words that the thinking was closed."""
    tokens = thousands(event.tokens)
    return f"#{event.node} thinking closed after {tokens} tokens ({event.reason}); the answer follows"


def placed_words(event: ScriptsPlaced) -> str:
    """Return where scripts run, and where that is weak what to do about it, in one line."""
    run = f"scripts run {'with' if event.words.startswith('no ') else 'in'} {event.words}"
    if not event.warning:
        return run
    remedy = f"; to have it stronger: {event.remedy}" if event.remedy else ""
    return f"{run}: {event.warning}{remedy}"
