"""The one registry of what keys do: it feeds the bindings, the footer, the help screen and the palette."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from textual.binding import Binding, BindingType

from tui_aide.tui.glyphs import ASCII, GLYPHS

Group = Literal["Replay", "Search", "Tree", "Node", "Move", "Screen", "Home", "New search", "Bench"]


class Action(msgspec.Struct, frozen=True):
    """One thing a user can do.

    Attributes:
        id: name in a user's keymap file, such as "search.pause".
        keys: Textual's key names, comma-separated; empty for what only the palette and the command line offer.
        target: the action that Textual runs.
        label: one or two words for the footer.
        description: one sentence for the help screen and the palette.
        group: the help screen's heading.
        footer: rank in the footer, 0 where it does not stand there.
    """

    id: str
    keys: str
    target: str
    label: str
    description: str
    group: Group
    footer: int = 0


_SHOWN = {
    "escape": "esc",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "full_stop": ".",
    "asterisk": "*",
    "at": "@",
    "comma": ",",
    "ctrl+p": "^p",
    "ctrl+c": "^c",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "plus": "+",
    "minus": "-",
    "underscore": "_",
    "dollar_sign": "$",
    "circumflex_accent": "^",
}

SEARCH: tuple[Action, ...] = (
    Action("search.pause", "space", "pause", "Pause", "Pause the search, or go on: what runs goes on to its end.", "Search", 1),  # noqa: E501
    Action("search.branch", "b", "branch", "Branch", "Branch from the node under the cursor with your own instruction.", "Search", 2),  # noqa: E501
    Action("search.branch_several", "B", "command('branch x3 ')", "Several", "Branch from the node with one instruction, several times.", "Search"),  # noqa: E501
    Action("search.edit", "e", "edit", "Edit", "Edit the node's script; the result runs as a new child.", "Search", 3),
    Action("search.retry", "r", "retry", "Retry", "Make a node once more as the one under the cursor was made.", "Search"),  # noqa: E501
    Action("search.prune", "x", "prune", "Prune", "Take the node's branch out of the search; u undoes it.", "Search"),
    Action("search.undo", "u", "undo", "Undo", "Bring back the pruned branch here, else the last one.", "Search"),
    Action("search.pin", "m", "pin", "Pin", "Have the policy keep working on the node's branch, or let it go.", "Search"),  # noqa: E501
    Action("search.pause_branch", "p", "pause_branch", "Pause branch", "Pause the node's branch alone, or let it go on.", "Search"),  # noqa: E501
    Action("search.hint", "H", "command('hint ')", "Hint", "Put a hint into every prompt from now on.", "Search"),
    Action("search.kill", "K", "kill", "Kill", "End what the node under the cursor runs: its script or its sample.", "Search"),  # noqa: E501
    Action("search.model", "M", "command('model ')", "Model", "Make new nodes with another model.", "Search"),
    Action("search.workers", "", "command('workers ')", "Workers", "Let so many samples stream at once.", "Search"),
    Action("search.slots", "", "command('slots ')", "Slots", "Let so many scripts run at once.", "Search"),
    Action("search.strategy", "S", "command('strategy ')", "Strategy", "Make new nodes by another strategy.", "Search"),
    Action("search.policy", "P", "command('policy ')", "Policy", "Let another policy choose the next nodes.", "Search"),
    Action("search.stop", "s", "stop", "Stop", "End the search; it can be resumed.", "Search"),
    Action("search.resume", "R", "resume", "Resume", "Go on with a search that is not running.", "Search", 1),
    Action("tree.live", "full_stop", "follow_live", "Live", "Follow the newest live node.", "Tree", 4),
    Action("tree.best", "asterisk", "go_best", "Best", "Go to the best node.", "Tree", 5),
    Action("tree.next_live", "n", "look('next')", "Next", "Next live node, or next match of a search.", "Tree"),
    Action("tree.previous_live", "N", "look('previous')", "Previous", "Previous live node, or match of a search.", "Tree"),  # noqa: E501
    Action("tree.find", "slash", "look('find')", "Find", "Find nodes; with the focus on a text, find in it.", "Tree", 6),  # noqa: E501
    Action("tree.filter", "f", "look('filter')", "Filter", "Show only nodes that words hold for, such as: valid >0.8.", "Tree", 6),  # noqa: E501
    Action("tree.sort", "o", "look('sort')", "Sort", "Order siblings by creation, age or score; or list all by score.", "Tree", 6),  # noqa: E501
    Action("tree.mark", "v", "look('mark')", "Mark", "Mark the node, to compare it, or take its mark away.", "Tree"),
    Action("tree.unmark", "V", "look('unmark')", "Unmark", "Take all marks away.", "Tree"),
    Action("tree.compare", "c", "look('compare')", "Compare", "Compare the marked nodes, else the node and its parent.", "Tree", 6),  # noqa: E501
    Action("tree.axis", "t", "look('axis')", "Axis", "Draw the curve by node, by time or by tokens.", "Tree"),
    Action("node.menu", "f8", "look('menu')", "Menu", "Choose what to do to the node, as a right click does.", "Node"),
    Action("node.zoom", "enter", "zoom", "Open", "Show the node full screen.", "Node"),
    Action("node.full", "plus", "zoom", "Full screen", "Show the node full screen, as enter does.", "Node"),
    Action("node.part", "underscore", "look('part')", "Part", "Leave full screen.", "Node"),
    Action("node.single", "W", "look('single')", "Single", "Show the node without curve and live panes, or with them.", "Node"),  # noqa: E501
    Action("node.back", "escape", "back", "Back", "Leave full screen, a search or the command line.", "Node"),
    Action("node.plan", "1", "tab('plan')", "Plan", "Plan, reason and verdict.", "Node"),
    Action("node.reasoning", "2", "tab('reasoning')", "Reasoning", "What the model thought and answered.", "Node"),
    Action("node.code", "3", "tab('code')", "Code", "The script.", "Node"),
    Action("node.diff", "4", "tab('diff')", "Diff", "What changed against the parent's script.", "Node"),
    Action("node.diff_base", "d", "look('base')", "Against", "Show what changed against the parent, or the next marked node.", "Node"),  # noqa: E501
    Action("node.split", "w", "look('split')", "Side by side", "Show what changed side by side, or line by line.", "Node"),  # noqa: E501
    Action("node.output", "5", "tab('output')", "Output", "What the script printed.", "Node"),
    Action("node.score", "6", "tab('score')", "Score", "The score and how it came about.", "Node"),
    Action("node.work", "7", "tab('work')", "Work", "Candidates, steps and cost: how the node came about.", "Node"),
    Action("node.prompt", "8", "tab('prompt')", "Prompt", "What the model was asked.", "Node"),
    Action("node.history", "9", "tab('history')", "History", "Its ancestors, and what happened to it.", "Node"),
    Action("node.copy", "y", "look('copy')", "Copy", "Copy the text in view, the script, plan, output, path or score.", "Node", 6),  # noqa: E501
    Action("node.export", "E", "look('export')", "Export", "Write a script, a notebook, a report or a table of nodes here.", "Node", 6),  # noqa: E501
    Action("node.copy_path", "Y", "copy_path", "Copy path", "Copy the path of the node's folder.", "Node"),
    Action("screen.next_pane", "tab", "next_pane(1)", "Next pane", "Focus the next pane; the next view on a small screen.", "Screen"),  # noqa: E501
    Action("screen.previous_pane", "shift+tab", "next_pane(-1)", "Previous pane", "Focus the previous pane or view.", "Screen"),  # noqa: E501
    Action("screen.wider", "ctrl+right", "widen(1)", "Wider", "Give the tree more of a wide screen.", "Screen"),
    Action("screen.narrower", "ctrl+left", "widen(-1)", "Narrower", "Give the tree less of a wide screen.", "Screen"),
    Action("screen.events", "at", "events", "Events", "Show what happened, newest last.", "Screen"),
    Action("screen.command", "colon", "command", "Command", "Type a command: branch, prune, hint, model, nodes, goto ...", "Screen"),  # noqa: E501
    Action("screen.close", "q", "leave", "Quit", "Leave; the search goes on.", "Screen", 8),
)  # fmt: skip

REPLAY: tuple[Action, ...] = (
    Action("replay.play", "space", "play", "Play", "Play, or stand still; at the end, begin again.", "Replay", 1),
    Action("replay.faster", "right_square_bracket,plus", "faster(1)", "Faster", "Play faster: 1, 2, 5, 10 ... 1000.", "Replay", 2),  # noqa: E501
    Action("replay.slower", "left_square_bracket,minus", "faster(-1)", "Slower", "Play slower.", "Replay", 2),
    Action("replay.forward", "greater_than_sign", "step(1)", "Step", "Stand still and go one event on.", "Replay", 3),
    Action("replay.back", "less_than_sign", "step(-1)", "Back", "Stand still and go one event back.", "Replay", 3),
    Action("replay.next_node", "right_curly_bracket", "node_end(1)", "Node", "Go to where the next node was done.", "Replay", 3),  # noqa: E501
    Action("replay.previous_node", "left_curly_bracket", "node_end(-1)", "Node back", "Go back to where a node was done.", "Replay"),  # noqa: E501
    Action("replay.start", "home", "seek_share(0)", "Start", "Go to the start of the recording.", "Replay"),
    Action("replay.end", "end", "seek_share(1)", "End", "Go to the end of the recording.", "Replay"),
    *(a for a in SEARCH if a.group != "Search" and a.id not in ("screen.close", "node.full")),  # + plays faster
    Action("screen.close", "q", "leave", "Quit", "Leave the replay.", "Screen", 8),
)  # fmt: skip
"""What keys do in a replay: its own, and those of the search that do not steer."""

EVERYWHERE: tuple[Action, ...] = (
    Action("app.help", "question_mark,f1", "app.keys", "Help", "Show all keys.", "Screen", 7),
    Action("app.palette", "ctrl+p", "app.command_palette", "Palette", "Find any command by name.", "Screen"),
    Action("app.theme", "T", "app.themes", "Theme", "Choose the colours; the screen shows them as you go.", "Screen"),
    Action("app.settings", "comma", "app.settings", "Settings", "Change the settings, each with a line of help.", "Screen"),  # noqa: E501
    Action("app.interrupt", "ctrl+c", "app.interrupt", "Copy / leave", "Copy what is selected; twice within a second, leave.", "Screen"),  # noqa: E501
)  # fmt: skip

MOVE: tuple[Action, ...] = (
    Action("move.down", "down,j", "move(1)", "Down", "One row down.", "Move"),
    Action("move.up", "up,k", "move(-1)", "Up", "One row up.", "Move"),
    Action("move.page_down", "pagedown,ctrl+d", "page(1)", "Page down", "One page down.", "Move"),
    Action("move.page_up", "pageup,ctrl+u", "page(-1)", "Page up", "One page up.", "Move"),
    Action("move.top", "g,home", "top", "Top", "To the first row.", "Move"),
    Action("move.bottom", "G,end", "bottom", "Bottom", "To the last row, and follow what comes.", "Move"),
)

FOLD: tuple[Action, ...] = (
    Action("tree.fold", "left,h", "fold", "Fold", "Hide the candidates, fold the branch, or go to the parent.", "Tree"),
    Action("tree.unfold", "right,l", "unfold", "Unfold", "Unfold the branch, show candidates, or go below.", "Tree"),
    Action("tree.fold_toggle", "z", "toggle_fold", "Fold/unfold", "Fold or unfold the branch.", "Tree"),
    Action("tree.fold_all", "Z", "fold_all", "Fold all", "Fold all branches to their drafts, or unfold all.", "Tree"),
)

HOME: tuple[Action, ...] = (
    Action("home.open", "enter", "open", "Open", "Open the session.", "Home", 2),
    Action("home.new", "N,plus", "new", "New search", "Fill in a form and start a search.", "Home", 1),
    Action(
        "home.filter", "slash", "filter", "Filter", "Show the sessions that hold some words; esc shows all.", "Home", 3
    ),
    Action("home.sort", "s", "sort", "Sort", "Order by age, best, name, nodes or state.", "Home", 4),
    Action("home.reload", "r", "reload", "Reload", "Read the list again.", "Home", 5),
    Action("home.benches", "b", "benches", "Benches", "Choose a run of the bench, and show its matrix.", "Home", 7),
    Action("home.fork", "f", "fork", "Fork", "Make a new session of this one, as it was after a node.", "Home", 6),
    Action("home.rename", "n", "rename", "Rename", "Give the session another name.", "Home", 6),
    Action("home.delete", "d", "delete", "Delete", "Delete the session for good; asks first.", "Home", 6),
    Action("home.pane", "tab", "next_pane", "Next pane", "To the tasks and back to the sessions.", "Home"),
    Action("home.back", "escape", "back", "Back", "Show all sessions again, and go to them.", "Home"),
    Action("home.quit", "q", "app.quit", "Quit", "Leave.", "Home", 8),
)

NEW: tuple[Action, ...] = (
    Action("new.start", "ctrl+g,f5", "start", "Start", "Start the search.", "New search", 1),
    Action("new.choose", "", "choose", "Choices", "Show the choices of the field: enter does it, too.", "New search"),
    Action("new.write", "ctrl+t,f3", "write", "Write task.toml", "Write task.toml; one that is there only when you say so.", "New search", 3),  # noqa: E501
    Action("new.copy", "ctrl+y,f4", "copy", "Copy command", "Copy the command line that starts the same search.", "New search", 4),  # noqa: E501
    Action("new.view", "f2", "next_view", "View", "Next page: form, data, task.toml, estimate.", "New search", 5),
    Action("new.down", "down", "go(1)", "Down", "Next field.", "New search"),
    Action("new.up", "up", "go(-1)", "Up", "Previous field.", "New search"),
    Action("new.leave", "escape", "leave", "Back", "Back; what was filled in is kept.", "New search", 8),
)  # fmt: skip


BENCH: tuple[Action, ...] = (
    Action("bench.open", "enter", "open", "Open", "Show the search of the cell under the cursor; q comes back.", "Bench", 1),  # noqa: E501
    Action("bench.filter", "f", "filter", "Filter", "Show only rows and columns with running, failed, waiting, stopped or done cells; all again.", "Bench", 2),  # noqa: E501
    Action("bench.failed", "n", "failed(1)", "Next failed", "To the next cell that failed or was not graded.", "Bench"),
    Action("bench.previous_failed", "N", "failed(-1)", "Last failed", "To the previous such cell.", "Bench"),
    Action("bench.resume", "R", "resume", "Resume", "Go on with a run that nobody conducts, at the node.", "Bench", 3),
    Action("bench.retry", "r", "retry", "Retry", "Go on with the run, and try its failed cells again.", "Bench", 4),
    Action("bench.stop", "s", "stop", "Stop", "Stop the run's searches cleanly; asks first. Once more ends them at once.", "Bench", 5),  # noqa: E501
    Action("bench.report", "E", "report", "Report", "Write the run's report as HTML, Markdown, CSV or JSON.", "Bench", 6),  # noqa: E501
    Action("bench.copy", "y", "copy", "Copy", "Copy the path of the cell's session.", "Bench"),
    Action("bench.back", "escape", "back", "Back", "Show all cells again.", "Bench"),
    Action("screen.close", "q", "leave", "Quit", "Leave; the run goes on.", "Screen", 8),
)  # fmt: skip

COLUMNS: tuple[Action, ...] = (
    Action("bench.left", "left,h", "move_column(-1)", "Left", "One column to the left.", "Bench"),
    Action("bench.right", "right,l", "move_column(1)", "Right", "One column to the right.", "Bench"),
    Action("bench.first", "0,circumflex_accent", "move_column(-100000)", "First", "To the first column.", "Bench"),
    Action("bench.last", "dollar_sign", "move_column(100000)", "Last", "To the last column.", "Bench"),
)


NO_KEY = "no_key"
"""What no terminal sends: it stands for an action without a key, so that a keymap can give it one."""
IN_USE: dict[str, str] = {}
"""The keys of the keymap in use, by action id, where they are not the action's own; `keymaps` fills it."""


