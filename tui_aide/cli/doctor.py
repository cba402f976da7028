"""Tell what this machine has for a search, what it lacks, and what to do about that."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui_aide.errors import TuiAideError

if TYPE_CHECKING:
    from tui_aide.cli.machine import Finding

EPILOG = """\
examples:
  tui-aide doctor
  tui-aide doctor --base-url http://gpu-box:8000/v1
  tui-aide doctor --json

Exits with 1 only when a server named by --base-url does not answer.
"""

_SECONDS = 4.0
"""How long the probes may take; those that named servers are asked by take as long as the servers may."""
_NAMED_SECONDS = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `doctor`."""
    parser.add_argument(
        "--base-url", action="append", metavar="URL", help="ask this server, too (default: the usual ports here)"
    )
    parser.add_argument("--api-key-env", default="OPENAI_API_KEY", metavar="NAME", help="variable that holds the key")
    parser.add_argument("--sessions-dir", metavar="DIR", help="where sessions are kept")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Look at everything at once and print what was found."""
    from tui_aide.cli import machine
    from tui_aide.models.servers import parse_address
    from tui_aide.sessions.places import cache_dir, config_dir, sessions_dir

    urls: list[str] = options.base_url or []
    for url in urls:
        parse_address(url)
    size = machine.terminal_size()
    place = sessions_dir(options.sessions_dir)
    found = _together(
        {
            "python": machine.python,
            "terminal": lambda: [machine.terminal(os.environ, size)],
            "cpu": machine.compute,
            "disk": lambda: [machine.disk(place)],
            "folders": lambda: machine.folders(cache_dir(), config_dir()),
            "gpu": machine.gpu,
            "vllm": lambda: [machine.vllm()],
            "orphans": lambda: [row] if (row := machine.orphans()) is not None else [],
            "servers": lambda: _servers(urls, options.api_key_env),
            "key": lambda: [machine.key(options.api_key_env, os.environ)],
            "proxy": lambda: machine.proxies(os.environ),
            "sandbox": lambda: [machine.sandbox()],
            "limits": lambda: [machine.limits()],
            "docker": machine.containers,
            "web": machine.extras,
        },
        _NAMED_SECONDS if urls else _SECONDS,
    )
    if options.json:
        _print_json(found)
    else:
        _print_lines(found, size[0] if size is not None and sys.stdout.isatty() else None)
    servers = [f.state for f in found if f.name == "server"]
    return 1 if urls and (not servers or "lacks" in servers) else 0


def _servers(urls: Sequence[str], key_variable: str) -> list[Finding]:
    """Return the model servers that answer and what they can do; of those that were named, also the silent ones."""
    import asyncio

    from tui_aide.cli.machine import Finding
    from tui_aide.models.probing import survey
    from tui_aide.models.servers import USUAL
    from tui_aide.models.trial import TrialFile
    from tui_aide.sessions.places import servers_file

    async def ask() -> list[Finding]:
        trials = TrialFile(servers_file())
        named = survey(urls, named=True, trials=trials, api_key_env=key_variable)
        usual = survey([u for u in USUAL if u not in urls], named=False, trials=None)
        return [
            Finding("server", "lacks", report.problem)
            if report.facts is None
            else Finding("server", "ok", _served(report.url, [m.id for m in report.facts.models], report.facts.words()))
            for reports in await asyncio.gather(named, usual)
            for report in reports
        ]

    return asyncio.run(ask()) or [
        Finding(
            "servers",
            "note",
            f"none answers at {', '.join(USUAL)}",
            "start one: tui-aide serve MODEL; or name one: tui-aide run TASK --base-url URL; or: --model builtin",
        )
    ]


def _served(url: str, models: Sequence[str], words: Sequence[str]) -> str:
    shown = ", ".join(models[:3]) + (f" and {len(models) - 3} more" if len(models) > 3 else "")
    return f"{url}: {', '.join(words)}; serves {shown or 'no listed model'}"


def _together(probes: dict[str, Callable[[], list[Finding]]], seconds: float) -> list[Finding]:
    """Run probes side by side and return what they found, in their order.

    One that hangs is left behind after `seconds`; one that breaks costs only its own row.
    """
    import threading
    import time

    from tui_aide.cli.machine import Finding

    found: dict[str, list[Finding]] = {}

    def look(name: str, probe: Callable[[], list[Finding]]) -> None:
        try:
            found[name] = probe()
        except (TuiAideError, OSError, ImportError, ValueError) as e:
            found[name] = [Finding(name, "note", f"could not be looked at: {e}")]

    threads = [threading.Thread(target=look, args=item, daemon=True) for item in probes.items()]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    late = f"did not answer within {seconds:.0f} s"
    again = "ask again when the machine is less busy: tui-aide doctor"
    silent = {n: [Finding(n, "note", late, again)] for n in probes if n not in found}
    return [row for name in probes for row in {**silent, **found}[name]]


def _print_json(found: Sequence[Finding]) -> None:
    import json

    import msgspec

    from tui_aide import __version__

    print(json.dumps({"version": __version__, "checks": msgspec.to_builtins(found)}))


def _print_lines(found: Sequence[Finding], columns: int | None) -> None:
    """Print the rows, wrapped to a terminal's columns; without a terminal each on one line."""
    import textwrap

    from tui_aide.cli.viewing import printable

    name_width = max(len(f.name) for f in found)
    indent = " " * (7 + name_width + 2)
    width = max(60, columns or shutil.get_terminal_size().columns)
    for row in found:
        head = f"{row.state:<7}{row.name:<{name_width}}  "
        for lead, text in ((head, row.found), (f"{indent}-> ", row.remedy)):
            line = lead + printable(text)
            if text and columns is not None:
                later = indent if lead == head else f"{indent}   "
                line = textwrap.fill(line, width, subsequent_indent=later, break_on_hyphens=False)
            if text:
                print(line)
    lacking, notes = (sum(f.state == state for f in found) for state in ("lacks", "note"))
    print(f"{lacking or 'nothing'} lacking, {notes or 'no'} to note")
