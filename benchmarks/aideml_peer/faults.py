"""The list of faults: each befalls the second of four nodes of both programs; what became of them is counted."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from benchmarks.aideml_peer.programs import RUNNING, Program, Search, searching
from benchmarks.aideml_peer.server import Manner

NODES, TIMEOUT = 4, 5
"""Nodes of each search, and seconds that a script may take."""
DISK, MEMORY = 300_000_000, 1_000_000_000
"""Bytes that a search may leave on the disk, and that its processes may take, to have survived."""
SILENT = "server goes silent"
KILLED = "its process is killed"

FAULTS: dict[str, Manner] = {
    "server answers 500, three times": Manner(fault="answers 500", times=3),
    SILENT: Manner(fault="goes silent"),
    "server cuts the stream": Manner(fault="cuts the stream"),
    "script hangs": Manner(misdeed="hangs"),
    "script hangs and ignores SIGINT": Manner(misdeed="hangs on"),
    "script fills the disk": Manner(misdeed="fills the disk"),
    "script kills its parent": Manner(misdeed="kills its parent"),
    "script floods its output": Manner(misdeed="floods its output"),
    "script forks": Manner(misdeed="forks"),
    KILLED: Manner(misdeed="hangs", at=2),
}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one search.

    Attributes:
        code: exit code of the program; None where it had not ended after `seconds`.
        nodes: made; `valid` of them with a score.
        codes: completions with code that it took.
        left: processes that lived on.
        disk: bytes in its folder at the end.
        memory: bytes of all its processes at most, as sampled.
        kept: nodes that were made when its process was killed, and `asked` the completions with code after that.
    """

    code: int | None
    seconds: float
    nodes: int
    valid: int
    codes: int
    left: int
    disk: int
    memory: int
    kept: int = 0
    asked: int = 0

    @property
    def faults(self) -> list[str]:
        """What is wrong with it, in words; nothing is where it survived."""
        wrong = []
        if self.code is None:
            wrong.append(f"did not end in {self.seconds:.0f} s")
        elif self.code:
            wrong.append(f"ended with exit code {self.code}")
        if self.nodes < NODES:
            wrong.append(f"{self.nodes} of {NODES} nodes")
        elif self.valid < NODES - 1:
            wrong.append(f"{self.valid} of {NODES} nodes valid")
        if self.asked > NODES - self.kept:
            wrong.append(f"asked for {self.asked} scripts more though {self.kept} of {NODES} nodes were made")
        if self.left:
            wrong.append(f"{self.left} processes left")
        if self.disk > DISK:
            wrong.append(f"{self.disk / 1e6:,.0f} MB left on the disk")
        if self.memory > MEMORY:
            wrong.append(f"took {self.memory / 1e6:,.0f} MB of memory")
        return wrong

    @property
    def words(self) -> str:
        """What became of it, in words."""
        if wrong := self.faults:
            return ", ".join(wrong)
        return f"survived, {self.valid} of {NODES} nodes valid"


def suffer(program: Program, fault: str, place: Path, task: Path, seconds: float) -> Outcome:
    """Have a program suffer a fault for at most so many seconds, and count what became of it."""
    began, orphans, kept, before = time.monotonic(), 0, 0, 0
    with searching(program, place, task, FAULTS[fault]) as search:
        search.start(program.command(search.place, NODES, 1, TIMEOUT))
        if fault == KILLED:
            orphans, kept = _kill(search, seconds)
            before = search.codes
            search.start(program.again(search.place, NODES, 1, TIMEOUT))
        code, memory = search.wait(seconds, 0.5)
        took = time.monotonic() - began
        if code is not None:
            _let_end(search)
        made, codes = search.made, search.codes
        left = search.end() if code is not None else 0  # one that did not end may have its processes
        disk = sum(path.stat().st_blocks * 512 for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    return Outcome(
        code=code,
        seconds=took,
        nodes=made.nodes,
        valid=made.valid,
        codes=codes,
        left=left + orphans,
        disk=disk,
        memory=max(memory, default=0),
        kept=kept,
        asked=codes - before if kept else 0,
    )


def _kill(search: Search, seconds: float) -> tuple[int, int]:
    """Kill the process of the search while a script hangs; return how many live on, and the nodes made so far."""
    assert search.process is not None
    end = time.monotonic() + seconds
    while search.made.nodes < 2 or search.codes < 3:
        if time.monotonic() > end or search.process.poll() is not None:
            raise RuntimeError(f"{search.program.name} did not come to its third node")
        time.sleep(0.1)
    time.sleep(0.5)
    kept = search.made.nodes
    os.kill(search.program.engine(search.place, search.process), signal.SIGKILL)
    search.wait(5.0)  # a viewer ends by itself, or stays with what there is
    _let_end(search, but=search.process.pid)
    left = [process for process in search.processes() if process.pid != search.process.pid]
    search.end()
    return len(left), kept


def _let_end(search: Search, but: int = 0) -> None:
    """Give what is left a few seconds to end by itself."""
    for _ in range(20):
        if not any(process.pid != but for process in search.processes()):
            return
        time.sleep(0.2)


def suffer_all(
    programs: tuple[Program, Program], place: Path, task: Path, seconds: float, longest: float
) -> dict[str, tuple[Outcome, Outcome]]:
    """Have both programs suffer all faults, side by side.

    Args:
        programs: both.
        place: an empty folder.
        task: theirs.
        seconds: the most for each search.
        longest: the most where the server goes silent; 0 leaves this one out.
    """
    found = {}
    with ThreadPoolExecutor(2) as pool:
        try:
            for number, fault in enumerate(FAULTS):
                most = longest if fault == SILENT else seconds
                if most:
                    ours, theirs = (
                        pool.submit(suffer, program, fault, place / f"{number}-{program.name}", task, most)
                        for program in programs
                    )
                    found[fault] = ours.result(), theirs.result()
                    words = (f"{p.name} {o.words}" for p, o in zip(programs, found[fault], strict=True))
                    print(f"{fault}: {', '.join(words)}")
        except BaseException:
            for search in list(RUNNING):
                search.end()  # or the threads would wait for theirs
            raise
    return found
