"""Steering: a user's commands, done or refused in words. Every one is in the journal with what came of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import msgspec

from tui_aide.engine.changes import Changes
from tui_aide.engine.engine import Engine
from tui_aide.engine.policies import Choice, make_policy
from tui_aide.engine.presets import resolve
from tui_aide.engine.strategies import Result, make_strategy
from tui_aide.errors import TuiAideError, UsageError
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node

_LIMITS = ("nodes", "tokens", "execution_seconds", "wall_seconds")
_CODE_BYTES = 1_000_000
_TEXT_LETTERS = 4_000
_SAMPLES = 16
_HINTS = 20
_STREAMS = 256
"""More samples or scripts at once than that is a slip of the finger."""


class Surroundings(Protocol):
    """What steering needs of the program around the engine."""

    async def change_model(self, command: cm.SetModel) -> str:
        """Have the engine make new nodes with another model; return what was done, in words.

        Raises:
            TuiAideError: it cannot be had.
        """
        ...

    def share(self, slots: int) -> tuple[int, int | None]:
        """Return the threads and the bytes of memory (None: no limit) of each of so many scripts at once."""
        ...


class _Refused(Exception):
    """A command that cannot be done, with why."""


class Steering:
    """Carries out commands on one engine."""

    def __init__(self, engine: Engine, surroundings: Surroundings) -> None:
        self._engine = engine
        self._changes = Changes(engine)
        self._surroundings = surroundings

    async def handle(self, command: cm.Command) -> cm.Reply:
        """Do what a user asks, or say why not; either way it is recorded."""
        if not isinstance(command, cm.SetModel):
            return self.do(command)
        try:
            reply = cm.Reply(True, await self._surroundings.change_model(command))
        except TuiAideError as e:
            reply = cm.Reply(False, _without_option(e))
        return self._told(command, reply)

    def do(self, command: cm.Command) -> cm.Reply:
        """Do what a user asks, as `handle` does, where nobody is to be asked for it: anything but a change of model."""
        try:
            reply = cm.Reply(True, self._do(command))
        except _Refused as refusal:
            reply = cm.Reply(False, str(refusal))
        return self._told(command, reply)

    def _told(self, command: cm.Command, reply: cm.Reply) -> cm.Reply:
        """Record a command and what came of it."""
        arguments = {k: v for k, v in msgspec.to_builtins(command).items() if v is not None}
        name, by = str(arguments.pop("command")), str(arguments.pop("by"))[:80]
        if "code" in arguments:
            arguments["code"] = f"({len(arguments['code'])} characters)"
        for key, value in arguments.items():
            if isinstance(value, str):
                arguments[key] = value[:_TEXT_LETTERS]
        self._engine.record(
            ev.CommandReceived(command=name, arguments=arguments, by=by, accepted=reply.accepted, result=reply.message)
        )
        return reply

    def _do(self, command: cm.Command) -> str:
        match command:
            case cm.Pause():
                return self._pause(command)
            case cm.Resume():
                return self._resume(command)
            case cm.Branch() | cm.Edit() | cm.Retry():
                return self._make(command)
            case cm.Prune() | cm.Restore():
                return self._prune(command)
            case cm.Pin() | cm.Unpin():
                return self._pin(command)
            case cm.Hint() | cm.DropHint():
                return self._hint(command)
            case cm.Kill():
                return self._kill(command)
            case cm.SetBudget():
                return self._set_budget(command)
            case cm.SetStrategy():
                return self._set_strategy(command.spec)
            case cm.SetPolicy():
                try:
                    policy = make_policy(command.spec)
                except UsageError as e:
                    raise _Refused(_without_option(e)) from e
                self._changes.set_policy(policy)
                return f"policy from now on: {policy.spec}"
            case cm.SetStreams():
                return self._set_streams(command)
            case cm.Stop():
                self._engine.stop("you stopped it", now=command.now)
                return "stopping" if command.now else "stopping when what runs has ended"
            case _:
                raise _Refused(f"{type(command).__name__} is not done here")

    # --- all of it, or a branch ---

    def _pause(self, command: cm.Pause) -> str:
        tree = self._engine.tree
        if command.node is None:
            if tree.paused:
                raise _Refused("the search is paused already")
            self._engine.record(ev.Paused())
            under_way = sum(n.phase != "queued" for n in tree.running.values())
            return f"paused; {under_way} under way go on to their end"
        node = self._node(command.node)
        if node.held:
            raise _Refused(f"the branch of #{node.id} is paused already{self._above(node, tree.held)}")
        self._engine.record(ev.BranchPaused(node=node.id))
        under_way = sum(not n.done for n in tree.branch(node.id))
        return f"the branch of #{node.id} is paused; {under_way} under way there go on to their end"

    def _resume(self, command: cm.Resume) -> str:
        tree = self._engine.tree
        if command.node is None:
            if not tree.paused:
                raise _Refused("the search is not paused")
            self._engine.record(ev.Unpaused())
            return "the search goes on"
        node = self._node(command.node)
        if node.id not in tree.held:
            raise _Refused(f"the branch of #{node.id} was not paused{self._above(node, tree.held)}")
        self._engine.record(ev.BranchUnpaused(node=node.id))
        return f"the branch of #{node.id} goes on" + (f"{self._above(node, tree.held)} still" if node.held else "")

    def _prune(self, command: cm.Prune | cm.Restore) -> str:
        tree, node = self._engine.tree, self._node(command.node)
        best = tree.incumbent
        if isinstance(command, cm.Prune):
            if node.pruned:
                raise _Refused(f"#{node.id} is pruned already{self._above(node, tree.pruned)}")
            count = self._changes.prune(node.id)
            done = f"#{node.id} is pruned" + (f" with {count - 1} below it" if count > 1 else "")
        else:
            if node.id not in tree.pruned:
                raise _Refused(f"#{node.id} was not pruned{self._above(node, tree.pruned)}")
            count = self._changes.restore(node.id)
            done = f"#{node.id} is back" + (f" with {count - 1} below it" if count > 1 else "")
            done += f"{self._above(node, tree.pruned)} still" if node.pruned else ""
        if tree.incumbent != best:
            done += f"; the best is now #{tree.incumbent}" if tree.incumbent is not None else "; there is no best now"
        return done

    def _above(self, node: Node, marked: Collection[int]) -> str:
        """Name the marked node above, by which this one is marked, too; empty where there is none."""
        nodes = self._engine.tree.nodes
        while node.parents:
            node = nodes[node.parents[0]]
            if node.id in marked:
                return f" by that of #{node.id}"
        return ""

    def _pin(self, command: cm.Pin | cm.Unpin) -> str:
        tree, node = self._engine.tree, self._node(command.node)
        if isinstance(command, cm.Unpin):
            if node.id not in tree.pinned:
                raise _Refused(f"#{node.id} is not pinned")
            self._engine.record(ev.Unpinned(node=node.id))
            return f"#{node.id} is not pinned any more"
        if node.id in tree.pinned:
            raise _Refused(f"#{node.id} is pinned already")
        if node.pruned:
            raise _Refused(f"#{node.id} is pruned; restore it first")
        self._engine.record(ev.Pinned(node=node.id))
        others = len(tree.pinned) - 1
        return f"#{node.id} is pinned: new nodes go to its branch" + (
            f", or to {others} others pinned" if others else ""
        )

    def _hint(self, command: cm.Hint | cm.DropHint) -> str:
        tree = self._engine.tree
        if isinstance(command, cm.DropHint):
            if command.hint not in tree.hints:
                known = ", ".join(map(str, sorted(tree.hints))) or "none"
                raise _Refused(f"there is no hint {command.hint}; there are: {known}")
            self._engine.record(ev.HintDropped(hint=command.hint))
            return f"hint {command.hint} is dropped"
        text = self._text(command.text, "hint")
        if len(tree.hints) >= _HINTS:
            raise _Refused(f"there are {_HINTS} hints already; drop one first")
        self._engine.record(ev.HintGiven(hint=tree.hint_count + 1, text=text))
        return f"hint {tree.hint_count}: every new prompt holds it"

    # --- nodes ---

    def _make(self, command: cm.Branch | cm.Edit | cm.Retry) -> str:
        node = self._node(command.node)
        if node.pruned:
            raise _Refused(f"#{node.id} is pruned; restore it first")
        match command:
            case cm.Branch():
                instruction = self._text(command.instruction, "instruction")
                if not 1 <= command.samples <= _SAMPLES:
                    raise _Refused(f"samples must be 1 to {_SAMPLES}, not {command.samples}")
                self._must_be_done(node, "branch from it")
                return self._children(Choice("branch", (node.id,), "you asked"), instruction, "", command.samples)
            case cm.Edit():
                if not command.code.strip():
                    raise _Refused("nothing to do: the script is empty")
                if len(command.code.encode("utf-8", "replace")) > _CODE_BYTES:
                    raise _Refused(f"the script is too long: more than {_CODE_BYTES:,} bytes")
                self._must_be_done(node, "branch from it")
                return self._children(Choice("edit", (node.id,), "you wrote it"), "", command.code, 1)
            case cm.Retry():
                self._must_be_done(node, "try it again")
                code = self._changes.script_of(node.id) if node.operator == "edit" else ""
                if node.operator == "edit" and not code:
                    raise _Refused(f"#{node.id} is your own script, and its file is gone; use edit")
                again = Choice(node.operator, node.parents, f"you asked for #{node.id} once more")
                return self._children(again, node.instruction, code, 1)

    def _must_be_done(self, node: Node, what: str) -> None:
        if not node.done:
            raise _Refused(f"#{node.id} is not done yet; {what} when its verdict is in")

    def _children(self, choice: Choice, instruction: str, code: str, count: int) -> str:
        tree = self._engine.tree
        made: list[str] = []
        for _ in range(count):
            if refusal := self._changes.ask(choice, instruction, code):
                if made:
                    break
                raise _Refused(f"no new node: {refusal}")
            made.append(f"#{len(tree.nodes) - 1}")
        when = "when the search goes on" if tree.paused else "as soon as there is room"
        whose = f"a child of #{choice.parents[0]}" if choice.parents else "a draft"
        if len(made) == 1:
            return f"{made[0]}, {whose}, starts {when}"
        return f"{made[0]} to {made[-1]}, children of #{choice.parents[0]}, start {when}"

    def _kill(self, command: cm.Kill) -> str:
        node = self._node(command.node)
        whose = f"#{node.id}"
        if command.candidate is not None:
            if command.candidate not in node.candidates:
                raise _Refused(f"{whose} has no candidate {command.candidate}")
            whose += f" candidate {command.candidate}"
        scripts, samples = self._changes.kill(node.id, command.candidate)
        if scripts:
            return f"{scripts} scripts of {whose} are killed" if scripts > 1 else f"{whose} is killed"
        if samples:
            return f"{samples} samples of {whose} are stopped" if samples > 1 else f"the sample of {whose} is stopped"
        if command.candidate is None and not node.done:
            phase = node.phase
            self._changes.end(node.id, Result("killed", f"you stopped it while it was {phase}"))
            return f"{whose} is stopped; it was {phase}"
        doing = f"it is done ({node.verdict})" if node.done else f"it is {node.phase} now"
        if command.candidate is not None and not node.done:
            doing = f"it is {node.candidates[command.candidate].phase} now"
        raise _Refused(f"{whose} runs no script to kill: {doing}")

    def _node(self, number: int) -> Node:
        nodes = self._engine.tree.nodes
        if number not in nodes:
            others = f"; there are #0 to #{len(nodes) - 1}" if nodes else " yet"
            raise _Refused(f"there is no node #{number}{others}")
        return nodes[number]

    def _text(self, text: str, name: str) -> str:
        if not text.strip():
            raise _Refused(f"nothing to do: the {name} is empty")
        if len(text) > _TEXT_LETTERS:
            raise _Refused(f"the {name} is too long: {len(text):,} characters, {_TEXT_LETTERS:,} at most")
        return text.strip()

    # --- how the search is done ---

    def _set_strategy(self, spec: str) -> str:
        given, chosen = resolve(spec, None)
        try:
            strategy = make_strategy(given)
            policy = make_policy(chosen) if chosen is not None else None
        except UsageError as e:
            raise _Refused(_without_option(e)) from e
        self._changes.set_strategy(strategy)
        if policy is None:
            return f"strategy of new nodes: {strategy.spec}"
        self._changes.set_policy(policy)
        return f"strategy of new nodes: {strategy.spec}; policy: {policy.spec}"

    def _set_streams(self, command: cm.SetStreams) -> str:
        tree, settings = self._engine.tree, self._engine.settings
        workers, slots = command.workers or settings.workers, command.slots or settings.slots
        for name, given in (("workers", command.workers), ("slots", command.slots)):
            if given is not None and not 1 <= given <= _STREAMS:
                raise _Refused(f"{name} must be 1 to {_STREAMS}, not {given}")
        if settings.sequential:
            raise _Refused("this search makes one node at a time (--sequential), whatever its workers and slots")
        if (workers, slots) == (settings.workers, settings.slots):
            raise _Refused(f"nothing to do: there are {workers} workers and {slots} slots")
        self._changes.set_streams(workers, slots, *self._surroundings.share(slots))
        return f"from now on {tree.workers} workers and {tree.slots} slots; what is under way goes on as it began"

    def _set_budget(self, command: cm.SetBudget) -> str:
        given = {k: v for k in _LIMITS if (v := getattr(command, k)) is not None}
        if not given:
            raise _Refused("no limit was given")
        if not all(0 < v < float("inf") for v in given.values()):
            raise _Refused("a limit must be above 0")
        made = len(self._engine.tree.nodes)
        if given.get("nodes", made) < made:
            raise _Refused(f"there are {made} nodes already, so the limit cannot be {given['nodes']}")
        self._changes.set_budget(msgspec.structs.replace(self._engine.tree.budget, **given), "you asked")
        return "budget: " + ", ".join(f"{k.replace('_', ' ')} {v:g}" for k, v in given.items())


def _without_option(error: TuiAideError) -> str:
    """Return an error of an option as who typed none should read it."""
    text = str(error)
    for option in ("--strategy ", "--policy ", "--base-url "):
        text = text.removeprefix(option)
    return text.replace("--model ", "model ").replace("--base-url ", "base-url ")
