"""Record the session `sessions/steered`: a search that fails, is steered by hand, loses its runner and is resumed.

    python docs/record_steered.py [PLACE]

Needs no model server: an imperfect coder of 32B's rates is served here (docs/equal-compute.md). What a recording does
not keep (data, work folders, submissions) is left out. PLACE is where it goes, by default `sessions/steered`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
NAME = "steered"
LEFT_OUT = ("input", "private", "lock", "*.json.lock", "runner.*", "summary.json", "final", ".*", "work", "received")


def program(place: Path, *words: str) -> str:
    """Run tui-aide on the sessions in `place` and return what it prints; say what was done."""
    done = subprocess.run(
        [sys.executable, "-m", "tui_aide", *words],
        env={**os.environ, "TUI_AIDE_SESSIONS_DIR": str(place)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=ROOT,
    )
    said = done.stdout.strip().rpartition("\n")[2] if words[0] != "show" else ""
    sys.stderr.write(f"$ tui-aide {' '.join(words)}\n  {said[:150]}\n" if words[0] != "show" else "")
    return done.stdout


def nodes(place: Path) -> list[dict[str, Any]]:
    """Return the session's nodes as `show --json` tells them."""
    found: list[dict[str, Any]] = json.loads(program(place, "show", NAME, "--json"))["nodes"]
    return found


def until(place: Path, wanted: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """Wait until the nodes are as wanted."""
    while not wanted(found := nodes(place)):
        time.sleep(0.5)
        if not (place / NAME / "runner.json").exists():
            raise SystemExit("the search ended too early; record again, with another seed")
    return found


def done(found: list[dict[str, Any]]) -> int:
    """Return how many nodes have a verdict."""
    return sum(n["verdict"] is not None for n in found)


def record(place: Path, url: str) -> None:
    """Run the search and steer it."""
    send = lambda *words: program(place, "send", NAME, *words)  # noqa: E731
    search = subprocess.Popen(
        [
            *(sys.executable, "-m", "tui_aide", "run", "friedman", "--base-url", url, "--model", "32b", "--name", NAME),
            *("--strategy", "self-debugging(rounds=1)", "--nodes", "18", "--seed", "5", "--headless"),
        ],
        env={**os.environ, "TUI_AIDE_SESSIONS_DIR": str(place)},
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
    )
    while not (place / NAME / "runner.json").exists():
        time.sleep(0.2)
    until(place, lambda n: done(n) >= 4 and any(x["verdict"] == "valid" for x in n))
    send("pause")
    found = nodes(place)
    best = json.loads(program(place, "show", NAME, "--json"))["best"]["node"]
    failed = next(x["id"] for x in found if x["verdict"] not in (None, "valid"))
    send("hint", "the target is skewed: learn its logarithm")
    send("branch", str(best), "--instruction", "try gradient boosting with more trees", "--samples", "2")
    send("prune", str(failed))
    send("pin", str(best))
    send("resume")
    until(place, lambda n: done(n) >= len(found) + 2)
    pid = json.loads((place / NAME / "runner.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)  # no word of farewell
    search.wait()
    (place / NAME / "runner.json").unlink(missing_ok=True)
    program(place, "sessions")
    resumed = subprocess.Popen(
        [sys.executable, "-m", "tui_aide", "resume", NAME, "--headless"],
        env={**os.environ, "TUI_AIDE_SESSIONS_DIR": str(place)},
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
    )
    while not (place / NAME / "runner.json").exists():
        time.sleep(0.1)
    send("pause")
    send("retry", str(failed))  # refused: it is pruned
    send("restore", str(failed))
    send("retry", str(failed))
    script = place / "mine.py"
    own = (place / NAME / "nodes" / f"{best:04d}" / "solution.py").read_text()
    script.write_text("# Mine: as before, and says so.\n" + own + '\nprint("by hand")\n')
    send("edit", str(best), "--file", str(script))
    send("unpin", str(best))
    send("policy", "best-first")
    others = [x["id"] for x in nodes(place) if x["verdict"] not in (None, "valid") and x["id"] != failed]
    if others:
        send("prune", str(others[-1]))
    send("resume")
    resumed.wait()


def tidy(goal: Path, names: dict[str, str]) -> None:
    """Give the folders of the machine that recorded it plain names."""
    for path in goal.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            for name, plain in names.items():
                text = text.replace(name, plain)
            path.write_text(text, encoding="utf-8")


def main() -> None:
    """Serve the coder, record, and copy what a viewer reads."""
    goal = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "sessions" / NAME
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.imperfect", "--port", str(port)], cwd=ROOT)
    try:
        with tempfile.TemporaryDirectory() as folder:
            time.sleep(3.0)
            record(Path(folder), f"http://127.0.0.1:{port}/v1")
            if goal.exists():
                shutil.rmtree(goal)
            shutil.copytree(Path(folder) / NAME, goal, ignore=shutil.ignore_patterns(*LEFT_OUT))
            for name in ("submission.csv", "predictions.npz"):
                for path in goal.glob(f"nodes/**/{name}"):
                    path.unlink()
            tidy(goal, {folder: "/home/me/sessions", str(ROOT): "/home/me/tui_aide"})
    finally:
        server.kill()


if __name__ == "__main__":
    main()
