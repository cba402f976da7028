"""A runner without an engine: it holds a session, talks the runner's protocol, and feeds events, tokens and output.

Run by `benchmarks.load`, as a process of its own: `python -m benchmarks.load.runner SESSION_FOLDER`. It reads one
command a line: `idle`; `load [NODES TOKENS OUTPUT]`, so many a second; `tokens COUNT RATE`, which streams so many
tokens without new nodes; `nodes COUNT`, which makes so many that stream next to nothing; `end`. It answers each with a
line when that mode stands; after `tokens` and `nodes` when all of them are written.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path

from tui_aide.execution.spool import Spool
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.socket_server import SocketServer
from tui_aide.sessions.store import FolderStore
from tui_aide.sessions.view import SessionView
from tui_aide.tree import events as ev
from tui_aide.tree.commands import Command, GpuUse, Progress, Reply, RunningNode, ServerStatus
from tui_aide.tree.node import Score, Tokens

STREAMS = 16
LONG_STREAMS = 4
"""So many of the streams think on and on, as a long chain of thought does; the others make the nodes."""
SCRIPTS = 2
NODES_A_SECOND = 10.0
TOKENS_A_SECOND = 5000.0
OUTPUT_A_SECOND = 50_000_000
BURST_SECONDS = 1.0
SCRIPT_SECONDS = 6.0
TICK = 0.05
_SERVER = "http://localhost:8000/v1"
_LIMIT = ev.Budget(nodes=1_000_000)
_WORDS = [
    "the",
    "fold",
    "score",
    "of",
    "this",
    "model",
    "rises",
    "when",
    "we",
    "drop",
    "the",
    "noisy",
    "columns",
    "and",
    "fit",
    "a",
    "smaller",
    "tree",
    "on",
    "logs",
    "\n",
]
_LINES = b"".join(b"[%06d] epoch %3d loss %.6f accuracy %.6f seconds %.3f\n" % (i, i % 90, 1 / (i + 1), i / 9e3, i / 7)
                  for i in range(8000))  # fmt: skip


class _Branch:
    """A live node: one that streams, or one whose script runs."""

    def __init__(self, store: FolderStore, node: int, ends: float) -> None:
        self.node, self.ends, self.began = node, ends, time.monotonic()
        self.tokens = 0
        self.output = 0
        self._due = 0.0
        self._store = store
        self._sink = store.stream(node, "reasoning.md")
        self._spool: Spool | None = None

    def think(self, tokens: float, rng: random.Random) -> int:
        """Stream so many tokens, on average; return how many."""
        self._due += tokens
        count = int(self._due)
        self._due -= count
        self.tokens += count
        start = rng.randrange(len(_WORDS))
        self._sink.write(" ".join(_WORDS[(start + i) % len(_WORDS)] for i in range(count)) + " ")
        return count

    def print(self, size: int) -> None:
        """Print so many bytes."""
        if self._spool is None:
            self._spool = Spool(self._store.node_folder(self.node) / "output.log")
        while size > 0:
            piece = _LINES[:size]
            self._spool.write(piece)
            self.output += len(piece)
            size -= len(piece)

    def close(self) -> None:
        """Close the files."""
        self._sink.close()
        if self._spool is not None:
            self._spool.close()


class Runner:
    """Feeds one session."""

    def __init__(self, folder: SessionFolder, seed: int = 0) -> None:
        view = SessionView(folder)
        view.refresh()
        self._lock = WriterLock(folder)
        self._folder = folder
        self._store = FolderStore(folder, view.tree.last_seq)
        self._server = SocketServer(folder, self._handle, self._progress)
        self._rng = random.Random(seed)
        self._next = len(view.tree.nodes)
        self._best = max((n.score.value for n in view.tree.nodes.values() if n.score), default=0.0)
        self._branches: dict[int, _Branch] = {}
        self._printed: list[int] = []
        self._began = time.monotonic()
        self._rate = 0.0
        self._load_rates = (NODES_A_SECOND, TOKENS_A_SECOND, float(OUTPUT_A_SECOND))
        self._mode: asyncio.Task[None] | None = None
        self._emit(ev.SessionResumed(model="m", budget=_LIMIT, workers=STREAMS, slots=SCRIPTS))
        for node in view.tree.running:  # whose runner was killed
            self._emit(ev.NodeFinished(
                node=node, verdict="cancelled", message="the runner had ended", score=None, tokens=Tokens(0, 0, 0),
                seconds=0.0, model_seconds=0.0, execution_seconds=0.0,
            ))  # fmt: skip

    async def run(self) -> None:
        """Take commands until the last."""
        await self._server.start()
        self._pause()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        self._say("ready")
        while line := (await reader.readline()).decode().split():
            if self._mode is not None:
                self._mode.cancel()
                await asyncio.gather(self._mode, return_exceptions=True)
                self._mode = None
            match line:
                case ["idle"]:
                    for node in list(self._branches):
                        self._finish(node)
                    self._pause()
                case ["load", *rates]:
                    if rates:
                        self._load_rates = (float(rates[0]), float(rates[1]), float(rates[2]))
                    self._emit(ev.Unpaused())
                    self._mode = asyncio.create_task(self._load())
                case ["tokens", count, rate]:
                    await self._stream(int(count), float(rate))
                case ["nodes", count]:
                    await self._create(int(count))
                case _:
                    break
            self._say("done")
        await self._server.close()
        for branch in self._branches.values():
            branch.close()
        self._store.close()
        self._lock.release()

    def _pause(self) -> None:
        self._rate = 0.0
        self._emit(ev.Paused())

    async def _load(self) -> None:
        """Keep the streams and the scripts going; each tick makes up for a late one."""
        nodes_a_second, tokens_a_second, output_a_second = self._load_rates
        life = (STREAMS - LONG_STREAMS) / nodes_a_second
        for index in range(STREAMS):
            self._begin(None if index < LONG_STREAMS else life * (index - LONG_STREAMS + 1) / (STREAMS - LONG_STREAMS))
        for _ in range(SCRIPTS):
            self._execute()
        self._rate = tokens_a_second
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            passed, last = min(1.0, now - last), now
            scripts = [b for b in self._branches.values() if b.output or b.tokens == 0]
            for branch in list(self._branches.values()):
                if branch not in scripts:
                    branch.think(passed * tokens_a_second / STREAMS, self._rng)
                if now > branch.ends:
                    self._finish(branch.node)
                    if branch in scripts:
                        self._execute()
                    else:
                        self._begin(life)
            bursting = scripts[int(now / BURST_SECONDS) % len(scripts)]
            if bursting.node in self._branches:
                bursting.print(int(passed * output_a_second))

    async def _stream(self, count: int, rate: float) -> None:
        """Stream tokens of the live nodes, and nothing else."""
        self._rate = rate
        streaming = [b for b in self._branches.values() if b.tokens]
        last = time.monotonic()
        while count > 0:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            passed, last = min(1.0, now - last), now
            for branch in streaming:
                count -= branch.think(passed * rate / len(streaming), self._rng)

    async def _create(self, count: int) -> None:
        """Make nodes, one after the other, 100 a second."""
        for _ in range(count):
            self._finish(self._begin(None).node)
            await asyncio.sleep(0.01)

    def _begin(self, life: float | None) -> _Branch:
        """Begin a node that thinks, for so many seconds; None is for ever."""
        node, rng = self._next, self._rng
        self._next += 1
        parent = max(0, node - 1 - int(rng.expovariate(1 / 300)))
        self._emit(ev.NodeCreated(node=node, parents=(parent,), operator="improve", strategy="single",
                                  reason="the policy took it from here", seed=node))  # fmt: skip
        self._emit(ev.SampleStarted(node=node, sample=0, model="m"))
        branch = _Branch(self._store, node, float("inf") if life is None else time.monotonic() + life)
        self._branches[node] = branch
        branch.think(1, rng)
        return branch

    def _execute(self) -> None:
        branch = self._begin(SCRIPT_SECONDS)
        branch.tokens = 0
        self._code(branch.node)
        self._emit(ev.ExecutionStarted(node=branch.node, slot=0, threads=1))
        self._printed.append(branch.node)
        for old in self._printed[: -2 * SCRIPTS]:
            (self._folder.node(old) / "output.log").unlink(missing_ok=True)
            self._printed.remove(old)

    def _code(self, node: int) -> None:
        tokens = Tokens(1000, 3000, 500)
        self._store.write(node, "solution.py", "import pandas\n\n\ndef fit(rows):\n    return rows\n" * 20)
        self._store.write(node, "plan.md", "Fit a smaller tree on the logarithms. " * 20)
        self._emit(ev.AnswerStarted(node=node, sample=0))
        self._emit(ev.SampleFinished(node=node, sample=0, tokens=tokens, seconds=1.0, first_token_seconds=0.1,
                                     finish="stop", server=_SERVER))  # fmt: skip
        self._emit(ev.CodeChecked(node=node, ok=True, title=f"script number {node}", plan="A plan. " * 20, lines=60))

    def _finish(self, node: int) -> None:
        branch = self._branches.pop(node)
        branch.close()
        if branch.tokens:
            self._code(node)
            self._emit(ev.ExecutionStarted(node=node, slot=0, threads=1))
        self._emit(ev.ExecutionFinished(node=node, reason="exited", returncode=0, seconds=1.0, peak_memory=1 << 28))
        score = Score(self._best * self._rng.uniform(0.8, 1.0005), 0.01) if self._rng.random() < 0.7 else None
        self._emit(ev.NodeFinished(
            node=node, verdict="valid" if score else "crash", message="" if score else "KeyError: 'a'", score=score,
            tokens=Tokens(1000, 3000, 500), seconds=1.0, model_seconds=1.0, execution_seconds=1.0,
        ))  # fmt: skip
        if score is not None and score.value > self._best:
            self._best = score.value
            self._emit(ev.IncumbentChanged(node=node, score=score, previous=None, gain=None, gain_se=None, reason="r"))

    def _emit(self, event: ev.Event) -> None:
        self._store.append(event)

    def _progress(self) -> Progress:
        now = time.monotonic()
        beat = now % 1 if self._rate else 0.0
        running = tuple(
            RunningNode(
                node=b.node, phase="thinking" if b.tokens else "executing", seconds=now - b.began, tokens=b.tokens,
                tokens_per_second=self._rate / STREAMS if b.tokens else 0.0, reasoning=b.tokens, output=b.output,
                first_token_seconds=0.2, scripts=0 if b.tokens else 1, script_seconds=now - b.began, limit=60.0,
                memory=0 if b.tokens else 1 << 28, cpu_percent=0.0 if b.tokens else 99.0 + b.node % 2,
            )
            for b in self._branches.values()
        )  # fmt: skip
        server = ServerStatus(
            url=_SERVER, model="m", state="up", running=len(running), waiting=int(3 * beat),
            generation_rate=self._rate * (0.9 + 0.2 * beat), prompt_rate=900.0, kv_use=0.4 + beat / 10,
            prefix_hits=0.8, queue_seconds=0.1, first_token_seconds=0.2,
        )  # fmt: skip
        gpu = GpuUse(index=0, name="a card", memory_used=40 << 30, memory_total=80 << 30, busy=beat, celsius=60)
        return Progress(
            running, not self._rate, now - self._began, 0.0, self._rate, cpu_percent=100.0 * bool(running),
            memory=1 << 29, servers=(server,), gpus=(gpu,),
        )  # fmt: skip

    async def _handle(self, command: Command) -> Reply:
        return Reply(False, "this runner has no engine")

    def _say(self, words: str) -> None:
        print(words, flush=True)


if __name__ == "__main__":
    asyncio.run(Runner(SessionFolder(Path(sys.argv[1]))).run())
