"""What model servers, the GPU and samples do, in words that say what it means for the search; no sign and no colour.

The screen's log and the plain lines say the same.
"""

from __future__ import annotations

from tui_aide.tree.events import GpuHandedOver, SampleRestarted, ServerChanged, ThinkingClosed
from tui_aide.tui.figures import thousands


def server_words(event: ServerChanged, *, several: bool) -> str:
    """Return a server's new state in words.

    Args:
        event: the change.
        several: whether the search has more servers, so that this one is named and the others go on.
    """
    name = f"model server {event.server}" if several else "model server"
    why = f" ({event.detail})" if event.detail else ""
    match event.state:
        case "starting":
            end = "the others take its samples meanwhile" if several else "samples begin when it is up"
            return f"{name} starts{why}; {end}"
        case "up":
            return f"{name} is up{why}; it takes samples"
        case "asleep":
            return f"{name} sleeps{why}; no sample goes to it until it is woken"
        case "lost":
            end = "the others take its samples, and it is tried again"
            return f"{name} lost{why}; {end if several else 'the search waits for it and goes on by itself'}"
        case "stopped":
            return f"{name} stopped{why}"
        case "failed":
            return f"{name} failed{why}; " + ("the others take its samples" if several else "it gives no sample")


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
