"""The tables of docs/bench-results.md, from the journals of the two runs that it tells of.

python docs/bench_results.py                   from the runs `coders` and `builtin`
python docs/bench_results.py --bench-dir DIR   the same, where they lie elsewhere
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("bench-results.md")
RUNS = {"coders": "The imperfect coder", "builtin": "The built-in proposer"}
"""Runs of benchmarks/suites/, and the headings that they have on the page."""

LEFT_OUT = {"builtin": ("Several runs", "What was spent", "What was found by when", "Terms", "Strategies")}
"""Sections that say nothing of a run: the built-in proposer has one strategy and no tokens."""


def section(report: str, title: str, left_out: tuple[str, ...] = ()) -> str:
    """Return a report as a part of a page: its title in place of the run's name, every heading one level down."""
    kept = [
        part for part in re.split(r"(?m)^(?=## )", report) if not part.startswith(tuple(f"## {n}" for n in left_out))
    ]
    text = re.sub(r"(?m)^#", "##", "".join(kept)).strip()
    return re.sub(r"\A## .*", f"## {title}", text) + "\n"


def report(run: str, bench_dir: str | None) -> str:
    """Return a run's report as `tui-aide bench report` writes it."""
    words = [sys.executable, "-m", "tui_aide", "bench", "report", run, "--format", "md"]
    words += ["--bench-dir", bench_dir] if bench_dir else []
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Put both reports into the page, below what is said of them in plain words."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench-dir", metavar="DIR", help="where the runs are")
    options = parser.parse_args()
    words = PAGE.read_text(encoding="utf-8").split(f"## {RUNS['coders']}\n")[0]
    parts = [section(report(run, options.bench_dir), title, LEFT_OUT.get(run, ())) for run, title in RUNS.items()]
    PAGE.write_text(words + "\n".join(parts), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
