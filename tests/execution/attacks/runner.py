"""Runs one script in a sandbox amid things that it should not get at: a process of its own, as whichever user.

Reads what to do as JSON from standard input, and prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui_aide.execution.environment import HOOKS
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import choose

SHM_MIB, TMP_MIB = 64, 64


def _server(kind: int, family: int, address: Any, canary: str) -> socket.socket:
    server = socket.socket(family, kind)
    server.bind(address)
    if kind == socket.SOCK_STREAM:
        server.listen()

    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                if kind == socket.SOCK_DGRAM:
                    server.sendto(canary.encode(), server.recvfrom(100)[1])
                else:
                    with server.accept()[0] as client:
                        client.sendall(canary.encode())

    threading.Thread(target=answer, daemon=True).start()
    return server


def _address() -> str:
    """Return this machine's address in its network; that of the loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            any_socket.connect(("192.0.2.1", 9))
            return str(any_socket.getsockname()[0])
        except OSError:
            return "127.0.0.2"


@contextlib.contextmanager
def ground(base: Path, canary: str) -> Iterator[dict[str, Any]]:
    """Lay out a home, two sessions with nodes, sockets and a victim process."""
    session = base / "session"
    work = session / "nodes" / "0001" / "work"
    for folder in (work, session / "nodes/0002/work", session / "private", session / "input", base / "other/nodes"):
        folder.mkdir(parents=True)
    labels = session / "private" / "labels.csv"
    files = {
        labels: canary,
        base / "home/.ssh/id_ed25519": canary,
        base / "other/nodes/solution.py": canary,
        session / "nodes/0002/work/secret.txt": canary,
        session / "input/train.csv": "a,b\n1,2\n",
        base / "public.txt": "public",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (work / "input").symlink_to("../../../input")
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    servers = [
        _server(stream, socket.AF_INET, ("0.0.0.0", 0), canary),
        _server(datagram, socket.AF_INET, ("127.0.0.1", 0), canary),
        _server(stream, socket.AF_UNIX, str(base / "s"), canary),
        _server(stream, socket.AF_UNIX, str(session / "control"), canary),
        _server(stream, socket.AF_UNIX, f"\0{canary}", canary),
        _server(stream, socket.AF_UNIX, str(base / "docker.sock"), canary),
    ]
    with labels.open("rb") as held:
        victim = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.stdin.read()  # {canary}"],
            stdin=subprocess.PIPE,
            stdout=held,
            cwd=labels.parent,
            env={"SECRET": canary},
        )
    try:
        yield {
            "home": str(base / "home"),
            "labels": str(labels),
            "other_session": str(base / "other/nodes/solution.py"),
            "other_node": str(session / "nodes/0002/work/secret.txt"),
            "inputs": str(session / "input"),
            "spool": str(session / "nodes/0001/output.log"),
            "public": str(base / "public.txt"),
            "socket": str(base / "s"),
            "control": str(session / "control"),
            "docker": str(base / "docker.sock"),
            "abstract": canary,
            "port": servers[0].getsockname()[1],
            "datagrams": servers[1].getsockname()[1],
            "address": _address(),
            "victim": victim.pid,
            "runner": os.getpid(),
            "canary": canary,
            "hooks": str(HOOKS),
            "package": str(HOOKS.parents[1]),
            "work": str(work),
            "shm_mib": SHM_MIB,
            "tmp_mib": TMP_MIB,
        }
    finally:
        for server in servers:
            server.close()
        victim.kill()
        victim.communicate()


def main() -> None:
    """Do what standard input says: `base`, `canary`, `mode`, `script`, `only`, `warm`, and limits of the run."""
    asked = json.load(sys.stdin)
    base = Path(asked["base"])
    os.environ["HOME"] = str(base / "home")
    os.environ["OPENAI_API_KEY"] = asked["canary"]
    with ground(base, asked["canary"]) as targets:
        work = Path(targets["work"])
        (work / "solution.py").write_text(asked["script"])
        (work / "targets.json").write_text(json.dumps({**targets, "only": asked["only"]}))
        device = Path("/dev/full").stat().st_mode
        outcome, warm = asyncio.run(_run(asked, targets))
        done = work / "done.json"
        public = base / "public.txt"
        after = {
            "alive": _alive(targets["victim"]),
            "public": [public.read_text(), oct(public.stat().st_mode & 0o777), public.stat().st_mtime == 1],
            "device": oct(Path("/dev/full").stat().st_mode ^ device),
            "inputs": _text(base / "session/input/train.csv"),
            "beside": sorted(p.name for p in work.parent.iterdir()),
            "shm": Path("/dev/shm", asked["canary"]).exists(),
            "marked": _left(asked["canary"]),
        }
    Path("/dev/shm", asked["canary"]).unlink(missing_ok=True)
    output = Path(targets["spool"]).read_bytes()
    told = json.loads(done.read_text()) if done.exists() else {}
    print(
        json.dumps(
            {
                "outcome": outcome,
                "done": told,
                "output": output[-3000:].decode(errors="replace"),
                "after": after,
                "spool": len(output),
                "warm": warm,
            }
        )
    )


async def _run(asked: dict[str, Any], targets: dict[str, Any]) -> tuple[dict[str, Any], int]:
    work = Path(targets["work"])
    python = Path(asked["python"]) if asked["python"] else None
    executor = LocalExecutor(python, choose(asked["mode"], python), warm_threads=1 if asked["warm"] else None)
    execution = Execution(
        folder=work, output=Path(targets["spool"]), inputs=(Path(targets["inputs"]),), gpus="", **asked["limits"]
    )
    try:
        if asked["warm"]:
            await executor.start()
            assert executor.warm is not None
            assert await executor.warm.ready()
        outcome = await executor.run(execution)
        begun = executor.warm.begun if executor.warm else 0
    finally:
        await executor.aclose()
    return {"reason": outcome.reason, "returncode": outcome.returncode, "message": outcome.message,
            "seconds": outcome.seconds, "peak": outcome.peak_memory, "output": outcome.output}, begun  # fmt: skip


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else "gone"


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZT"


def _left(canary: str) -> int:
    """Return how many processes run whose command line tells that an attack has started them."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            count += f"left-{canary}".encode() in path.read_bytes()
    return count


if __name__ == "__main__":
    main()
