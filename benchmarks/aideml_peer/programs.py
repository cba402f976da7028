"""Both programs as their users start them: the command, what it leaves, and what of it still runs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
import psutil

from benchmarks.aideml_peer.server import MARK, Answered, Manner, read_log
from benchmarks.peers import aideml_python

_OWN = re.compile(r"own (\d+): ([\d.]+)")
_MARK = "TUI_AIDE_BENCHMARK_MARK"
_GOAL = "Predict y from the other columns. The metric is the root mean squared error, lower is better."


class Made(msgspec.Struct, frozen=True):
    """What a search left: its nodes, those with a score, and the seconds that scripts say they took, by number."""

    nodes: int
    valid: int
    own: dict[int, float]


class Place(msgspec.Struct, frozen=True):
    """Where one search runs: its folder, the task, the server's address, and the mark of all its processes."""

    folder: Path
    task: Path
    url: str
    mark: str


class Program(Protocol):
    """One of the two."""

    name: str

    def command(self, place: Place, nodes: int, workers: int, timeout: int) -> list[str]:
        """Return the command of a search of so many nodes, whose scripts may take `timeout` seconds."""

    def again(self, place: Place, nodes: int, workers: int, timeout: int) -> list[str]:
        """Return the command that goes on after the search died, or, where there is none, begins anew."""

    def made(self, place: Place) -> Made:
        """Read what the search left."""

    def engine(self, place: Place, process: subprocess.Popen[bytes]) -> int:
        """Return the process that runs the search."""


