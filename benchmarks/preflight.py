"""The preflight of a script beside compiling it: milliseconds for 300 lines, and the ratio.

Run: python -m benchmarks.preflight [--rounds N]

The script is the working ones of the tests' house-prices task, each in a function of its own, one after the other. What
the interpreter can import was learnt before, as it is for all but the first script of a search.
"""

from __future__ import annotations

import argparse
import asyncio
import textwrap
import time
from collections.abc import Callable

from benchmarks.model_client import spread
from benchmarks.result import Result, compared, measured
from tests.code.preflight.house import HOUSE, SCRIPTS, library
from tui_aide.code.preflight import imported_modules, preflight

LINES = 300
LIMIT = 20.0


def long_script(lines: int) -> str:
    """Return a script of at least so many lines."""
    parts: list[str] = []
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        if "import *" in text or "from __future__" in text:
            continue  # both may only stand at the top
        parts.append(f"def part_{len(parts)}():\n{textwrap.indent(text, '    ')}\n")
        if sum(p.count("\n") for p in parts) >= lines:
            break
    return "\n".join(parts)


def milliseconds(what: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    what()
    return (time.perf_counter() - start) * 1000


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones."""
    return measure(11 if quick else 51)


def measure(rounds: int) -> list[Result]:
    """Measure both in turn and print."""
    script = long_script(LINES)
    known = library()
    asyncio.run(known.learn(imported_modules(script)))
    taken = []
    for _ in range(rounds):
        checked = milliseconds(lambda: preflight(script, HOUSE, known))
        compiled = milliseconds(lambda: compile(script, "solution.py", "exec", dont_inherit=True))
        taken.append((checked, compiled))
    count = script.count("\n")
    print(f"{count} lines: preflight {spread([a for a, _ in taken], '.1f')} ms, limit {LIMIT:.0f} for {LINES} lines")
    ratio = spread([a / b for a, b in taken], ".2f")
    print(f"  compile {spread([b for _, b in taken], '.1f')} ms, preflight / compile {ratio}")
    what = f"preflight of a script of {count} lines"
    return [
        measured(what, [a for a, _ in taken], "ms", limit=LIMIT),
        compared(f"{what}, beside compiling it", [a for a, _ in taken], [b for _, b in taken], "ms", "compile()"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=51)
    measure(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
