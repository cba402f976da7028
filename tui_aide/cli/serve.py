"""Start a vLLM server for a model, with flags that suit this machine."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.cli.options import at_most

if TYPE_CHECKING:
    from tui_aide.models.serving.command import ServeCommand
    from tui_aide.models.serving.plan import Wishes
    from tui_aide.tree.node import ServerState

EPILOG = """\
MODEL is the name of a preset (see below), a model of the Hugging Face hub, or the folder of one.
It is served on 127.0.0.1 until Ctrl-C; nothing of it stays behind.

examples:
  tui-aide serve deepseek-r1-7b
  tui-aide serve deepseek-r1-14b --print
  tui-aide serve deepseek-r1-32b --quantisation 4bit --context 16k --gpu alternate
  tui-aide serve Qwen/Qwen3-8B --docker
  tui-aide serve ./my-model --vllm-python ~/vllm/bin/python -- --trust-remote-code
"""

PASSES_ON = True
"""What follows `--` is for vLLM."""

_USUAL_PORT = 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `serve`."""
    parser.add_argument("model", metavar="MODEL", nargs="?", help="a preset, a hub name or a folder; default: list all")
    plan = parser.add_argument_group("plan", "what is left out is chosen, and the reason told")
    plan.add_argument("--context", type=_tokens, metavar="N", help="tokens of prompt and answer together, such as 16k")
    plan.add_argument(
        "--quantisation", "--quantization", choices=("bf16", "fp8", "4bit"), help="precision of the weights"
    )
    plan.add_argument("--tensor-parallel", type=at_most(64), metavar="N", help="GPUs that share each layer")
    plan.add_argument("--memory-fraction", type=float, metavar="F", help="share of the GPU's memory, such as 0.85")
    plan.add_argument(
        "--gpu",
        choices=("separate", "share", "alternate"),
        default="separate",
        help="share: leave room for training on the same GPU; alternate: be able to sleep meanwhile (separate)",
    )
    start = parser.add_argument_group("start")
    start.add_argument("--print", action="store_true", help="print the command, and start nothing")
    start.add_argument("--docker", action="store_true", help="run vLLM's own Docker image")
    start.add_argument(
        "--port", type=at_most(65535), metavar="N", help=f"where to listen ({_USUAL_PORT}, else a free one)"
    )
    start.add_argument(
        "--vllm-python", metavar="PATH", help="a Python that has vLLM (or TUI_AIDE_VLLM_PYTHON; default: this one)"
    )
    start.add_argument(
        "--kill-orphans",
        action="store_true",
        help="first end engine processes whose server was killed; alone: only that",
    )


def run(options: argparse.Namespace) -> int:
    """Plan, say why, start and stay until it ends."""
    from tui_aide.models.serving.failures import orphans_hint
    from tui_aide.models.serving.orphans import find_orphans

    if options.kill_orphans and not _kill_orphans():
        return 1
    if options.model is None:
        return 0 if options.kill_orphans else _list()
    command = _command(options)
    for reason in command.plan.reasons:
        _say(f"  {reason}")
    if options.print:
        print(command.shell())
        return 0
    if orphans := find_orphans():
        _say(orphans_hint(orphans))
    return asyncio.run(_serve(command, _log_file(command.port)))


def _command(options: argparse.Namespace) -> ServeCommand:
    from tui_aide.models.serving.command import docker_command, serve_command
    from tui_aide.models.serving.hardware import find_hardware
    from tui_aide.models.serving.planning import plan_serving
    from tui_aide.models.serving.server import prepare
    from tui_aide.models.serving.shapes import find_source

    wishes, extra = _wishes(options), options.passed_on
    if options.docker:
        plan = plan_serving(find_source(options.model), find_hardware(), wishes)
        _say(plan.summary())
        return docker_command(plan, _port(options), extra)
    found = prepare(options.model, wishes, python=options.vllm_python, must_run=not options.print)
    _say(found.plan.summary())
    return serve_command(found.plan, found.installation, _port(options), extra)