class Ours:
    """`tui-aide run`, headless, made as AIDE makes nodes: one sample a node, greedily."""

    name = "tui_aide"

    def command(self, place: Place, nodes: int, workers: int, timeout: int) -> list[str]:
        """As of `Program`; scripts run in two slots."""
        words = [sys.executable, "-m", "tui_aide", "run", str(place.task), "--base-url", place.url]
        words += ["--model", "scripted", "--strategy", "single", "--policy", "greedy", "--nodes", str(nodes)]
        words += ["--sequential"] if workers == 0 else ["--workers", str(workers), "--slots", "2"]
        words += ["--timeout", f"{timeout}s", "--disk", "200m", "--no-ensemble", "--no-refit", "--headless", "--json"]
        return [*words, "--sessions-dir", str(place.folder), "--name", "search"]

    def again(self, place: Place, nodes: int, workers: int, timeout: int) -> list[str]:
        """As of `Program`."""
        words = [sys.executable, "-m", "tui_aide", "resume", "search", "--headless", "--json"]
        return [*words, "--sessions-dir", str(place.folder)]

    def made(self, place: Place) -> Made:
        """As of `Program`."""
        words = [sys.executable, "-m", "tui_aide", "show", "search", "--json", "--sessions-dir", str(place.folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        nodes: list[dict[str, Any]] = json.loads(done.stdout)["nodes"] if done.returncode == 0 else []
        logs = [path.read_text(errors="replace")[-2000:] for path in place.folder.glob("*/nodes/*/output.log")]
        ended = [n for n in nodes if n["verdict"]]
        return Made(len(ended), sum(n["verdict"] == "valid" for n in ended), _own(logs))

    def engine(self, place: Place, process: subprocess.Popen[bytes]) -> int:
        """As of `Program`: the runner, which outlives its viewers."""
        found = next(place.folder.glob("*/runner.json"))
        return int(json.loads(found.read_bytes())["pid"])


class Aideml:
    """`aide`, as its package installs it."""

    name = "aideml"

    def command(self, place: Place, nodes: int, workers: int, timeout: int) -> list[str]:
        """As of `Program`; it knows no workers."""
        words = [str(aideml_python().with_name("aide")), f"data_dir={place.task}", f"goal={_GOAL}"]
        words += [f"log_dir={place.folder}/logs", f"workspace_dir={place.folder}/workspaces", "exp_name=search"]
        words += [f"exec.timeout={timeout}", "generate_report=false", f"agent.steps={nodes}"]
        return [*words, "agent.code.model=scripted", "agent.feedback.model=scripted"]

    def again(self, place: Place, nodes: int, workers: int, timeout: int) -> list[str]:
        """As of `Program`: nothing resumes."""
        return self.command(place, nodes, workers, timeout)

    def made(self, place: Place) -> Made:
        """As of `Program`: its last journal, which it saves after each step."""
        journals = sorted(place.folder.glob("logs/*/journal.json"), key=lambda path: path.stat().st_mtime)
        if not journals:
            return Made(0, 0, {})
        try:
            nodes = json.loads(journals[-1].read_bytes())["nodes"]
        except ValueError:
            return Made(0, 0, {})
        outputs = ["".join(node["_term_out"] or [])[-2000:] for node in nodes]
        return Made(len(nodes), sum(not n["is_buggy"] for n in nodes), _own(outputs))

    def engine(self, place: Place, process: subprocess.Popen[bytes]) -> int:
        """As of `Program`: it is one process, and its scripts'."""
        return process.pid


def _own(outputs: list[str]) -> dict[int, float]:
    return {int(number): float(seconds) for text in outputs for number, seconds in _OWN.findall(text)}


def make_task(folder: Path) -> Path:
    """Write a task of 2,000 rows and five columns whose target is linear in them, and return its folder."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for name, rows in (("train", 2000), ("test", 500)):
        x = rng.normal(size=(rows, 5))
        y = x @ [1.0, -2.0, 0.5, 0.0, 3.0] + rng.normal(size=rows)
        lines = ["id,a,b,c,d,e" + (",y" if name == "train" else "")]
        for i in range(rows):
            cells = [str(i), *(f"{v:.5f}" for v in x[i]), *([f"{y[i]:.5f}"] if name == "train" else [])]
            lines.append(",".join(cells))
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (folder / "sample_submission.csv").write_text("id,y\n" + "".join(f"{i},0.0\n" for i in range(500)))
    (folder / "description.md").write_text(_GOAL + " Write working/submission.csv as sample_submission.csv has it.\n")
    return folder


class Search:
    """One search under way: a program, its place, its server, and all processes that stem from it."""

    def __init__(self, program: Program, place: Place, log: Path) -> None:
        self.program, self.place, self._log = program, place, log
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: dict[int, float] = {}

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a command of the program, whose words go to a file."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TUI_AIDE_SESSIONS")}
        environment |= {"OPENAI_BASE_URL": self.place.url, "OPENAI_API_KEY": "none", "OMP_NUM_THREADS": "1"}
        environment |= {_MARK: self.place.mark, "COLUMNS": "120", "LINES": "40"}
        with (self.place.folder / "words").open("ab") as words:
            self.process = subprocess.Popen(
                command,
                cwd=self.place.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )
        return self.process

    @property
    def answered(self) -> list[Answered]:
        """What the server answered so far."""
        return read_log(self._log)

    @property
    def codes(self) -> int:
        """Completions with code that the server gave so far."""
        return sum(answered.kind == "code" for answered in self.answered)

    @property
    def made(self) -> Made:
        """What the search left so far."""
        return self.program.made(self.place)

    def processes(self) -> list[psutil.Process]:
        """Return what runs and stems from this search: marked by environment or command line, and their children."""
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                known = process.environ().get(_MARK) == self.place.mark or self.place.mark in process.cmdline()
                if known:
                    found |= {p.pid: p for p in (process, *process.children(recursive=True))}
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return list(found.values())

    def memory(self) -> int:
        """Return the bytes that all of it holds now, shared pages by their share."""
        total = 0
        for process in self.processes():
            try:
                total += process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return total

    def wait(self, seconds: float, sample: float = 0.0) -> tuple[int | None, list[int]]:
        """Wait for the end; return the exit code, None where it did not end, and the memory now and then.

        Args:
            seconds: the most to wait.
            sample: seconds between two looks at the memory; 0 looks at none.
        """
        assert self.process is not None
        end, memory = time.monotonic() + seconds, list[int]()
        while time.monotonic() < end:
            try:
                return self.process.wait(min(sample or 1.0, max(0.01, end - time.monotonic()))), memory
            except subprocess.TimeoutExpired:
                if sample:
                    memory.append(self.memory())
        return None, memory

    def end(self) -> int:
        """Kill what is left of it; return how many processes that were."""
        left = self.processes()
        for process in left:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=5)
        if self.process is not None:
            self.process.wait(5)
        return len(left)


@contextmanager
def serving(manner: Manner, log: Path) -> Iterator[str]:
    """Run the server in a process of its own, and yield its address."""
    words = [sys.executable, "-m", "benchmarks.aideml_peer.server", str(log)]
    for field in msgspec.structs.fields(Manner):
        if field.name == "mark":
            continue  # on its command line it would make the server one of the search's processes
        if (value := getattr(manner, field.name)) != field.default:
            words += [f"--{field.name}", str(value)]
    environment = {**os.environ, MARK: manner.mark}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


RUNNING: list[Search] = []
"""The searches under way, for who must end them all."""


@contextmanager
def searching(program: Program, folder: Path, task: Path, manner: Manner) -> Iterator[Search]:
    """Yield a search that is yet to be started, with a server of its own; at the end nothing of it runs."""
    folder.mkdir(parents=True)
    mark, log = uuid.uuid4().hex, folder / "answered.jsonl"
    with serving(msgspec.structs.replace(manner, mark=mark), log) as url:
        search = Search(program, Place(folder, task, url, mark), log)
        RUNNING.append(search)
        try:
            yield search
        finally:
            RUNNING.remove(search)
            search.end()
