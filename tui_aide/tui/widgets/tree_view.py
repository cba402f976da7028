"""The solution tree: an own line widget, since only the visible rows of thousands may cost anything."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.actions import FOLD, bindings
from tui_aide.tui.branch_figures import BranchCourses
from tui_aide.tui.documents import Span
from tui_aide.tui.node_filter import NodeFilter
from tui_aide.tui.orders import Order
from tui_aide.tui.waits import Wait
from tui_aide.tui.widgets.lines import ScrollingLines
from tui_aide.tui.widgets.node_row import COURSE_WIDTH, row_of_candidate, row_of_node
from tui_aide.tui.widgets.tree_rows import TreeRows

_RIGHT = 3
_MANY = 2000
"""From this many nodes on, rows are made anew only as often as costs a twentieth of the time."""


class SolutionTreeView(ScrollingLines):
    """Shows a `SolutionTree`; the cursor stays on its node while the tree grows.

    Attributes:
        cursor: id of the node under the cursor, None in an empty tree.
        candidate: number of the candidate of that node under the cursor, None where it is on the node itself.
        following: whether the cursor goes to each newest live node.
        running: what each live node does now, from the runner.
        cut_off: whether nothing runs any more, so that a node without a verdict was cut off.
        waits: what nodes wait for outside of them, by phase.
        matches: the nodes that a search found.
        marked: the nodes that the user marked, in that order.
        courses: how the best of each branch rose; drawn where there is room.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(FOLD)

    class Moved(Message):
        """The cursor is on another node, or on another candidate of it."""

        def __init__(self, node: int, candidate: int | None, *, by_user: bool) -> None:
            super().__init__()
            self.node = node
            self.candidate = candidate
            self.by_user = by_user

    class Opened(Message):
        """The node under the cursor was clicked twice."""

    class Pressed(Message):
        """A row was clicked with the right button: the cursor is on it."""

    class Titled(Message):
        """The title was clicked, `at` cells from the left."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, tree: SolutionTree, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.solutions = tree
        self.rows = TreeRows()
        self.cursor: int | None = None
        self.candidate: int | None = None
        self.following = False
        self.running: dict[int, RunningNode] = {}
        self.cut_off = False
        self.waits: Mapping[str, Wait] = {}
        self.matches: set[int] = set()
        self.marked: dict[int, None] = {}
        self.rows.marked = self.marked
        self.courses = BranchCourses()
        self.now = 0.0
        self.empty = ""
        self._count = 0
        self._version = -1
        self._stale = False
        self._next_growth = 0.0

    @property
    def node(self) -> Node | None:
        """The node under the cursor."""
        return None if self.cursor is None else self.solutions.nodes.get(self.cursor)

    def row_count(self) -> int:
        """Return the number of unfolded nodes and of their candidates in view."""
        return len(self.rows.ids)

    def take(self, tree: SolutionTree) -> None:
        """Show another tree of the same session; the cursor stays on its node, or goes to where it would begin."""
        self.solutions = tree
        if self.cursor not in tree.nodes:
            self.cursor = self.candidate = None
        elif self.candidate not in tree.nodes[self.cursor].candidates:
            self.candidate = None
        self.matches &= tree.nodes.keys()
        for gone in self.marked.keys() - tree.nodes.keys():
            del self.marked[gone]
        self.running = {}
        self.rows.keep(tree)
        self._count = 0
        self._grow()

    def pump(
        self,
        running: dict[int, RunningNode],
        now: float,
        empty: str,
        *,
        cut_off: bool = False,
        waits: Mapping[str, Wait] | None = None,
    ) -> None:
        """Take over what changed since the last call and redraw only that.

        Args:
            running: what each live node does now.
            now: the time that live nodes are shown at; it stands still where nothing runs.
            empty: what to say in an empty tree.
            cut_off: whether nothing runs any more.
            waits: what nodes wait for outside of them, by phase.
        """
        self.waits = waits or {}
        if cut_off != self.cut_off:
            self.cut_off = cut_off
            self.refresh()
        passed = now != self.now
        self.running, self.now = running, now
        self.say(empty)
        tree = self.solutions
        if tree.version != self._version:
            self._stale |= self.rows.stale(tree)
            if len(tree.nodes) < _MANY:
                self._take_courses()
        if self.courses.behind:
            self._take_courses()
        grown = self._stale or len(tree.nodes) != self._count
        if grown and (len(tree.nodes) < _MANY or time.monotonic() > self._next_growth):
            self._grow()
        elif tree.version != self._version:
            self.refresh_changed()
        elif passed:
            row_of = self.rows.row_of
            self.refresh_rows(*(row_of[i] for i in tree.running if i in row_of))
        self._version = tree.version

    def say(self, empty: str) -> None:
        """Say something else in an empty tree."""
        if empty != self.empty:
            self.empty = empty
            self.refresh()

    def _grow(self) -> None:
        tree = self.solutions
        first = self.first
        anchor = (self.rows.ids[first], self.rows.candidate_at.get(first)) if self.rows.ids else None
        came = len(tree.nodes) != self._count
        newest = len(tree.nodes) - 1
        self._count = len(tree.nodes)
        self._stale = False
        start = time.monotonic()
        self.rows.rebuild(tree, self.cursor)
        self._take_courses()
        self._next_growth = start + 20 * (time.monotonic() - start)
        if anchor is not None and (row := self.rows.find(*anchor)) is not None:
            self.top = row
        if self.cursor is not None and self.candidate not in tree.nodes[self.cursor].candidates:
            self.candidate = None  # its node started over
        if not tree.nodes:
            self.refresh()
            return
        if self.cursor is None or (came and self.following and newest in tree.running):
            self.go(self.cursor_start() if self.cursor is None else newest, by_user=False)
        self.refresh_changed()

    def cursor_start(self) -> int:
        """Return the node to begin at: the newest live one, else the best, else the first."""
        tree = self.solutions
        if tree.running and not self.cut_off:
            return max(tree.running)
        return tree.incumbent if tree.incumbent is not None else tree.roots[0]

    def go(self, node: int, candidate: int | None = None, *, by_user: bool = True) -> None:
        """Put the cursor on a node or on one of its candidates, unfolding what hides it."""
        if node not in self.solutions.nodes:
            return
        if candidate is not None:
            self.rows.show_candidates(node, True)  # what was looked at stays in view when the node is done
        revealed = self.rows.reveal(self.solutions, node) or node not in self.rows.row_of
        if revealed or (candidate is not None and not self.rows.shows_candidates(node)):
            self.rows.rebuild(self.solutions, node)
            self.refresh()
        old, old_row = (self.cursor, self.candidate), self._cursor_row
        self.cursor, self.candidate = node, candidate
        row, height, first = self._cursor_row or 0, max(1, self.size.height), self.first
        if row < first:
            self.top = row
            self.refresh()
        elif row >= first + height:
            self.top = row - height + 1
            self.refresh()
        else:
            self.refresh_rows(row, *([old_row] if old_row is not None else []))
        if old != (node, candidate):
            self.post_message(self.Moved(node, candidate, by_user=by_user))

    @property
    def _cursor_row(self) -> int | None:
        return None if self.cursor is None else self.rows.find(self.cursor, self.candidate)

    def _go_row(self, row: int) -> None:
        row = max(0, min(len(self.rows.ids) - 1, row))
        self.go(self.rows.ids[row], self.rows.candidate_at.get(row))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        if not self.rows.ids or self.cursor is None:
            return
        self.following = False
        visible = self.rows.visible(self.solutions, self.cursor)
        self._go_row((self.rows.find(visible, self.candidate) or 0) + rows)

    def action_fold(self) -> None:
        """Hide the candidates, else fold the branch; where there is nothing to fold, go to the parent."""
        if (node := self.node) is None:
            return
        if self.candidate is not None:
            self.go(node.id)
        elif self.rows.shows_candidates(node.id):
            self._show_candidates(node.id, False)
        elif node.id not in self.rows.folded and self.rows.children(self.solutions, node):
            self._fold({node.id} | self.rows.folded)
        elif node.parents:
            self.go(node.parents[0])

    def action_unfold(self) -> None:
        """Unfold the branch, then show the candidates; where all is in view, go to the first row below."""
        if (node := self.node) is None or self.candidate is not None:
            return
        if node.id in self.rows.folded:
            self._fold(self.rows.folded - {node.id})
        elif node.candidates and not self.rows.shows_candidates(node.id):
            self._show_candidates(node.id, True)
        elif node.candidates:
            self.go(node.id, min(node.candidates))
        elif below := self.rows.children(self.solutions, node):
            self.go(below[0])

    def action_toggle_fold(self) -> None:
        """Fold or unfold the branch; where nothing stands below the node but its candidates, those."""
        if (node := self.node) is None:
            return
        if self.candidate is None and self.rows.children(self.solutions, node):
            self._fold(self.rows.folded ^ {node.id})
        elif node.candidates:
            self._show_candidates(node.id, not self.rows.shows_candidates(node.id))

    def action_fold_all(self) -> None:
        """Fold every branch and hide all candidates, or unfold all branches where one is folded."""
        tree = self.solutions
        self.rows.opened = set()
        self.rows.closed = set() if self.rows.folded else set(tree.running)
        self._fold(set() if self.rows.folded else {n.id for n in tree.nodes.values() if n.children})

    def _fold(self, folded: set[int]) -> None:
        self.rows.folded = folded
        self._rebuild()

    def _show_candidates(self, node: int, shown: bool) -> None:
        self.rows.show_candidates(node, shown)
        self._rebuild()

    def put_in_order(self, order: Order | None = None, chosen: NodeFilter | None = None) -> None:
        """Order the rows, or show only the nodes that a filter holds for; None leaves the order, and ends the filter.

        The cursor stays on its node where the filter holds for it, else goes to the first one that it holds for.
        """
        rows, tree = self.rows, self.solutions
        if order is not None:
            rows.order = order
        rows.filter = chosen or None
        rows.rebuild(tree)
        goal = self.cursor
        if rows.hits:
            revealed = [rows.reveal(tree, node) for node in rows.hits] if rows.folded else []
            if any(revealed):
                rows.rebuild(tree)
            if goal not in rows.hits:
                goal = next(i for i in rows.ids if i in rows.hits)
        elif rows.hits is not None:
            rows.rebuild(tree, goal)
        self._place(goal)

    def mark(self, node: int) -> None:
        """Mark a node, or take its mark away."""
        if self.marked.pop(node, self) is self:
            self.marked[node] = None
        if self.rows.filter is not None:
            self._rebuild()
        self.refresh()

    def _rebuild(self) -> None:
        self.rows.rebuild(self.solutions, self.cursor)
        self._place(self.cursor)

    def _place(self, node: int | None) -> None:
        """Put the cursor on a node, or on what is in view of those above it, once the rows were made."""
        if node is not None:
            kept = node == self.cursor and self.candidate is not None and self.rows.shows_candidates(node)
            self.go(self.rows.visible(self.solutions, node), self.candidate if kept else None)
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in view, and have what a wider tree shows."""
        row = self._cursor_row
        if row is not None and not self.first <= row < self.first + self.size.height:
            self.top = row if row < self.first else row - max(1, self.size.height) + 1
        self._take_courses()

    def _take_courses(self) -> None:
        if self.size.width >= COURSE_WIDTH and self.courses.take(self.solutions):
            self.refresh_changed()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row; a second click opens it, the right button asks what to do to it."""
        if event.y < self.content_region.y - self.region.y:
            self.post_message(self.Titled(event.x))
            return
        row = self.first + event.y - (self.content_region.y - self.region.y)
        if 0 <= row < len(self.rows.ids):
            self.following = False
            self._go_row(row)
            if event.button == _RIGHT:
                self.post_message(self.Pressed())
            elif event.chain == 2:
                self.post_message(self.Opened())

    def line(self, y: int) -> Sequence[Span]:
        """Return a visible row; in an empty tree, what is being waited for."""
        if not self.rows.ids:
            return ((f" {self.empty}", "muted"),) if y == 1 else ()
        return super().line(y)

    def row_style(self, y: int) -> str:
        """Return the cursor's style for its row."""
        index = self.first + y
        if index < len(self.rows.ids) and index == self._cursor_row:
            return "cursor" if self.has_focus else "weak-cursor"
        return ""

    def row(self, index: int, width: int) -> Sequence[Span]:
        """Return the row of a node or of a candidate."""
        node = self.solutions.nodes[self.rows.ids[index]]
        is_cursor = index == self._cursor_row
        if (candidate := self.rows.candidate_at.get(index)) is not None:
            return row_of_candidate(self, node, candidate, width, is_cursor=is_cursor)
        return row_of_node(self, node, width, is_cursor=is_cursor)
