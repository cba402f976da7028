"""Session folders written event by event through the real journal, and a runner's end of the socket."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.sessions.journal import JournalWriter
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.messages import RunnerAddress, ToViewer
from tui_aide.tree import events as ev
from tui_aide.tree.commands import GpuUse, Progress, Reply, RunningNode, ServerStatus
from tui_aide.tree.node import Operator, Score, Tokens, Verdict

SHORT_SAMPLE = Tokens(10, 20, 30)
LONG_SAMPLE = Tokens(18_200, 3_100, 812)


class RecordedSession:
    """Writes a session as a runner would; `hold` makes it look alive."""

    def __init__(
        self, place: Path, name: str = "toy-fern-0001", nodes: int | None = 20, model: str = "builtin"
    ) -> None:
        budget = ev.Budget(nodes=nodes)
        seal(
            create_folder(place, name),
            SessionConfig(
                id=name,
                name=name,
                created=time.time(),
                version="0",
                task=TaskSource(name="toy", source="toy", metric="roc_auc", direction="max"),
                search=SearchSettings(),
                budget=budget,
            ),
        )
        self.folder = SessionFolder(place / name)
        self.journal = JournalWriter(self.folder.journal)
        self.lock: WriterLock | None = None
        self.count = 0
        self.add(
            ev.SessionStarted(
                session=name, task="toy", metric="roc_auc", direction="max", model=model, strategy="single",
                policy="greedy", budget=budget, workers=2, slots=1, seed=0, version="0",
            )
        )  # fmt: skip

    def add(self, event: ev.Event) -> None:
        self.journal.append(event)

    def hold(self) -> None:
        self.lock = WriterLock(self.folder)

    def die(self) -> None:
        assert self.lock is not None
        self.lock.release()
        self.lock = None

    def close(self) -> None:
        if self.lock is not None:
            self.die()
        self.journal.close()

    def write(self, node: int, name: str, text: str) -> Path:
        path = self.folder.node(node) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def begin(
        self,
        *parents: int,
        operator: Operator | None = None,
        reason: str = "because",
        instruction: str = "",
        by: Literal["policy", "user"] = "policy",
    ) -> int:
        """Create the next node; it is queued."""
        node = self.count
        self.count += 1
        self.add(
            ev.NodeCreated(
                node=node,
                parents=parents,
                operator=operator or ("improve" if parents else "draft"),
                strategy="single",
                reason=reason,
                seed=0,
                instruction=instruction,
                by=by,
            )
        )
        return node

    def think(self, node: int, text: str = "") -> None:
        self.add(ev.SampleStarted(node=node, sample=0, model="builtin"))
        if text:
            self.write(node, "reasoning.md", text)

    def sample(
        self,
        node: int,
        *,
        finish: str = "stop",
        tokens: Tokens = LONG_SAMPLE,
        budget: int | None = 8_000,
        server: str = "http://localhost:8000/v1",
    ) -> None:
        self.add(
            ev.SampleFinished(
                node=node, sample=0, tokens=tokens, seconds=64.4, first_token_seconds=0.4, finish=finish,
                thinking_budget=budget, server=server,
            )
        )  # fmt: skip

    def execute(self, node: int, title: str = "a script", plan: str = "the plan", code: str = "print(1)\n") -> None:
        self.write(node, "solution.py", code)
        self.write(node, "plan.md", plan)
        self.add(ev.CodeChecked(node=node, ok=True, title=title, plan=plan, lines=1))
        self.add(ev.ExecutionStarted(node=node, slot=0, threads=1))

    def finish(
        self,
        node: int,
        value: float | None = None,
        *,
        verdict: Verdict = "crash",
        message: str = "it broke",
        best: bool = False,
        tokens: Tokens = SHORT_SAMPLE,
    ) -> None:
        score = Score(value, 0.01) if value is not None else None
        if value is not None:
            self.write(node, "score.json", msgspec.json.encode({"value": value, "se": 0.01, "rows": 400}).decode())
        self.add(
            ev.NodeFinished(
                node=node,
                verdict="valid" if score else verdict,
                message="" if score else message,
                score=score,
                tokens=tokens,
                seconds=3.0,
                model_seconds=1.0,
                execution_seconds=2.0,
            )
        )
        if best and score:
            self.add(
                ev.IncumbentChanged(node=node, score=score, previous=None, gain=None, gain_se=None, reason="first")
            )

    def valid(
        self, value: float, *parents: int, title: str = "a script", best: bool = False, code: str = "print(1)\n"
    ) -> int:
        """Add a finished, valid node."""
        node = self.begin(*parents)
        self.execute(node, title=title, code=code)
        self.finish(node, value, best=best)
        return node

    def end(self) -> None:
        self.add(ev.SessionFinished(status="finished", reason="the budget of nodes is spent"))


class LineServer:
    """Takes commands as JSON lines, answers them, and pushes progress: the runner's protocol."""

    def __init__(self, session: RecordedSession, tmp: Path) -> None:
        self.commands: list[dict[str, Any]] = []
        self.reply = Reply(True, "done as asked")
        self._session = session
        self._path = tmp / "r.sock"
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> LineServer:
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))
        address = RunnerAddress(pid=os.getpid(), socket=str(self._path))
        self._session.folder.runner_file.write_bytes(msgspec.json.encode(address))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def sent(self, count: int) -> bool:
        """Whether so many commands have come."""
        return len(self.commands) >= count

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.close()
        self._session.folder.runner_file.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        while line := await reader.readline():
            self.commands.append(msgspec.json.decode(line))
            writer.write(msgspec.json.encode(ToViewer(reply=self.reply)) + b"\n")

    def push(
        self,
        *running: RunningNode,
        paused: bool = False,
        servers: tuple[ServerStatus, ...] = (),
        gpus: tuple[GpuUse, ...] = (),
        gpu_for: Literal["", "thinking", "training"] = "",
        machine: tuple[float, int, int] = (0.0, 0, 0),
    ) -> None:
        rate = sum(r.tokens_per_second for r in running)
        cpu, memory, total = machine
        progress = Progress(
            running,
            paused,
            1.0,
            1.0,
            rate,
            cpu,
            memory,
            servers=servers,
            gpus=gpus,
            gpu_for=gpu_for,
            memory_total=total,
        )
        for writer in self._writers:
            writer.write(msgspec.json.encode(ToViewer(progress=progress)) + b"\n")
