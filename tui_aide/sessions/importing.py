"""AIDE's journal.json as a session: to look at, to export from, and with a task to branch from and go on with.

AIDE's scores are what its scripts printed. They keep that source, `reported`: beside scores that are measured here on
hidden rows they say nothing, so the first measured one becomes the best, and they rank behind all of them.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from tui_aide import __version__
from tui_aide.code.extraction import title
from tui_aide.engine.making import EDIT
from tui_aide.errors import UsageError
from tui_aide.sessions.aide_journal import AideJournal, AideNode, read
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource, first_event, write_atomically
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.sessions.launch import MORE_NODES
from tui_aide.sessions.starting import create_session
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.sealed import Sealed
from tui_aide.tree import events as ev
from tui_aide.tree.node import Direction, Operator, Score, Tokens, Verdict

STRATEGY = "aide"
"""What imported nodes were made by."""

_VERDICTS: dict[str, Verdict] = {"TimeoutError": "timeout", "MemoryError": "out_of_memory", "SyntaxError": "syntax"}


class Import:
    """A journal of AIDE, read and checked, that sessions can be made of.

    Attributes:
        path: where it was read.
        valid: how many of its nodes have a score.
        direction: whether a lower or a higher score is better there; None where no node tells.
    """

    def __init__(self, path: Path, rescore: int = 0) -> None:
        """Read it.

        Args:
            path: the journal.json.
            rescore: how many of the best scripts are to run here first, as edits of the imported nodes.

        Raises:
            UsageError: it cannot be read, or is no journal of AIDE.
        """
        self.path = path
        self._journal: AideJournal = read(path)
        self._rescore = rescore
        told = {n.metric.maximize for n in self._journal.nodes if n.metric and n.metric.value is not None} - {None}
        if len(told) > 1:
            raise UsageError(f"{path}: its nodes disagree on `maximize`, so their scores cannot be compared")
        self.direction: Direction | None = None if not told else "max" if told == {True} else "min"
        self.valid = sum(_score(n) is not None for n in self._journal.nodes)

    def __len__(self) -> int:
        return len(self._journal.nodes)

    def into_task(
        self, task: Path, label: str, place: Path, search: SearchSettings, budget: ev.Budget, name: str
    ) -> tuple[SessionFolder, Sealed]:
        """Make a session over a task that can go on: its data is prepared as for a new search.

        Where `budget` has no limit at all, it allows for twenty nodes more.

        Raises:
            UsageError: the task's scores have another direction, or the name is taken.
            TaskError: the task cannot be used.
            SessionError: the sessions folder cannot be written.
        """
        if budget == ev.Budget():
            budget = ev.Budget(nodes=len(self) + min(self._rescore, self.valid) + MORE_NODES)

        def fill(folder: SessionFolder, config: SessionConfig) -> None:
            direction: Direction = "min" if config.task.direction == "min" else "max"
            if self.direction not in (None, direction):
                better = "lower" if self.direction == "min" else "higher"
                raise UsageError(
                    f"{self.path}: there {better} scores are better, by {config.task.metric} of {label} it is the "
                    "other way round; name the task that it is of, or none, to look at it only"
                )
            self._write(folder, config)

        return create_session(task, label, place, search, budget, name, fill)

    def alone(self, place: Path, name: str) -> SessionFolder:
        """Make a session without a task: it can be looked at and exported from, not resumed.

        Raises:
            UsageError: the name is taken.
            SessionError: the sessions folder cannot be written.
        """
        folder = create_folder(place, name)
        config = SessionConfig(
            id=name,
            name=name,
            created=time.time(),
            version=__version__,
            task=TaskSource(
                name=self.path.parent.name or "imported",
                source=str(self.path.absolute()),
                metric="metric",
                direction=self.direction or "max",
            ),
            search=SearchSettings(strategy="single"),
            budget=ev.Budget(nodes=len(self)),
        )
        try:
            self._rescore = 0
            self._write(folder, config)
            return seal(folder, config)
        except BaseException:
            remove_tree(folder.path, ignore_errors=True)
            raise

    def _write(self, folder: SessionFolder, config: SessionConfig) -> None:
        events = _Events(config, self._journal)
        for number, node in enumerate(self._journal.nodes):
            events.add(number, node)
            _write_files(folder.node(number), node)
        again = sorted(events.scores, key=lambda n: (events.sign * events.scores[n], n))[: self._rescore]
        for number in again:
            edit = events.run_again(number)
            folder.node(edit).mkdir(parents=True)
            (folder.node(edit) / EDIT).write_text(self._journal.nodes[number].code or "", "utf-8", "replace")
        events.end(f"imported from {self.path.name}; nothing has run here yet")
        write_atomically(folder.journal, b"".join(events.lines))
        if events.best is not None:
            folder.best.mkdir()
            for file in ("solution.py", "plan.md"):
                (folder.best / file).write_bytes((folder.node(events.best) / file).read_bytes())


class _Events:
    """The journal's lines, at the times that AIDE noted."""

    def __init__(self, config: SessionConfig, journal: AideJournal) -> None:
        self.lines: list[bytes] = []
        self.scores: dict[int, float] = {}
        self.best: int | None = None
        self._config = config
        self.sign = 1.0 if config.task.direction == "min" else -1.0
        self._numbers = {node.id: at for at, node in enumerate(journal.nodes)}
        self._journal = journal
        self._count = len(journal.nodes)
        first = min((n.ctime for n in journal.nodes if n.ctime), default=config.created)
        self._time = min(first, config.created)
        self._append(first_event(config, config.id))

    def add(self, number: int, node: AideNode) -> None:
        """Tell one of AIDE's nodes from its creation to its verdict."""
        if node.ctime:
            self._time = min(max(self._time, node.ctime), max(self._time, self._config.created))
        parent = self._journal.node2parent.get(node.id)
        above = None if parent is None else self._numbers[parent]
        operator: Operator = "draft"
        if above is not None:
            operator = "improve" if _score(self._journal.nodes[above]) is not None else "debug"
        self._create(number, () if above is None else (above,), operator, f"step {number} of an imported journal")
        plan, code = node.plan or "", node.code or ""
        if code:
            lines = len(code.splitlines())
            self._append(ev.CodeChecked(node=number, ok=True, title=title(plan, code), plan=plan, lines=lines))
        value, seconds = _score(node), max(0.0, node.exec_time or 0.0)
        score = None if value is None else Score(value, None, "reported")
        self._append(
            ev.NodeFinished(
                node=number,
                verdict=_verdict(node),
                message=_message(node)[:1000],
                score=score,
                tokens=Tokens(),
                seconds=seconds,
                model_seconds=0.0,
                execution_seconds=seconds,
            )
        )
        if score is None:
            return
        before = None if self.best is None else self.scores[self.best]
        self.scores[number] = score.value
        if before is None or self.sign * score.value < self.sign * before:
            gain = None if before is None else abs(score.value - before)
            reason = (
                "the first valid node" if gain is None else f"its script reported {gain:.5g} better than #{self.best}"
            )
            self._append(
                ev.IncumbentChanged(
                    node=number, score=score, previous=self.best, gain=gain, gain_se=None, reason=reason
                )
            )
            self.best = number

    def run_again(self, number: int) -> int:
        """Ask for a node's script to run here, and return the number of the node that it will be."""
        node = self._count
        self._count += 1
        reason = f"run #{number}'s script here, as its score is its own word"
        self._create(node, (number,), "edit", reason, by_user=True)
        return node

    def end(self, reason: str) -> None:
        """End the session as one that was stopped, so that it can be resumed."""
        self._append(ev.SessionFinished(status="stopped", reason=reason))

    def _create(
        self, number: int, parents: tuple[int, ...], operator: Operator, reason: str, *, by_user: bool = False
    ) -> None:
        self._append(
            ev.NodeCreated(
                node=number,
                parents=parents,
                operator=operator,
                strategy=STRATEGY,
                reason=reason,
                seed=number,
                by="user" if by_user else "policy",
                instruction=reason if by_user else "",
            )
        )

    def _append(self, event: ev.Event) -> None:
        stamped = msgspec.structs.replace(event, seq=len(self.lines) + 1, time=self._time)
        self.lines.append(ev.encode(stamped))


def _score(node: AideNode) -> float | None:
    return None if node.is_buggy is not False or node.metric is None else node.metric.value


def _verdict(node: AideNode) -> Verdict:
    if _score(node) is not None:
        return "valid"
    if not (node.code or "").strip():
        return "no_code"
    return _VERDICTS.get(node.exc_type or "", "crash")


def _message(node: AideNode) -> str:
    """Return what went wrong, as AIDE knows it; of a valid node what its analysis says."""
    said = " ".join((node.analysis or "").split())
    if _score(node) is not None or not node.exc_type:
        return said or ("" if _score(node) is not None else "AIDE judged it buggy")
    args = (node.exc_info or {}).get("args") or (node.exc_info or {}).get("msg") or ""
    told = ", ".join(map(str, args)) if isinstance(args, list) else str(args)
    return f"{node.exc_type}: {told or said}"


def _write_files(folder: Path, node: AideNode) -> None:
    folder.mkdir(parents=True)
    for name, text in (
        ("solution.py", node.code),
        ("plan.md", node.plan),
        ("output.log", "".join(node.term_out or ())),
    ):
        if text or name != "solution.py":
            (folder / name).write_text(text or "", encoding="utf-8", errors="replace")
