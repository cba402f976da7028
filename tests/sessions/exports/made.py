"""Small made-up sessions on disk, for tests of what exports make of their folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tests.searches import created, finished, started
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource, write_config
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Verdict

HOSTILE = '</script><img src=x onerror="alert(1)"><!-- & "quoted" \u2028 \x1b[31mred\x1b[0m'


class Made:
    """Builds a session event by event."""

    def __init__(self, path: Path, direction: Any = "max") -> None:
        self.folder = SessionFolder(path)
        (path / "nodes").mkdir(parents=True)
        config = SessionConfig(
            id=path.name,
            name=path.name,
            created=1e9,
            version="0",
            task=TaskSource(name="toy", source="toy", metric="accuracy", direction=direction),
            search=SearchSettings(),
            budget=ev.Budget(nodes=20),
        )
        write_config(self.folder.config_file, config)
        self._count = 0
        self.add(started(direction))

    def add(self, *events: ev.Event) -> None:
        """Append events to the journal."""
        with self.folder.journal.open("ab") as file:
            for event in events:
                self._count += 1
                stamped = msgspec.structs.replace(event, seq=self._count, time=1e9 + self._count)
                file.write(ev.encode(stamped))

    def node(
        self,
        number: int,
        score: float | None = None,
        parents: tuple[int, ...] = (),
        *,
        code: str | None = "print('hi')\n",
        plan: str = "A plan.",
        output: str | None = "done\n",
        verdict: Verdict | None = None,
        title: str = "A script",
        best: bool = False,
        **more: Any,
    ) -> None:
        """Add a node that is done, and its files; None for those that are not there."""
        operator = more.pop("operator", "improve" if parents else "draft")
        self.add(created(number, parents, operator, **more))
        self.add(ev.CodeChecked(node=number, ok=True, title=title, plan=plan))
        self.add(ev.ExecutionStarted(node=number, slot=0, threads=1))
        self.add(finished(number, score, verdict or ("valid" if score is not None else "crash")))
        if best and score is not None:
            told = Score(score, 0.01)
            self.add(
                ev.IncumbentChanged(node=number, score=told, previous=None, gain=None, gain_se=None, reason="a test")
            )
        folder = self.folder.node(number)
        folder.mkdir()
        for name, text in (("solution.py", code), ("plan.md", plan), ("output.log", output)):
            if text is not None:
                (folder / name).write_text(text)


def usual(path: Path) -> Made:
    """A draft, its improvement, a crash, a merge by the user, and texts that are markup."""
    made = Made(path)
    made.node(0, 0.7, title="First", code="import numpy as np\n\nx = 1\nprint(x)\n", best=True)
    made.node(
        1, 0.8, (0,), title=HOSTILE, code=f"import numpy as np\n\nx = 2\nprint({HOSTILE!r})\n", plan=HOSTILE, best=True
    )
    made.node(2, None, output=HOSTILE * 2000, code='"""' + HOSTILE + '"""\n')
    made.node(3, 0.75, (1, 0), operator="merge", by="user", instruction="Merge them.", code=None, output=None)
    made.add(
        ev.CommandReceived(command="branch", arguments={"node": 1}, by="user", accepted=True, result=HOSTILE),
        ev.SessionFinished(status="finished", reason="the budget of 4 nodes is spent"),
    )
    return made
