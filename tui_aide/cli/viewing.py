"""Showing a running session: on the screen, or as lines on standard output."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time

import msgspec

from tui_aide.cli.program_name import program_name
from tui_aide.cli.table import counted
from tui_aide.cli.table import printable as printable
from tui_aide.cli.terminal import shows_screens, why_no_screen
from tui_aide.errors import TuiAideError, UsageError
from tui_aide.sessions.client import send_once
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.summary import summarise
from tui_aide.sessions.view import SessionView
from tui_aide.tree import events as ev
from tui_aide.tree.commands import Stop
from tui_aide.tui import server_words as words
from tui_aide.tui import strategy_words as strategy

_POLL = 0.1


def wants_screen(options: argparse.Namespace) -> bool:
    """Whether to open the screen: not with --headless, and not where no terminal can show it."""
    if options.json and not options.headless:
        raise UsageError("--json goes with --headless")
    if options.headless:
        return False
    return shows_screens()


def say_no_screen(options: argparse.Namespace) -> None:
    """Say why lines come where a screen was to be expected; to be called once it is sure that they will come."""
    if options.headless:
        return
    print(f"{why_no_screen()}; plain lines instead of the screen (--headless says so on purpose)", file=sys.stderr)


def show_screen(folder: SessionFolder) -> int:
    """Open the search screen and, when it is left, say how to come back."""
    from tui_aide.sessions.launch import launch_with_room
    from tui_aide.tui.app import run_viewer

    run_viewer(folder, resume=launch_with_room)
    say_goodbye(folder)
    return 0


def say_goodbye(folder: SessionFolder) -> None:
    """Print what became of a session whose screen was closed."""
    view = SessionView(folder)
    view.refresh()
    if is_running(folder):
        print(f"The search goes on without a screen. Come back: {program_name()} attach {folder.id}")
        return
    from tui_aide.sessions.launch import MORE_NODES

    for line in closing_lines(view):
        print(printable(line))
    if view.tree.selected is not None:
        print(f"Its best script: {program_name()} export {folder.id} -o solution.py")
    more = f" --nodes {len(view.tree.nodes) + MORE_NODES}" if view.tree.status == "finished" else ""
    print(f"Go on with it: {program_name()} resume {folder.id}{more}")


def print_session(folder: SessionFolder, *, as_json: bool, since: int = 0, stops: bool = True) -> int:
    """Follow a running session on standard output until it ends.

    The first Ctrl-C (or SIGTERM) stops the search cleanly and still prints the end; a second one leaves at once. Who
    did not start the search but came to look (`stops` is False) leaves by the first, and the search goes on.

    Args:
        folder: the session.
        as_json: one event a line and last the summary, instead of plain lines.
        since: events up to this `seq` are not printed, as they were before.
        stops: whether Ctrl-C stops the search.

    Returns:
        0 when the search ended with a valid solution, 130 when it was left, else 1.
    """
    interrupts = 0

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            raise KeyboardInterrupt

    before = [(n, signal.signal(n, interrupt)) for n in (signal.SIGINT, signal.SIGTERM)]
    try:
        view = SessionView(folder)
        asked = False
        while True:
            alive = is_running(folder)  # before reading: what a runner wrote before it ended is then read, too
            for event in view.refresh():
                if event.seq > since:
                    print_event(view, event, as_json)
            if interrupts and alive and not stops:
                name = program_name()
                ways = f"Come back: {name} attach {folder.id}; end it: {name} send {folder.id} stop"
                print(f"The search goes on. {ways}", file=sys.stderr)
                return 130
            if interrupts and not asked:
                asked = _stop(folder)
            if not alive:
                break
            time.sleep(_POLL)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    summary = summarise(folder, view.tree, status=view.status)
    if as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        for line in closing_lines(view):
            print(printable(line))
    sys.stdout.flush()
    return 0 if view.tree.selected is not None and view.status in ("finished", "stopped") else 1


def _stop(folder: SessionFolder) -> bool:
    """Ask the runner to stop; False where it could not be asked, so that the next round asks again."""

    try:
        asyncio.run(send_once(folder, Stop()))
    except TuiAideError:  # it starts or ends just now
        return False
    print("stopping; once more to leave at once (the search then ends on its own)", file=sys.stderr)
    return True


def print_event(view: SessionView, event: ev.AnyEvent, as_json: bool) -> None:
    """Print one event, which the view has folded, as a plain line or as JSON."""
    if as_json:
        sys.stdout.write(ev.encode(event).decode())
    else:
        line = plain_line(view, event)
        if line:
            print(time.strftime("%H:%M:%S", time.localtime(event.time)), printable(line))
    sys.stdout.flush()


def plain_line(view: SessionView, event: ev.AnyEvent) -> str:
    """Return an event in words for people, or an empty string for one that says them nothing."""
    match event:
        case ev.SessionStarted():
            return (
                f"session {event.session}: {event.task}, {event.metric} ({_better(event.direction)} is better), "
                f"model {event.model}, {event.policy} + {event.strategy}, seed {event.seed}"
            )
        case ev.SessionResumed():
            again = f", {len(event.restarted)} in flight start again" if event.restarted else ""
            return f"resumed{again}"
        case ev.SessionForked():
            after = "" if event.node is None else f", as it was after #{event.node}"
            return f"session {event.session}: forked from {event.parent}{after}"
        case ev.NodeCreated():
            parents = " of " + ", ".join(f"#{p}" for p in event.parents) if event.parents else ""
            asked = event.instruction if event.by == "user" else ""
            return f"#{event.node:<3} {event.operator}{parents}: {' '.join((asked or event.reason).split())}"
        case ev.NodeFinished():
            took, title = f"{event.seconds:.1f} s", view.tree.nodes[event.node].title
            if event.score is not None:
                return f"#{event.node:<3} ✓ {_score(event.score.value, event.score.se)}  {title}  {took}"
            sign = "⊘" if event.verdict in ("cancelled", "killed") else "✗"
            return f"#{event.node:<3} {sign} {event.verdict}  {' '.join(event.message.split())[:160]}  {took}"
        case ev.IncumbentChanged():
            return f"★ new best #{event.node}: {_score(event.score.value, event.score.se)} ({event.reason})"
        case ev.ChallengerRejected():
            return f"#{event.node:<3} stays behind #{event.incumbent}: {event.reason}"
        case ev.CommandReceived():
            return f"{event.by}: {event.command}: {event.result}"
        case ev.CandidatesForked():
            return strategy.forked_words(event)
        case ev.CandidateChosen():
            return strategy.chosen_words(event)
        case ev.StepTaken():
            several = bool(view.tree.nodes[event.node].candidates)  # too many lines then; the screen tells them
            return "" if several else strategy.step_words(event)
        case ev.StrategyChanged() | ev.PolicyChanged():
            return strategy.changed_words(event)
        case ev.Notice():
            return f"! {event.message}"
        case ev.ServerChanged():
            sign = "! " if event.state in ("lost", "failed") else ""
            return sign + words.server_words(event, several=len(view.tree.servers) > 1)
        case ev.GpuHandedOver():
            return words.gpu_words(event)
        case ev.ScriptsPlaced():
            return ("! " if event.warning else "") + words.placed_words(event)
        case ev.SampleRestarted():
            return f"! {words.restart_words(event)}"
        case ev.ThinkingClosed():
            return words.closing_words(event)
        case ev.SelectionMade():
            return f"selection: {event.reason}"
        case ev.EnsembleMade():
            return f"ensemble: {event.reason}"
        case ev.RefitStarted():
            return f"refit: #{event.node} runs once more, with the labels of all rows"
        case ev.Refitted():
            return f"refit: {event.reason}{'' if event.kept else '; the submission from before stays'}"
        case ev.SessionFinished():
            return f"{event.status}: {event.reason}"
        case _:
            return ""


def closing_lines(view: SessionView) -> list[str]:
    """Return the last words of a session: the best, both its scores, and where it lies."""
    tree, folder = view.tree, view.folder
    made = f"{counted(tree.finished_count, 'node')} in {_clock(tree.wall(tree.last_time))}"
    if tree.selected is None or tree.started is None:
        return [f"{view.status}: {made}, no valid solution; see {folder.path}"]
    node = tree.nodes[tree.selected]
    assert node.score is not None
    scores = f"{tree.started.metric} {_score(node.score.value, node.score.se)} on the search rows"
    if node.score.source == "reported":
        scores = f"{tree.started.metric} {node.score.value:.5g}, self-reported by the script"
    if tree.selection is not None:
        selection = next(c.selection for c in tree.selection.candidates if c.node == node.id)
        scores += f", {selection:.5g} on the selection rows (best of {len(tree.selection.candidates)} there)"
    handed_in = folder.best / "submission.csv"
    what, more = f"#{node.id} {node.title}", []
    if tree.ensemble is not None and tree.ensemble.kept:
        what = f"a blend of {len(tree.ensemble.members)} nodes, #{node.id} the best of them alone"
        more = [f"  blend: {tree.ensemble.reason}"]
    elif tree.refit is not None and tree.refit.kept:
        what += ", run once more with all labels"
    return [
        f"{view.status}: {made}; {'handed in' if tree.selection else 'best'} {what}",
        f"  {scores}",
        *more,
        f"  {handed_in if handed_in.is_file() else folder.best}",
    ]


def _score(value: float, se: float | None) -> str:
    return f"{value:.5g} ± {se:.2g}" if se is not None else f"{value:.5g}"


def _better(direction: str) -> str:
    return "lower" if direction == "min" else "higher"


def _clock(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
