"""What the search screen's keys do to what is shown: filter, order, marks, searches. Nothing is sent to the runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_aide.errors import UsageError
from tui_aide.tui.node_filter import FILTER_WORDS, NodeFilter, haystack
from tui_aide.tui.node_menu import open_menu
from tui_aide.tui.orders import ORDER_WORDS, ORDERS, Order
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.widgets.node_row import COMPACT
from tui_aide.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from tui_aide.tree.node import Node
    from tui_aide.tui.screens.search import SearchScreen


class Looking:
    """Chooses what one search screen shows.

    Attributes:
        pane: the text that a search was opened in, None for the tree.
    """

    def __init__(self, screen: SearchScreen) -> None:
        self._screen = screen
        self.pane: TextPane | None = None

    def do(self, what: str) -> None:
        """Do what a key asks for."""
        {
            "find": self.find,
            "next": lambda: self.next(1),
            "previous": lambda: self.next(-1),
            "filter": self.filter,
            "sort": self.sort,
            "mark": self.mark,
            "unmark": self.unmark,
            "compare": self.compare,
            "axis": lambda: self._screen.drawing.next_axis(),
            "base": self.base,
            "split": self.split,
            "part": self.part,
            "single": self.single,
            "menu": lambda: open_menu(self._screen),
            "copy": self._copy,
            "export": self._export,
        }[what]()

    # ---- searching

    def find(self) -> None:
        """Open the search: in the text that has the focus, else in the tree."""
        focused = self._screen.focused
        self.pane = focused if isinstance(focused, TextPane) else None
        self._screen.open_prompt("/", hint="a text to find here" if self.pane is not None else "")

    def typed(self, sign: str, text: str) -> None:
        """Show what a search or a filter finds while it is typed."""
        if sign == "/" and self.pane is not None:
            self.pane.find(text)
        elif sign == "/":
            self.find_nodes(text, go=False)
        elif sign == "f":
            self.set_filter(text, typing=True)

    def entered(self, sign: str, text: str) -> None:
        """Take a search or a filter that was entered."""
        pane = self.pane
        if sign == "f":
            self.set_filter(text)
        elif pane is None:
            self.find_nodes(text, go=True)
        else:
            pane.focus()
            found = pane.find(text)
            if found:
                self._screen.say(f"{found} {'line' if found == 1 else 'lines'}; n and N go through them, esc ends.")
            else:
                pane.find("")
                self._screen.say(f"Nothing here holds {text!r}.", error=True)

    def closed(self, sign: str) -> None:
        """Give the focus back to the text that a search was opened in and left without a word."""
        if sign == "/" and self.pane is not None:
            self.pane.find("")
            self.pane.focus()

    def find_nodes(self, text: str, *, go: bool) -> None:
        """Mark the nodes that hold a text; `go` puts the cursor on the first from here on."""
        screen = self._screen
        tree, view = screen.feed.tree, screen.tree_view
        wanted = text.casefold().strip()
        cut_off = screen.cut_off
        view.matches = {
            n.id
            for n in tree.nodes.values()
            if wanted and (wanted == f"#{n.id}" or wanted in haystack(n, cut_off=cut_off))
        }
        view.refresh()
        if not go:
            return
        if not view.matches:
            screen.say(f"No node holds {text!r}.", error=True)
        else:
            if view.cursor not in view.matches:
                self.next(1)
            screen.say(f"{len(view.matches)} of {len(tree.nodes)} nodes; n and N go through them, esc ends.")

    def next(self, step: int) -> None:
        """Go to the next match in the text that has the focus, else in the tree, else to the next live node."""
        focused = self._screen.focused
        if isinstance(focused, TextPane) and focused.sought:
            focused.go_found(step)
            return
        view, tree = self._screen.tree_view, self._screen.feed.tree
        wanted = view.matches or (set() if self._screen.cut_off else set(tree.running))
        rows = sorted((view.rows.row_of.get(view.rows.visible(tree, i), 0), i) for i in wanted)
        if not rows:
            self._screen.say("Nothing is live now.")
            return
        here = (view.rows.row_of.get(view.cursor or 0, -1), view.cursor if view.cursor is not None else -1)
        later = (
            [i for row, i in rows if (row, i) > here]
            if step > 0
            else [i for row, i in reversed(rows) if (row, i) < here]
        )
        view.following = False
        view.go(later[0] if later else rows[0 if step > 0 else -1][1])

    def back(self) -> bool:
        """End what is on: the search in the text, in the tree, then the filter; return whether anything was."""
        view = self._screen.tree_view
        focused = self._screen.focused
        if isinstance(focused, TextPane) and focused.sought:
            focused.find("")
            return True
        if view.matches:
            view.matches = set()
            view.refresh()
            return True
        if view.rows.filter is not None and focused is view:
            self.set_filter("")
            return True
        return False

    # ---- filter, order, marks

    def filter(self) -> None:
        """Open the filter, with its words of now."""
        shown = self._screen.tree_view.rows.filter
        self._screen.open_prompt("f", shown.text + " " if shown is not None else "")

    def set_filter(self, text: str, *, typing: bool = False) -> None:
        """Show only the nodes that the words hold for; none ends it."""
        screen = self._screen
        try:
            chosen = NodeFilter(text)
        except UsageError as e:
            if not typing:
                screen.say(str(e), error=True)
            return
        view = screen.tree_view
        view.put_in_order(None, chosen)
        self.title()
        if not typing and chosen and not view.rows.hits:
            screen.say(f"The filter {chosen.text!r} holds for no node. It may say: {FILTER_WORDS}.", error=True)

    def sort(self) -> None:
        """Take the next order."""
        order = self._screen.tree_view.rows.order
        self.set_order(ORDERS[(ORDERS.index(order) + 1) % len(ORDERS)])

    def set_order(self, order: Order) -> None:
        """Order the rows of the tree."""
        view = self._screen.tree_view
        view.put_in_order(order, view.rows.filter)
        self._screen.memory.put("order", order)
        self.title()

    def mark(self, node: int | None = None) -> None:
        """Mark a node, None for the one under the cursor, or take its mark away."""
        view = self._screen.tree_view
        node = view.cursor if node is None else node
        if node is not None:
            view.mark(node)
            self.title()

    def unmark(self) -> None:
        """Take all marks away."""
        view = self._screen.tree_view
        for node in list(view.marked):
            view.mark(node)
        self._screen.node_panel.set_base(None)
        self.title()

    def words(self) -> list[str]:
        """Return how the tree is ordered, what it is filtered by, and how many nodes are marked."""
        view = self._screen.tree_view
        rows = view.rows
        words = []
        if rows.order != "created":
            words.append(ORDER_WORDS[rows.order])
        if rows.filter is not None:
            hits = len(rows.hits) if rows.hits is not None else 0
            words.append(f"{one_line(rows.filter.text)} ({hits} of {len(view.solutions.nodes)})")
        if view.marked:
            words.append(f"{len(view.marked)} marked")
        if view.following:
            words.append("following live")
        return words

    def title(self) -> None:
        """Say it in the tree's title; below stands what its columns at the right are."""
        from textual.content import Content

        view = self._screen.tree_view
        text = "  ".join(["Tree", *self.words()])
        if text != getattr(self, "_title", "Tree"):
            self._title = text
            view.border_title = Content(text)
        started = view.solutions.started
        columns = fit(one_line(started.metric), 20).rstrip() if started is not None else ""
        if columns and view.size.width >= COMPACT:
            columns += "  change"
        if columns != getattr(self, "_columns", ""):
            self._columns = columns
            view.border_subtitle = Content(columns)

    def titled(self, at: int) -> None:
        """Take a click on the tree's title: on its filter that, else its order."""
        view = self._screen.tree_view
        order = len("Tree  " + ORDER_WORDS[view.rows.order]) if view.rows.order != "created" else len("Tree")
        if view.rows.filter is not None and at - 3 > order:
            self.filter()
        else:
            self.sort()

    # ---- comparing

    def compare(self) -> None:
        """Compare the marked nodes; with one of them it and the one here, with none this one and its parent."""
        from tui_aide.tui.screens.comparison import ComparisonScreen

        nodes = self._compared()
        if len(nodes) < 2:
            self._screen.say("Mark two nodes by v to compare them; this one has no parent.", error=True)
        else:
            self._screen.app.push_screen(ComparisonScreen(self._screen.folder, self._screen.feed.tree, nodes))

    def _compared(self) -> list[Node]:
        view, tree = self._screen.tree_view, self._screen.feed.tree
        chosen = [tree.nodes[i] for i in view.marked]
        if (here := view.node) is not None and len(chosen) < 2:
            if not chosen and here.parents:
                return [tree.nodes[here.parents[0]], here]
            chosen += [here] if here not in chosen else []
        return chosen

    def base(self) -> None:
        """Show the difference, against the parent first, then against each marked node."""
        panel, view = self._screen.node_panel, self._screen.tree_view
        parents = view.node.parents[:1] if view.node is not None else ()
        bases: list[int | None] = [None, *(i for i in view.marked if i != view.cursor and i not in parents)]
        if panel.tab == "diff":
            at = bases.index(panel.base) if panel.base in bases else -1
            panel.set_base(bases[(at + 1) % len(bases)])
            if len(bases) == 1:
                self._screen.say("Mark another node by v to compare with that one.")
        else:
            self._screen.action_tab("diff")

    def split(self) -> None:
        """Show the difference side by side, or line by line."""
        panel = self._screen.node_panel
        panel.toggle_split()
        if panel.split is not None:
            self._screen.memory.put("side_by_side", "yes" if panel.split else "no")

    def part(self) -> None:
        """Leave full screen."""
        screen = self._screen
        screen.memory.zoom(False)
        if not screen.wide:
            screen.set_view("tree")
        screen.set_focus(screen.tree_view)

    def single(self) -> None:
        """Show the node without the curve and the live panes, or with them; a small screen shows it alone anyway."""
        screen = self._screen
        if not screen.wide:
            screen.action_zoom()
            return
        screen.memory.toggle("single")
        screen.call_after_refresh(screen.draw_boards)

    # ---- taking away

    def _copy(self) -> None:
        from tui_aide.tui.taking import Taking

        Taking(self._screen).copy_menu()

    def _export(self) -> None:
        from tui_aide.tui.taking import Taking

        Taking(self._screen).export_menu()
