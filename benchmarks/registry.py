"""All benchmarks by name: the module that gives its results, how long it may take, and what it needs."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import cast

import msgspec

from benchmarks.result import Result

Results = Callable[[bool], list[Result]]
"""A module's `results(quick)`: what it measured; quick is with as little work as still measures all of it."""


class Benchmark(msgspec.Struct, frozen=True):
    """One benchmark.

    Attributes:
        name: as on the command line.
        seconds: that it may take; then it is ended, and its row says so. `quick_seconds`: the same for `--quick`.
        needs: what most machines lack, or why it takes hours: such a one runs only where it is named.
        package: the module is the `__main__` of a package of that name.
    """

    name: str
    seconds: float = 300.0
    quick_seconds: float = 120.0
    needs: str = ""
    package: bool = False

    @property
    def module(self) -> str:
        """The module's full name."""
        return f"benchmarks.{self.name}{'.__main__' if self.package else ''}"

    def load(self) -> Results:
        """Import the module, and return what gives its results."""
        return cast(Results, importlib.import_module(self.module).results)


BENCHMARKS = (
    Benchmark("startup"),
    Benchmark("sessions_list"),
    Benchmark("engine_overhead"),
    Benchmark("overlap"),
    Benchmark("gpu_turns"),
    Benchmark("aideml_peer", seconds=3600, quick_seconds=900, package=True),
    Benchmark("model_client", seconds=600, quick_seconds=300),
    Benchmark("preflight"),
    Benchmark("executor"),
    Benchmark("warm_start"),
    Benchmark("short_scripts"),
    Benchmark("output"),
    Benchmark("fairness", seconds=600, quick_seconds=300),
    Benchmark("attach", seconds=600, quick_seconds=240),
    Benchmark("appearance", seconds=600, quick_seconds=240),
    Benchmark("seeking"),
    Benchmark("loop_lag"),
    Benchmark("load", seconds=900, quick_seconds=300, package=True),
    Benchmark("soak.screen", seconds=2400, quick_seconds=600),
    Benchmark("soak", seconds=3 * 3600, quick_seconds=1200, needs="an hour", package=True),
    Benchmark("interval_coverage", seconds=600),
    Benchmark("refit_gain", seconds=600, quick_seconds=300),
    Benchmark("gpu", needs="a GPU with vLLM"),
    Benchmark("vllm_client", seconds=3600, quick_seconds=1800, needs="vLLM, which it installs (2.3 GB)"),
    Benchmark("docker_start", needs="root, and Docker's engine"),
    Benchmark("ray_overhead", needs="the extra ray"),
    Benchmark("equal_compute", seconds=6 * 3600, quick_seconds=1800, needs="hours"),
    Benchmark("medal_gate", seconds=6 * 3600, quick_seconds=1800, needs="hours"),
)
BY_NAME = {benchmark.name: benchmark for benchmark in BENCHMARKS}

ELSEWHERE = {
    "builtin_scores": "scores, in the README",
    "reference_scores": "scores, in the README and `tui-aide tasks`",
    "reference_models": "the models of reference_scores",
    "medal_rule": "equal or not, against a checkout of MLE-bench: docs/mini-bench.md",
    "cards": "calculated, not measured: docs/models.md",
    "collect_docstrings": "makes a bundled task's texts",
    "openai_streams": "the peer of model_client",
    "replay": "the server of model_client",
    "peers": "the peers' environments",
    "terminal": "the terminal of others",
    "imperfect": "the coder of equal_compute, and its table: docs/equal-compute.md",
}
"""What else lies in this folder, and why it is no row."""
