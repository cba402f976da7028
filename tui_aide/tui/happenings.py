"""Events in words, for the event line and the log. Not every event is worth one."""

from __future__ import annotations

import time

import msgspec

from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.figures import VERDICT_WORDS, number, signed
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import one_line
from tui_aide.tui.server_words import closing_words, gpu_words, placed_words, restart_words, server_words
from tui_aide.tui.strategy_words import changed_words, chosen_words, forked_words, step_words

_SERVER_LOOKS = {
    "up": ("valid", "good"),
    "lost": ("warning", "bad"),
    "failed": ("buggy", "bad"),
}
"""Sign, by its meaning, and style of a server's states that are worth the event line."""


class Happening(msgspec.Struct, frozen=True):
    """One line of the log: when (seconds since 1970), what its sign means, its style's name, and the words."""

    time: float
    meaning: str
    style: str
    words: str
    notable: bool = True

    @property
    def sign(self) -> str:
        """The sign, of the table in use."""
        return str(getattr(GLYPHS, self.meaning))

    @property
    def clock(self) -> str:
        """The local time of day."""
        return time.strftime("%H:%M:%S", time.localtime(self.time))


def happening(event: ev.AnyEvent, tree: SolutionTree) -> Happening | None:
    """Return an event in words, or None where it says nothing new to a user."""

    def say(meaning: str, style: str, words: str, *, notable: bool = True) -> Happening:
        return Happening(event.time, meaning, style, one_line(words), notable)

    match event:
        case ev.SessionStarted():
            return say("dot", "muted", f"search started on {event.task} with {event.model}")
        case ev.SessionResumed():
            return say("dot", "muted", f"search resumed with {event.model}")
        case ev.SessionForked():
            of = "" if event.node is None else f", as it was after #{event.node}"
            return say("dot", "muted", f"search forked from {event.parent}{of}")
        case ev.NodeCreated():
            of = f" of #{event.parents[0]}" if event.parents else ""
            who = "user" if event.by == "user" else "dot"
            return say(who, "muted", f"#{event.node} {event.operator}{of}: {event.reason}", notable=event.by == "user")
        case ev.NodeFinished() if event.verdict == "valid" and event.score:
            return say("valid", "good", f"#{event.node} scored {number(event.score.value)}")
        case ev.NodeFinished() if event.verdict == "cancelled":
            return say("cancelled", "muted", f"#{event.node} cancelled")
        case ev.NodeFinished() if event.verdict == "killed":
            return say("cancelled", "warn", f"#{event.node} {event.message}")
        case ev.NodeFinished():
            return say("buggy", "bad", f"#{event.node} {VERDICT_WORDS[event.verdict]}: {event.message}")
        case ev.CandidatesForked():
            return say("candidate", "muted", forked_words(event), notable=False)
        case ev.CandidateChosen():
            return say("chosen", "muted", chosen_words(event), notable=False)
        case ev.StepTaken():
            return say(
                "dot", "muted", step_words(event, several=bool(tree.nodes[event.node].candidates)), notable=False
            )
        case ev.StrategyChanged() | ev.PolicyChanged():
            return say("user", "accent", changed_words(event))
        case ev.IncumbentChanged():
            gain = f", gain {signed(event.gain)}" if event.gain is not None else ""
            return say("best", "best", f"new best {number(event.score.value)} (#{event.node}{gain})")
        case ev.ChallengerRejected():
            return say(
                "dot", "muted", f"#{event.node} does not replace #{event.incumbent}: {event.reason}", notable=False
            )
        case ev.CommandReceived():
            done = "" if event.accepted else "refused: "
            return say(
                "user",
                "accent" if event.accepted else "warn",
                f"{event.by}: {event.command}: {done}{event.result}",
            )
        case ev.Paused():
            return say("dot", "warn", "paused: no new node starts")
        case ev.ModelChanged():
            return say("user", "accent", f"new nodes are made with {event.model} from now on")
        case ev.Unpaused():
            return say("dot", "live", "going on")
        case ev.BudgetChanged():
            return say("dot", "muted", f"budget changed: {event.reason}")
        case ev.Notice():
            style = {"info": "muted", "warning": "warn", "error": "bad"}[event.level]
            return say("warning", style, event.message)
        case ev.ServerChanged():
            words = server_words(event, several=len(tree.servers) > 1)
            meaning, style = _SERVER_LOOKS.get(event.state, ("dot", "muted"))
            return say(meaning, style, words, notable=event.state in _SERVER_LOOKS)
        case ev.GpuHandedOver():
            return say("dot", "muted", gpu_words(event), notable=False)
        case ev.ScriptsPlaced() if event.warning:
            return say("warning", "warn", placed_words(event))
        case ev.ScriptsPlaced():
            return say("dot", "muted", placed_words(event), notable=False)
        case ev.SampleRestarted():
            return say("warning", "warn", restart_words(event))
        case ev.ThinkingClosed():
            return say("dot", "muted", closing_words(event), notable=False)
        case ev.SelectionMade():
            return say("handed_in", "accent", f"selected #{event.node}: {event.reason}")
        case ev.EnsembleMade():
            return say("handed_in" if event.kept else "dot", "accent", f"ensemble: {event.reason}")
        case ev.RefitStarted():
            return say("live", "live", f"refit: #{event.node} runs once more, with the labels of all rows")
        case ev.Refitted():
            stays = "" if event.kept else "; the submission from before stays"
            return say("handed_in" if event.kept else "dot", "accent", f"refit: {event.reason}{stays}")
        case ev.SessionFinished():
            return say("dot", "strong", f"search {event.status}: {event.reason}")
        case _:
            return None
