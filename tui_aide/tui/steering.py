"""What the search screen's keys and command line do to the search: commands out, replies shown."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import msgspec

from tui_aide.errors import SessionError, TuiAideError, UsageError
from tui_aide.tree.commands import Branch, Command, Edit, Kill, Pause, Pin, Prune, Restore, Resume, Retry, Stop, Unpin
from tui_aide.tree.node import Node
from tui_aide.tui.candidates import candidate_folder
from tui_aide.tui.command_line import Do, EditNode, Filter, Find, Goto, Mark, Sort, parse
from tui_aide.tui.editing import edit_script
from tui_aide.tui.figures import node_name
from tui_aide.tui.plain_text import one_line

if TYPE_CHECKING:
    from tui_aide.tui.screens.search import SearchScreen


class Steering:
    """Sends the user's commands for one search screen."""

    def __init__(self, screen: SearchScreen) -> None:
        self._screen = screen
        self._refused: dict[int, str] = {}
        self._refused_code: dict[int, str] = {}

    def send(self, command: Command) -> None:
        """Send a command and show its reply, without waiting here."""
        self._screen.run_worker(self._send(command), group="send")

    async def _send(self, command: Command) -> None:
        screen = self._screen
        command = msgspec.structs.replace(command, by=os.environ.get("USER") or "user")
        try:
            reply = await screen.feed.send(command)
        except SessionError as e:
            screen.say(str(e) + self._keep(command), error=True)
            return
        kept = "" if reply.accepted else self._keep(command)
        if isinstance(command, Stop) and reply.accepted:
            screen.stopped_here = True
        screen.say(reply.message + kept, error=not reply.accepted)

    def _keep(self, command: Command) -> str:
        """Keep what the user wrote for a command that was refused, and say how to come back to it."""
        match command:
            case Branch(node=node, instruction=text):
                self._refused[node] = text
                return f" Your instruction is kept: b on #{node}."
            case Edit(node=node, code=code):
                self._refused_code[node] = code
                return f" Your script is kept: e on #{node}."
            case _:
                return ""

    def pause(self) -> None:
        """Pause a running search, or go on with a paused one."""
        if self._live():
            self.send(Resume() if self._screen.feed.tree.paused else Pause())

    def branch(self) -> None:
        """Ask for an instruction for a child of the node under the cursor."""
        from tui_aide.tui.screens.ask import InstructionDialog

        node = self._screen.tree_view.node
        if node is None:
            self._screen.say("There is no node to branch from yet.", error=True)
            return
        if not self._live():
            return
        if not node.done:
            self._screen.say(f"#{node.id} is not done yet; branch from it when its verdict is in.", error=True)
            return
        number = node.id
        about = f"{one_line(node_name(node))}\nThe child follows your instruction and starts from this node's script."
        dialog = InstructionDialog(
            f"Branch from #{number}",
            about,
            "for example: use target encoding, keep the folds",
            self._refused.get(number, ""),
        )

        def answered(text: str | None) -> None:
            if text:
                self._refused.pop(number, None)
                self.send(Branch(node=number, instruction=text))

        self._screen.app.push_screen(dialog, answered)

    def retry(self) -> None:
        """Make a node once more as the one under the cursor was made."""
        if (node := self._here()) is not None:
            self.send(Retry(node=node.id))

    def prune(self) -> None:
        """Take the branch of the node under the cursor out of the search."""
        if (node := self._here()) is not None:
            self.send(Prune(node=node.id))

    def undo(self) -> None:
        """Bring back the pruned branch under the cursor, else the one that was pruned last."""
        tree = self._screen.feed.tree
        pruned = [*tree.pruned]
        if not self._live():
            return
        if not pruned:
            self._screen.say("No branch is pruned.", error=True)
            return
        at = self._screen.tree_view.node
        while at is not None and at.id not in tree.pruned:
            at = tree.nodes[at.parents[0]] if at.parents else None
        self.send(Restore(node=at.id if at is not None else pruned[-1]))

    def pin(self) -> None:
        """Pin the node under the cursor, or let it go."""
        if (node := self._here()) is not None:
            pinned = node.id in self._screen.feed.tree.pinned
            self.send(Unpin(node=node.id) if pinned else Pin(node=node.id))

    def pause_branch(self) -> None:
        """Pause the branch of the node under the cursor, or let it go on."""
        if (node := self._here()) is not None:
            held = node.id in self._screen.feed.tree.held
            self.send(Resume(node=node.id) if held else Pause(node=node.id))

    def _here(self) -> Node | None:
        """Return the node under the cursor of a running search; else say what is missing."""
        node = self._screen.tree_view.node
        if not self._live():
            return None
        if node is None:
            self._screen.say("There is no node yet.", error=True)
        return node

    def kill(self, node: int, candidate: int | None = None) -> None:
        """Kill the script that a node, or one of its candidates, runs now."""
        if self._live():
            self.send(Kill(node=node, candidate=candidate))

    def stop(self) -> None:
        """Ask once, then stop."""
        from tui_aide.tui.screens.ask import QuestionDialog

        if not self._live():
            return
        about = "What runs now is cancelled; all finished nodes stay.\nThe search can be resumed later."

        def answered(yes: bool | None) -> None:
            if yes:
                self.send(Stop())

        self._screen.app.push_screen(QuestionDialog("Stop the search?", about), answered)

    def resume(self) -> None:
        """Go on with a search that does not run."""
        screen = self._screen
        if screen.feed.live:
            screen.say("The search is running.")
        elif screen.resume_session is None:
            screen.say(f"Go on with it by: tui-aide resume {screen.folder.id}")
        else:
            screen.say("Starting the runner ...")
            screen.run_worker(self._resume(), group="resume", exclusive=True)

    async def _resume(self) -> None:
        screen = self._screen
        assert screen.resume_session is not None
        try:
            await asyncio.to_thread(screen.resume_session, screen.folder)
        except TuiAideError as e:
            screen.say(str(e), error=True)
            return
        screen.stopped_here = False
        screen.feed.poll()
        screen.feed.look()
        if not screen.feed.live:
            screen.say(
                f"Nothing was left to do; extend the budget: tui-aide resume {screen.folder.id} --nodes N", error=True
            )

    def _live(self) -> bool:
        screen = self._screen
        if refusal := screen.feed.refusal:
            screen.say(refusal, error=True)
        return not refusal

    def run_line(self, line: str) -> None:
        """Do what was typed on the command line."""
        screen = self._screen
        try:
            what = parse(line, screen.feed.tree, screen.tree_view.cursor)
        except UsageError as e:
            screen.say(str(e), error=True)
            return
        match what:
            case Goto(node=node):
                screen.go_to(node)
            case Find(text=text):
                screen.looking.find_nodes(text, go=True)
            case Filter(text=text):
                screen.looking.set_filter(text)
            case Sort(order=order):
                screen.looking.set_order(order)
            case Mark(node=node):
                screen.looking.mark(node)
            case EditNode(node=node):
                self.edit(node)
            case Do(action=action):
                screen.run_action_by_name(action)
            case Resume(node=None) if not screen.feed.live:
                self.resume()
            case _:
                if self._live():
                    self.send(what)

    def copy_path(self) -> None:
        """Copy the path of the node's folder, or of the candidate's under the cursor."""
        screen = self._screen
        if (node := screen.tree_view.node) is not None:
            path = str(candidate_folder(screen.folder, node, screen.tree_view.candidate))
            screen.app.copy_to_clipboard(path)
            screen.say(f"Copied {path}")

    def edit(self, node: int | None) -> None:
        """Open a node's script in the user's editor; what is saved differently runs as a new child.

        Of the candidate under the cursor it is that one's script.
        """
        if node is not None and self._live():
            self._screen.run_worker(self._edit(node), group="edit", exclusive=True)

    async def _edit(self, node: int) -> None:
        screen = self._screen
        view = screen.tree_view
        candidate = view.candidate if node == view.cursor else None
        folder_there = candidate_folder(screen.folder, screen.feed.tree.nodes[node], candidate)
        try:
            code = (folder_there / "solution.py").read_text(encoding="utf-8", errors="replace")
        except OSError:
            whose = f"#{node}" + (f" candidate {candidate}" if candidate is not None else "")
            screen.say(f"{whose} has no script to edit.", error=True)
            return
        kept = self._refused_code.get(node)
        edited, problem = await edit_script(screen.app, node, code if kept is None else kept)
        if problem:
            screen.say(problem, error=True)
        elif edited is None or edited == code or not edited.strip():
            screen.say("Nothing was changed.")
        else:
            self._refused_code.pop(node, None)
            self.send(Edit(node=node, code=edited))
