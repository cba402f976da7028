"""The search screen: the tree, the node under the cursor, and what runs now. Steering is in `steering`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.node import Node
from tui_aide.tui.actions import EVERYWHERE, SEARCH, Action, bindings
from tui_aide.tui.feed import Feed, SessionFeed
from tui_aide.tui.glyphs import ASCII, GLYPHS
from tui_aide.tui.layout_memory import FOLLOW, LayoutMemory
from tui_aide.tui.looking import Looking
from tui_aide.tui.node_tabs import Tab
from tui_aide.tui.plain_text import one_line
from tui_aide.tui.screens.drawing import LIVE_PANES, VIEWS, Drawing
from tui_aide.tui.screens.pulse import Pulse
from tui_aide.tui.screens.search_css import SEARCH_CSS
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.key_footer import KeyFooter
from tui_aide.tui.widgets.live_pane import LivePane
from tui_aide.tui.widgets.node_panel import NodePanel, TabLine
from tui_aide.tui.widgets.prompt_line import PromptLine
from tui_aide.tui.widgets.text_pane import TextPane
from tui_aide.tui.widgets.tree_view import SolutionTreeView

if TYPE_CHECKING:
    from tui_aide.tui.steering import Steering


class SearchScreen(Screen[str]):
    """Shows one session and steers it; dismissed with how it was left: detached, stopped or closed."""

    CSS = SEARCH_CSS
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  (Textual declares them so)
        (0, "-tiny"),
        (60, "-narrow"),
        (120, "-wide"),
        (170, "-huge"),
        (300, "-vast"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-flat"),
        (16, "-low"),
        (22, "-short"),
        (34, "-tall"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = bindings(SEARCH)
    actions: ClassVar[Sequence[Action]] = SEARCH
    """What its keys do, for the footer, the help and the palette."""
    gauges_line: ClassVar[type[Board]] = Board

    def __init__(
        self,
        folder: SessionFolder,
        resume: Callable[[SessionFolder], None] | None = None,
        feed: Feed | None = None,
    ) -> None:
        super().__init__()
        self.feed: Feed = feed or SessionFeed(folder)
        self.folder = self.feed.folder
        self.resume_session = resume
        self.stopped_here = False
        self.view = "tree"
        self._steering: Steering | None = None
        self.looking = Looking(self)
        self.drawing = self.make_drawing()
        self.pulse = Pulse(self)
        self.memory = LayoutMemory(self)

    @property
    def steering(self) -> Steering:
        """What sends commands; its module is loaded when the first one is sent."""
        if self._steering is None:
            from tui_aide.tui.steering import Steering

            self._steering = Steering(self)
        return self._steering

    def make_drawing(self) -> Drawing:
        """Return what draws its figures."""
        return Drawing(self)

    def compose(self) -> ComposeResult:
        """Make all widgets once; sizes and views only show and hide them."""
        tree = self.feed.tree
        yield Board(id="status")
        yield TabLine(id="views")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield SolutionTreeView(tree, id="tree")
                yield Board(id="facts")
                yield Board(id="run")
            with Vertical(id="right"):
                yield NodePanel(self.folder, tree, self.feed.chronicle, id="node")
                with Horizontal(id="lower"):
                    yield Board(id="curve")
                    for index in range(LIVE_PANES):
                        yield LivePane(self.folder, tree, id=f"live-{index}")
                yield TextPane(id="log")
        yield Board(id="small")
        yield self.gauges_line(id="gauges")
        yield Board(id="events")
        with Horizontal(id="prompt-row"):
            yield Board(id="prompt-sign")
            yield PromptLine(id="prompt")
        yield KeyFooter((*self.actions, *EVERYWHERE))

    def on_mount(self) -> None:
        """Title the panels and begin to follow the session."""
        for name, title in (
            ("tree", "Tree"),
            ("facts", "Selected"),
            ("run", "Run"),
            ("curve", "Best so far"),
            ("log", "Events"),
        ):
            self.query_one(f"#{name}").border_title = title
        self.set_view("tree")
        self.set_class(GLYPHS == ASCII, "-ascii")
        self.tree_view.focus()
        self.memory.restore()
        self.pulse.start()

    @property
    def tree_view(self) -> SolutionTreeView:
        """The tree's widget."""
        return self.query_one("#tree", SolutionTreeView)

    @property
    def node_panel(self) -> NodePanel:
        """The panel of the node under the cursor."""
        return self.query_one("#node", NodePanel)

    @property
    def wide(self) -> bool:
        """Whether there is room for all panes at once."""
        return self.size.width >= 120 and self.size.height >= 16

    @property
    def cut_off(self) -> bool:
        """Whether nothing runs any more, so that a node without a verdict was cut off."""
        return not self.feed.live and self.feed.status != "new"

    def draw_boards(self) -> None:
        """Draw the lines and panels that are made of figures."""
        self.drawing.boards()

    # ---- moving

    @on(SolutionTreeView.Moved)
    def _moved(self, event: SolutionTreeView.Moved) -> None:
        node = self.feed.tree.nodes.get(event.node)
        if node is not None:
            self.call_after_refresh(self._show_node, node, event.candidate)

    def _show_node(self, node: Node, candidate: int | None) -> None:
        if self.tree_view.node is node and self.tree_view.candidate == candidate:
            self.node_panel.show(node, candidate)
            self.draw_boards()

    @on(SolutionTreeView.Opened)
    def _opened(self) -> None:
        self.action_zoom()

    @on(TabLine.Chosen)
    def _tab_chosen(self, event: TabLine.Chosen) -> None:
        if event.bar == "views":
            self.set_view(event.name)
        else:
            self.run_action_by_name(f"tab('{event.name}')")

    @work
    async def run_action_by_name(self, name: str) -> None:
        """Run one of the actions, as its key would."""
        await self.run_action(name)

    def set_view(self, view: str) -> None:
        """Choose what a small screen shows; a wide one shows all."""
        self.view = view
        if not self.has_class(f"view-{view}"):
            self.remove_class(*(f"view-{name}" for name in VIEWS), update=False)
            self.add_class(f"view-{view}")
        if not self.wide and self.is_mounted:
            target = {"tree": "#tree", "node": "#node-text", "live": "#live-0", "log": "#log"}.get(view, "#tree")
            self.call_after_refresh(self.query_one(target).focus)
        self.call_after_refresh(self.draw_boards)

    def on_resize(self, event: events.Resize) -> None:
        """Draw what is made for the new size."""
        self.memory.fit()
        self.call_after_refresh(self.draw_boards)

    def redraw(self) -> None:
        """Draw all boards anew: the size, the signs or the keys are others."""
        self.set_class(GLYPHS == ASCII, "-ascii")
        self.drawing.forget()
        self.call_after_refresh(self.draw_boards)

    def action_next_pane(self, step: int) -> None:
        """Focus the next pane; on a small screen show the next view."""
        if not self.wide:
            self.memory.zoom(False)
            self.set_view(VIEWS[(VIEWS.index(self.view) + step) % len(VIEWS)])
            return
        panes = [w for w in self._panes() if w.display and w.is_on_screen]
        at = panes.index(self.focused) if self.focused in panes else -1
        if panes:
            panes[(at + step) % len(panes)].focus()

    def _panes(self) -> list[Widget]:
        names = ("tree", "node-text", *(f"live-{i}" for i in range(LIVE_PANES)), "log")
        return [self.query_one(f"#{name}") for name in names]

    def action_tab(self, tab: Tab) -> None:
        """Show a tab of the node."""
        if not self.wide and self.view != "node":
            self.node_panel.keep_to(tab)  # what is not in view is wanted, not left
            self.set_view("node")
        else:
            self.node_panel.choose(tab)
        self.memory.put("tab", self.node_panel.chosen or FOLLOW)

    def action_zoom(self) -> None:
        """Show the node full screen, or in a small live pane the node that it follows."""
        if isinstance(self.focused, LivePane) and self.focused.node is not None:
            self.tree_view.go(self.focused.node.id)
        self.memory.zoom(True)
        if self.wide:
            self.set_focus(self.node_panel.pane)  # at once, so that there is one new layout
        else:
            self.set_view("node")

    def action_back(self) -> None:
        """End a search or a filter, else leave full screen, else go to the tree."""
        if self.looking.back():
            return
        if self.has_class("zoomed") or not self.wide:
            self.memory.zoom(False)
            self.set_view("tree")
        self.set_focus(self.tree_view)

    def action_events(self) -> None:
        """Show or hide the log."""
        if self.wide:
            self.memory.toggle("with-log")
            self.call_after_refresh(self.draw_boards)
        else:
            self.set_view("log")

    def action_widen(self, steps: int) -> None:
        """Give the tree more of the screen, or less."""
        self.memory.widen(steps)

    def action_follow_live(self) -> None:
        """Go to the newest live node, and to each that comes."""
        self.tree_view.following = True
        if self.feed.tree.running and not self.cut_off:
            self.tree_view.go(max(self.feed.tree.running))
        self.notify("Following the newest live node; moving the cursor ends it.", timeout=2)

    def action_go_best(self) -> None:
        """Go to the best node."""
        self.go_to(None)

    def go_to(self, node: int | None) -> None:
        """Put the cursor on a node; None is the best one."""
        node = self.feed.tree.incumbent if node is None else node
        if node is None:
            self.notify("There is no valid node yet.", severity="warning", timeout=3)
        else:
            self.tree_view.following = False
            self.tree_view.go(node)

    def action_look(self, what: str) -> None:
        """Do one of the things that change only what is shown."""
        self.looking.do(what)

    @on(SolutionTreeView.Pressed)
    def _pressed(self) -> None:
        self.looking.do("menu")

    @on(SolutionTreeView.Titled)
    def _titled(self, event: SolutionTreeView.Titled) -> None:
        self.looking.titled(event.at)

    @on(events.Click, "#curve")
    def _curve_clicked(self) -> None:
        self.looking.do("axis")

    # ---- the command line

    def action_command(self, text: str = "") -> None:
        """Open the command line, with a text begun."""
        self.open_prompt(":", text)

    def open_prompt(self, sign: str, text: str = "", hint: str = "") -> None:
        """Open the line at the bottom for a command, a search or a filter, with a text begun."""
        self.query_one("#prompt-sign", Board).show([[(f" {sign}", "key")]])
        self.query_one(PromptLine).open(sign, text, hint)

    @on(PromptLine.Changed)
    def _prompt_changed(self, event: PromptLine.Changed) -> None:
        self.looking.typed(self.query_one(PromptLine).sign, event.value)

    @on(PromptLine.Closed)
    def _prompt_closed(self, event: PromptLine.Closed) -> None:
        self.looking.closed(event.sign)

    @on(PromptLine.Entered)
    def _entered(self, event: PromptLine.Entered) -> None:
        self.tree_view.focus()
        if event.sign == ":":
            self.steering.run_line(event.text)
        else:
            self.looking.entered(event.sign, event.text)

    # ---- steering

    def action_pause(self) -> None:
        """Pause, or go on."""
        self.steering.pause()

    def action_branch(self) -> None:
        """Ask for an instruction and branch."""
        self.steering.branch()

    def action_edit(self) -> None:
        """Edit the script under the cursor."""
        self.steering.edit(self.tree_view.cursor)

    def action_kill(self) -> None:
        """Kill the script under the cursor, or in a small live pane that of the node that it follows."""
        if isinstance(self.focused, LivePane) and self.focused.node is not None:
            self.steering.kill(self.focused.node.id)
        elif self.tree_view.cursor is not None:
            self.steering.kill(self.tree_view.cursor, self.tree_view.candidate)

    def action_retry(self) -> None:
        """Make a node once more as the one under the cursor was made."""
        self.steering.retry()

    def action_prune(self) -> None:
        """Take the branch under the cursor out of the search."""
        self.steering.prune()

    def action_undo(self) -> None:
        """Bring a pruned branch back."""
        self.steering.undo()

    def action_pin(self) -> None:
        """Pin the node under the cursor, or let it go."""
        self.steering.pin()

    def action_pause_branch(self) -> None:
        """Pause the branch under the cursor, or let it go on."""
        self.steering.pause_branch()

    def action_stop(self) -> None:
        """Ask, then stop."""
        self.steering.stop()

    def action_resume(self) -> None:
        """Go on with a search that does not run."""
        self.steering.resume()

    def action_copy_path(self) -> None:
        """Copy the node's folder."""
        self.steering.copy_path()

    def action_leave(self) -> None:
        """Leave the viewer; the search goes on."""
        self.dismiss(self.left_as)

    @property
    def left_as(self) -> str:
        """How the session is left: detached (it goes on), stopped (here), or closed."""
        if self.stopped_here:
            return "stopped"
        return "detached" if self.feed.live else "closed"

    async def on_unmount(self) -> None:
        """Disconnect."""
        self.pulse.stop()
        await self.feed.aclose()

    def say(self, message: str, *, error: bool = False) -> None:
        """Show a message that may hold untrusted text."""
        self.notify(
            one_line(message), severity="error" if error else "information", markup=False, timeout=5 if error else 3
        )