def bindings(actions: Iterable[Action], *, priority: bool = False) -> list[BindingType]:
    """Return Textual's bindings of actions; their ids are the keymap file's keys."""
    return [
        Binding(
            a.keys or NO_KEY, a.target, a.label, show=bool(a.footer), tooltip=a.description, id=a.id, priority=priority
        )
        for a in actions
    ]


def keys_of(action: Action) -> str:
    """Return the keys that an action has now, comma-separated."""
    return IN_USE.get(action.id, action.keys)


def keys_text(action: Action) -> str:
    """Return an action's keys as printed: `j ↓`."""
    return " ".join(shown_key(k) for k in keys_of(action).split(","))


def first_key(action: Action) -> str:
    """Return the main key as printed; "" where it has none."""
    return shown_key(keys_of(action).split(",")[0])


def key_for(name: str) -> str:
    """Return the main key of an action, by its id, for a sentence that names it; the palette where it has none."""
    return first_key(_BY_ID[name]) or f"{first_key(_BY_ID['app.palette'])} {_BY_ID[name].label}"


def shown_key(key: str) -> str:
    """Return a key of Textual's as printed: `?` for `question_mark`."""
    shown = _SHOWN.get(key, key)
    return key if not shown.isascii() and GLYPHS == ASCII else shown


_BY_ID = {a.id: a for a in (*BENCH, *COLUMNS, *SEARCH, *REPLAY, *HOME, *NEW, *EVERYWHERE, *MOVE, *FOLD)}
