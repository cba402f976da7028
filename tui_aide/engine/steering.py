"""Commands of a user to a running search: done or refused, with a word why, and always recorded."""

from __future__ import annotations

import msgspec

from tui_aide.engine.engine import Engine
from tui_aide.engine.policies import Choice, make_policy
from tui_aide.engine.presets import resolve
from tui_aide.engine.strategies import make_strategy
from tui_aide.errors import UsageError
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev

_LIMITS = ("nodes", "tokens", "execution_seconds", "wall_seconds")


class Steering:
    """Carries out commands on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def handle(self, command: cm.Command) -> cm.Reply:
        """Do what a user asks, or say why not; either way it is recorded."""
        reply = self._do(command)
        arguments = msgspec.to_builtins(command)
        name, by = str(arguments.pop("command")), str(arguments.pop("by"))
        if "code" in arguments:
            arguments["code"] = f"({len(arguments['code'])} characters)"
        self._engine.record(
            ev.CommandReceived(command=name, arguments=arguments, by=by, accepted=reply.accepted, result=reply.message)
        )
        return reply

    def _do(self, command: cm.Command) -> cm.Reply:
        engine, tree = self._engine, self._engine.tree
        match command:
            case cm.Pause():
                if tree.paused:
                    return cm.Reply(False, "the search is paused already")
                engine.record(ev.Paused())
                under_way = sum(n.phase != "queued" for n in tree.running.values())
                return cm.Reply(True, f"paused; {under_way} under way go on to their end")
            case cm.Resume():
                if not tree.paused:
                    return cm.Reply(False, "the search is not paused")
                engine.record(ev.Unpaused())
                return cm.Reply(True, "the search goes on")
            case cm.Branch():
                if not command.instruction.strip():
                    return cm.Reply(False, "nothing to do: the instruction is empty")
                choice = Choice("branch", (command.node,), "you asked")
                return self._child(choice, instruction=command.instruction.strip())
            case cm.Edit():
                if not command.code.strip():
                    return cm.Reply(False, "nothing to do: the script is empty")
                return self._child(Choice("edit", (command.node,), "you wrote it"), code=command.code)
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
                    return cm.Reply(False, _without_option(e))
                engine.set_policy(policy)
                return cm.Reply(True, f"policy from now on: {policy.spec}")
            case cm.Stop():
                engine.stop("you stopped it", now=command.now)
                return cm.Reply(True, "stopping" if command.now else "stopping when what runs has ended")

    def _kill(self, command: cm.Kill) -> cm.Reply:
        tree, number = self._engine.tree, command.node
        if number not in tree.nodes:
            others = f"; there are #0 to #{len(tree.nodes) - 1}" if tree.nodes else " yet"
            return cm.Reply(False, f"there is no node #{number}{others}")
        node, whose = tree.nodes[number], f"#{number}"
        if command.candidate is not None:
            if command.candidate not in node.candidates:
                return cm.Reply(False, f"{whose} has no candidate {command.candidate}")
            whose += f" candidate {command.candidate}"
        killed = self._engine.kill(number, command.candidate)
        if killed:
            return cm.Reply(True, f"{killed} scripts of {whose} are killed" if killed > 1 else f"{whose} is killed")
        doing = f"it is done ({node.verdict})" if node.done else f"it is {node.phase} now"
        if command.candidate is not None and not node.done:
            doing = f"it is {node.candidates[command.candidate].phase} now"
        return cm.Reply(False, f"{whose} runs no script to kill: {doing}")

    def _set_strategy(self, spec: str) -> cm.Reply:
        given, chosen = resolve(spec, None)
        try:
            strategy = make_strategy(given)
            policy = make_policy(chosen) if chosen is not None else None
        except UsageError as e:
            return cm.Reply(False, _without_option(e))
        self._engine.set_strategy(strategy)
        if policy is None:
            return cm.Reply(True, f"strategy of new nodes: {strategy.spec}")
        self._engine.set_policy(policy)
        return cm.Reply(True, f"strategy of new nodes: {strategy.spec}; policy: {policy.spec}")

    def _child(self, choice: Choice, instruction: str = "", code: str = "") -> cm.Reply:
        tree = self._engine.tree
        (parent,) = choice.parents
        if parent not in tree.nodes:
            return cm.Reply(False, f"there is no node #{parent}; there are #0 to #{len(tree.nodes) - 1}")
        if not tree.nodes[parent].done:
            return cm.Reply(False, f"#{parent} is not done yet; branch from it when its verdict is in")
        refusal = self._engine.ask(choice, instruction, code)
        if refusal:
            return cm.Reply(False, f"no new node: {refusal}")
        when = "when the search goes on" if tree.paused else "as soon as there is room"
        return cm.Reply(True, f"#{len(tree.nodes) - 1}, a child of #{parent}, starts {when}")

    def _set_budget(self, command: cm.SetBudget) -> cm.Reply:
        given = {k: v for k in _LIMITS if (v := getattr(command, k)) is not None}
        if not given:
            return cm.Reply(False, "no limit was given")
        if any(v <= 0 for v in given.values()):
            return cm.Reply(False, "a limit must be above 0")
        made = len(self._engine.tree.nodes)
        if given.get("nodes", made) < made:
            return cm.Reply(False, f"there are {made} nodes already, so the limit cannot be {given['nodes']}")
        self._engine.set_budget(msgspec.structs.replace(self._engine.tree.budget, **given), "you asked")
        return cm.Reply(True, "budget: " + ", ".join(f"{k.replace('_', ' ')} {v:g}" for k, v in given.items()))


def _without_option(error: UsageError) -> str:
    """Return an error of a spec as who typed no option should read it."""
    return str(error).removeprefix("--strategy ").removeprefix("--policy ")
