"""A small program that behaves as a vLLM server does: its log, its processes with their titles, /health, and its ends.

It takes vLLM's own flags, of which it reads --port. The environment tells it what to do:
FAKE_VLLM_LOG is the log that it prints, FAKE_VLLM_END its exit code after that (without: it serves),
FAKE_VLLM_STUBBORN makes all its processes ignore SIGTERM, FAKE_VLLM_PIDS is a file for their ids, and FAKE_VLLM_TIDY
one that stands for what the engine leaves unless it ends by itself.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PR_SET_NAME = 15


class Health(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()


def child(title: str, *below: str) -> int:
    """Fork a process with a title, which forks those below it; return its id."""
    pid = os.fork()
    if pid:
        return pid
    ctypes.CDLL(None).prctl(_PR_SET_NAME, title.encode(), 0, 0, 0)
    if not os.environ.get("FAKE_VLLM_STUBBORN"):
        signal.signal(signal.SIGTERM, tidy if below else signal.SIG_DFL)
    for one in below:
        child(one)
    write_pid()
    while True:
        time.sleep(60)


def tidy(_number: int, _frame: object) -> None:
    if path := os.environ.get("FAKE_VLLM_TIDY"):
        Path(path).unlink()
    os._exit(0)


def write_pid() -> None:
    if path := os.environ.get("FAKE_VLLM_PIDS"):
        with Path(path).open("a") as file:
            file.write(f"{os.getpid()}\n")


def print_log(path: Path) -> None:
    for piece in re.split(r"(?<=[\r\n])", path.read_text(encoding="utf-8")):
        sys.stderr.write(piece)
        sys.stderr.flush()
        time.sleep(0.005)


def main() -> None:
    port = int(sys.argv[sys.argv.index("--port") + 1])
    stubborn = bool(os.environ.get("FAKE_VLLM_STUBBORN"))
    signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else signal.SIG_DFL)
    write_pid()
    engine = 0
    if "FAKE_VLLM_END" not in os.environ:
        engine = child("VLLM::EngineCor", "VLLM::Worker")
    print_log(Path(os.environ["FAKE_VLLM_LOG"]))
    if "FAKE_VLLM_END" in os.environ:
        os._exit(int(os.environ["FAKE_VLLM_END"]))

    def end(_number: int, _frame: object) -> None:
        print("INFO:     Shutting down", file=sys.stderr, flush=True)
        os.kill(engine, signal.SIGTERM)
        os._exit(0)

    if not stubborn:
        signal.signal(signal.SIGTERM, end)
    ThreadingHTTPServer(("127.0.0.1", port), Health).serve_forever(0.05)


if __name__ == "__main__":
    main()
