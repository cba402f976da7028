"""What a node's strategy did, in words: for the event line, the log and plain lines."""

from __future__ import annotations

from tui_aide.tree import events as ev
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import one_line

_LETTERS = 100


def forked_words(event: ev.CandidatesForked) -> str:
    """Return how many candidates are made, and by which part: `#7: 5 candidates (self-consistency)`."""
    whose = f" from candidate {event.candidate}" if event.candidate else ""
    return f"#{event.node}: {len(event.candidates)} candidates{whose} ({one_line(event.by)})"


def chosen_words(event: ev.CandidateChosen) -> str:
    """Return who was chosen and why: `#7: candidate 2 of 5 chosen (self-consistency: 3 of 5 predict alike)`."""
    return (
        f"#{event.node}: candidate {event.chosen} of {len(event.standings)} chosen "
        f"({one_line(event.by)}: {one_line(event.reason)})"
    )


def step_words(event: ev.StepTaken, *, several: bool = False) -> str:
    """Return a step in a short line: `#7 candidate 2: fix 1 of 2 (self-debugging)`.

    Args:
        event: the step.
        several: whether the node has several candidates, so that candidate 0 is named, too.
    """
    whose = f" candidate {event.candidate}" if event.candidate or several else ""
    title = one_line(event.title)
    if len(title) > _LETTERS:
        title = title[: _LETTERS - 1].rstrip() + GLYPHS.ellipsis
    return f"#{event.node}{whose}: {title} ({one_line(event.by)})"


def changed_words(event: ev.StrategyChanged | ev.PolicyChanged) -> str:
    """Return what holds from now on."""
    if isinstance(event, ev.StrategyChanged):
        return f"new nodes are made by {one_line(event.strategy)} from now on"
    return f"{one_line(event.policy)} chooses from now on"
