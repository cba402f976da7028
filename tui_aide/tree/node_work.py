"""What happens to one node while it is made: the part of the fold that concerns it and its candidates alone."""

from __future__ import annotations

from tui_aide.tree import events as ev
from tui_aide.tree.node import Candidate, Node, Phase, Step, Tokens

_STEPS = 16
_EARLY_TO_LATE: tuple[Phase, ...] = ("done", "queued", "thinking", "writing", "waiting", "scoring", "executing")
"""With several candidates the node shows what is nearest to a score; those that are done count last."""

Work = (
    ev.SampleStarted
    | ev.AnswerStarted
    | ev.SampleRestarted
    | ev.SampleFinished
    | ev.CodeChecked
    | ev.ExecutionStarted
    | ev.ExecutionFinished
    | ev.CandidatesForked
    | ev.CandidateFinished
    | ev.CandidateChosen
    | ev.StepTaken
)


def enter(node: Node, phase: Phase, time: float) -> None:
    """Say what happens to the node from now on."""
    node.phase, node.phase_since = phase, time


def forget(node: Node) -> None:
    """Void all that a node had when its runner died, but its place in the tree."""
    node.title = node.plan = node.message = node.chosen_by = ""
    node.tokens, node.peak_memory, node.gpu_memory = Tokens(), 0, 0
    node.samples = node.executions = node.output = node.disk = 0
    node.cpu_seconds = 0.0
    for kept in (node.costs, node.candidates, node.steps):
        kept.clear()


def work(node: Node, event: Work) -> None:
    """Fold one event of a node in the making."""
    match event:
        case ev.SampleStarted() | ev.SampleRestarted():
            _enter(node, event.candidate, "thinking", event.time)
        case ev.AnswerStarted():
            _enter(node, event.candidate, "writing", event.time)
        case ev.SampleFinished():
            _sampled(node, event)
        case ev.CodeChecked():
            if event.candidate in node.candidates:
                candidate = node.candidates[event.candidate]
                candidate.title, candidate.plan = event.title, event.plan
            node.title, node.plan, node.message = event.title, event.plan, event.message
            _enter(node, event.candidate, "waiting", event.time)
        case ev.ExecutionStarted():
            node.executions += 1
            _enter(node, event.candidate, "executing", event.time)
        case ev.ExecutionFinished():
            node.peak_memory = max(node.peak_memory, event.peak_memory)
            node.disk = max(node.disk, event.disk)
            node.gpu_memory = max(node.gpu_memory, event.gpu_memory)
            node.cpu_seconds += event.cpu_seconds
            node.output += event.output
            if event.candidate in node.candidates:
                node.candidates[event.candidate].execution_seconds += event.seconds
            _enter(node, event.candidate, "scoring", event.time)
        case ev.CandidatesForked():
            for number in event.candidates:
                node.candidates.setdefault(number, Candidate(number, event.candidate))
        case ev.CandidateFinished():
            if (ended := node.candidates.get(event.candidate)) is not None:
                ended.verdict, ended.message, ended.score = event.verdict, event.message, event.score
            _enter(node, event.candidate, "done", event.time)
        case ev.CandidateChosen():
            _choose(node, event)
        case ev.StepTaken():
            node.steps.append(Step(event.candidate, event.by, event.title, event.text))
            del node.steps[:-_STEPS]


def _enter(node: Node, candidate: int, phase: Phase, time: float) -> None:
    if candidate in node.candidates:
        node.candidates[candidate].phase = phase
        phase = max((c.phase for c in node.candidates.values()), key=_EARLY_TO_LATE.index)
        if phase == "done":
            phase = "scoring"  # they are compared
        if phase == node.phase:
            return
    enter(node, phase, time)


def _sampled(node: Node, event: ev.SampleFinished) -> None:
    node.samples += 1
    node.tokens += event.tokens
    node.costs[event.purpose] = node.costs.get(event.purpose, Tokens()) + event.tokens
    node.sample_tokens, node.finish = event.tokens, event.finish
    node.first_token_seconds, node.sampling_seconds = event.first_token_seconds, event.seconds
    node.thinking_budget, node.server = event.thinking_budget, event.server
    if event.candidate in node.candidates:
        node.candidates[event.candidate].tokens += event.tokens


def _choose(node: Node, event: ev.CandidateChosen) -> None:
    node.chosen_by = f"{event.by}: {event.reason}"
    for standing in event.standings:
        if (candidate := node.candidates.get(standing.candidate)) is not None:
            candidate.note, candidate.cluster, candidate.weight = standing.note, standing.cluster, standing.weight
            candidate.chosen = standing.candidate == event.chosen
            if not candidate.chosen:
                candidate.plan = ""  # its folder has it; with many nodes, these would be most of what they weigh
    if (chosen := node.candidates.get(event.chosen)) is not None:
        chosen.chosen = True
        node.title, node.plan = chosen.title or node.title, chosen.plan or node.plan
