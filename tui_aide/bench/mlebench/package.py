"""MLE-bench's own grader, asked in a process of the interpreter that it is installed in."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import selectors
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.bench.grade import Grade, Terms, worth_nothing
from tui_aide.errors import UsageError
from tui_aide.tasks.medals import Medal, Thresholds, best_first, percentile
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder
from tui_aide.tree.node import Direction

VARIABLE = "TUI_AIDE_MLEBENCH_PYTHON"

INSTALL = (
    "git clone https://github.com/openai/mle-bench, run `git lfs pull` in it, and install it by `pip install -e .` "
    "(it is not on PyPI)"
)

LIMIT_SECONDS = 1800.0
"""How long one answer may take: imports and large submissions do."""

_INSIDE = Path(__file__).with_name("inside.py")


class Hello(msgspec.Struct, frozen=True):
    """What `inside.py` says first; `error` is empty where it can grade."""

    error: str = ""
    message: str = ""
    metric: str = ""
    lower_is_better: bool = False
    scores: tuple[float, ...] = ()
    limits: dict[str, float | bool] = {}
    sample: str = ""


class Report(msgspec.Struct, frozen=True):
    """What `inside.py` says of a submission."""

    made: bool
    valid: bool
    score: float | None = None
    medal: Medal | None = None
    above_median: bool = False
    message: str = ""


def package_python(chosen: str = "") -> str | None:
    """Return the interpreter that has MLE-bench: as chosen, TUI_AIDE_MLEBENCH_PYTHON, else ours if it has it, or None.

    Raises:
        UsageError: there is none at the path that was chosen.
    """
    if named := chosen or os.environ.get(VARIABLE, ""):
        path = Path(named).expanduser()
        path = path / "bin" / "python" if path.is_dir() else path
        if not os.access(path, os.X_OK):
            raise UsageError(f"mlebench_python: {named}: no interpreter and no venv; correct it, or {VARIABLE}")
        return str(path.absolute())
    spec = importlib.util.find_spec("mlebench")
    return sys.executable if spec is not None and spec.origin is not None else None  # not any folder of that name


class PackageGrader:
    """Grades submissions to one competition as `mlebench grade-sample` does.

    Args:
        competition: a prepared one.
        python: the interpreter that has MLE-bench.
        leaderboard: a file to rank by, best team first; MLE-bench's own where left out.

    Raises:
        UsageError: the package is not there, or cannot grade the competition; the message says what to do.
    """

    def __init__(self, competition: CompetitionFolder, python: str, leaderboard: Path | None = None) -> None:
        self._id, self._python = competition.id, python
        words = [str(competition.root.parent), competition.id, *([str(leaderboard)] if leaderboard else [])]
        self._folder = tempfile.TemporaryDirectory(prefix="tui-aide-mlebench-")  # its imports leave a cache there
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        try:
            self._process = subprocess.Popen(
                [python, "-P", str(_INSIDE), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=self._folder.name,
                env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
            )
        except OSError as error:
            raise UsageError(f"mlebench_python: {python}: cannot be started: {error.strerror}") from error
        self._rest = b""
        try:
            hello = msgspec.json.decode(self._line(), type=Hello)
            if hello.error:
                raise UsageError(self._explain(hello))
            self._scores = tuple(best_first(hello.scores, "min" if hello.lower_is_better else "max"))
            self.terms = _terms(hello)
            dummy = self._report(Path(hello.sample)).score
            self.terms = msgspec.structs.replace(self.terms, dummy=dummy)
        except BaseException:
            self.close()
            raise

    def grade(self, submission: Path) -> Grade:
        """Return what a submission is worth, as MLE-bench says."""
        report = self._report(submission)
        if not report.made:
            return worth_nothing(self.terms, made=False, why="there is no submission")
        if report.score is None or not math.isfinite(report.score):
            why = " ".join(report.message.split())[:300] or "MLE-bench's grader gave it no score"
            return worth_nothing(self.terms, made=True, why=why)
        return Grade(
            made=True,
            valid=True,
            score=report.score,
            medal=report.medal,
            above_median=report.above_median,
            percentile=percentile(report.score, self._scores, self.terms.direction),
            normalised=self.terms.normalised(report.score),
        )

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._folder.cleanup()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def __del__(self) -> None:
        if hasattr(self, "_process") and self._process.returncode is None:
            self.close()

    def _report(self, submission: Path) -> Report:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(msgspec.json.encode(str(submission.absolute())) + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise UsageError(self._died()) from error
        return msgspec.json.decode(self._line(), type=Report)

    def _line(self) -> bytes:
        """Return the next line of the answers.

        Raises:
            UsageError: the process ended, or took too long.
        """
        assert self._process.stdout is not None
        ends = time.monotonic() + LIMIT_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(max(0.0, ends - time.monotonic())):
                    self.close()
                    raise UsageError(f"mlebench:{self._id}: MLE-bench took more than {LIMIT_SECONDS:.0f} s to grade it")
                if not (read := os.read(self._process.stdout.fileno(), 1 << 16)):
                    raise UsageError(self._died())
                self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _died(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read()[-20_000:].decode("utf-8", "replace").strip().splitlines()
        last = lines[-1][:300] if lines else f"exit code {self._process.returncode}"
        return f"mlebench:{self._id}: the process of MLE-bench's grader ended: {last}"

    def _explain(self, hello: Hello) -> str:
        where = f"mlebench:{self._id}"
        said = " ".join(hello.message.split())[:300]
        match hello.error:
            case "missing":
                return f"{where}: {self._python} has no MLE-bench ({said}): {INSTALL} with that interpreter"
            case "unprepared":
                return f"{where}: {said} lacks the answers; run `mlebench prepare -c {self._id}` again"
            case "pointer":
                return f"{where}: {said} is not fetched; run `git lfs pull` in the clone, or give a leaderboard"
            case _:
                return f"{where}: MLE-bench cannot grade it: {said}"


def _terms(hello: Hello) -> Terms:
    limits: dict[str, Any] = {
        name: hello.limits[f"{name}_threshold"] for name in ("gold", "silver", "bronze", "median")
    }
    direction: Direction = "min" if hello.lower_is_better else "max"
    thresholds = Thresholds(**limits, direction=direction, teams=len(hello.scores))
    return Terms(metric=hello.metric, direction=direction, top=thresholds.gold, top_is="gold", thresholds=thresholds)