def _wishes(options: argparse.Namespace) -> Wishes:
    from tui_aide.models.serving.plan import Wishes

    return Wishes(
        context=options.context,
        quantisation=options.quantisation,
        tensor_parallel=options.tensor_parallel,
        memory_fraction=options.memory_fraction,
        gpu=options.gpu,
    )


def _port(options: argparse.Namespace) -> int:
    """Return the port asked for, or the usual one, or a free one where that is in use."""
    from tui_aide.models.serving.ports import check_free, free_port, holder

    if options.port is not None:
        if not options.print:
            check_free(options.port)
        return int(options.port)
    port = _USUAL_PORT if options.print else free_port(_USUAL_PORT)
    if port != _USUAL_PORT:
        by = holder(_USUAL_PORT)
        _say(f"port {_USUAL_PORT} is in use{f' by {by}' if by else ''}, so {port} is used")
    return port


async def _serve(command: ServeCommand, log: Path) -> int:
    """Start the server and stay until it ends (1) or a signal stops it (130, 143 or 129)."""
    from tui_aide.errors import ServerFailedError
    from tui_aide.models.serving.server import managed

    line = _ProgressLine()
    server = managed(command, log, line.tell)
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        stopped.set()

    numbers = [n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) != signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, stop, number)
    _say(f"log: {log}")
    work = asyncio.ensure_future(_until_ended(server, command, line))
    waiting = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            cause = work.result()
            raise ServerFailedError(f"the server for {server.model} ended: {cause}")
        line.end()
        _say("stopping the server ...")
        work.cancel()
        await asyncio.wait({work})
    finally:
        line.end()
        waiting.cancel()
        await server.aclose()
        for number in numbers:
            loop.remove_signal_handler(number)
    return 128 + received[0]


async def _until_ended(server: object, command: ServeCommand, line: _ProgressLine) -> str:
    """Start a server, say so when it is ready, and return why it ended."""
    from tui_aide.models.serving.managed import ManagedServer

    assert isinstance(server, ManagedServer)
    await server.start()
    line.end()
    held = f", KV cache of {server.kv_tokens:,} tokens" if server.kv_tokens else ""
    use = f"use it: tui-aide run TASK --base-url {command.base_url}"
    print(f"ready at {command.base_url} as {server.model}{held}; {use}", flush=True)
    return await server.wait()


class _ProgressLine:
    """The start's progress: one line that changes on a terminal, else a line for each stage."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._open = False
        self._last = ""

    def tell(self, state: ServerState, detail: str, load: float | None) -> None:
        """Show a state of the server; ends and failures are told elsewhere."""
        if state != "starting" or load is None:
            return
        text = f"{load:4.0%}  {detail}"
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{text[:78]}")
            self._open = True
        elif detail.rstrip("0123456789/% ") != self._last:
            sys.stderr.write(f"{text}\n")
        self._last = detail.rstrip("0123456789/% ")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line that changes."""
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()
        self._open = False


def _kill_orphans() -> bool:
    """Kill all orphans and return whether none is left."""
    from tui_aide.models.serving.orphans import describe, find_orphans, kill_orphans

    found = find_orphans()
    dead = kill_orphans(found)
    _say(f"ended: {describe(dead)}" if dead else "no engine process of a killed server was found")
    if left := [o for o in found if o not in dead]:
        _say(f"still there: {describe(left)}")
    return not left


def _list() -> int:
    """Print the presets."""
    from tui_aide.models.serving.presets import presets, user_presets_file

    for name, source in presets().items():
        print(f"{name:<22} {source.about}")
    _say(f"your own go to {user_presets_file()}")
    return 0


def _log_file(port: int) -> Path:
    """Return the log of a server on that port, emptied."""
    from platformdirs import user_log_path

    path = user_log_path("tui_aide", appauthor=False) / f"serve-{port}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def _tokens(text: str) -> int:
    """Return the tokens that `16384`, `16_384` or `16k` (of 1,024) say."""
    number, factor = (text[:-1], 1024) if text[-1:] in ("k", "K") else (text, 1)
    digits = number.replace("_", "")
    if not digits.isdecimal() or not 256 <= int(digits) * factor <= 10_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of tokens from 256 up; write for example 16k or 16384")
    return int(digits) * factor


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
