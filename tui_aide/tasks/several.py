"""Several targets of one task: what they are together, and the metric and columns that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tui_aide.errors import TaskError
from tui_aide.tasks.csv_rows import CsvFile
from tui_aide.tasks.metric import MetricInfo, misfit
from tui_aide.tasks.metrics import METRICS
from tui_aide.tasks.target import Target, as_number, is_missing, read_target

_ZERO_ONE = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0}


class Several(msgspec.Struct, frozen=True):
    """Several target columns.

    Attributes:
        targets: what each holds, by name, in the order of train.csv.
        rows: rows that have a value in each; `missing` rows that lack one, which are left out.
        binary: whether each holds 0 and 1 (or False and True), so that probabilities can be asked for.
        numeric: whether all are numbers.
    """

    targets: dict[str, Target]
    rows: int
    missing: int
    binary: bool
    numeric: bool

    @property
    def title(self) -> str:
        """Their names in one line."""
        return title(tuple(self.targets))


def title(names: Sequence[str]) -> str:
    """Return the names of targets in one line, for people."""
    if len(names) <= 6:
        return ", ".join(names)
    return f"{', '.join(names[:3])}, ... {names[-1]} ({len(names)} columns)"


def zero_one(text: str) -> float | None:
    """Return 0 or 1 for a cell of a target with two values, None for any other text."""
    number = as_number(text)
    return _ZERO_ONE.get(text.strip().casefold()) if number is None else number if number in (0.0, 1.0) else None


def read_several(cells: Mapping[str, Sequence[str]]) -> Several:
    """Summarise several targets' cells, each one a row of train.csv."""
    targets = {name: read_target(column) for name, column in cells.items()}
    complete = sum(not any(map(is_missing, row)) for row in zip(*cells.values(), strict=True))
    return Several(
        targets=targets,
        rows=complete,
        missing=len(next(iter(cells.values()))) - complete,
        binary=all(t.count == 2 and None not in map(zero_one, t.values) for t in targets.values()),
        numeric=all(t.numeric for t in targets.values()),
    )


def check_several(several: Several, file: str) -> None:
    """Refuse targets of which one tells nothing.

    Raises:
        TaskError: a target has no value, or one value only.
    """
    for name, target in several.targets.items():
        if target.count < 2:
            raise TaskError(
                f"{file}: the target {name!r} has {'one value only' if target.count else 'no value in any row'}; "
                "leave it out of `target` in task.toml, or add rows."
            )


def usual_metric(several: Several) -> tuple[str, str]:
    """Return the usual metric of such targets, and why.

    Raises:
        TaskError: they are neither all labels of 0 and 1 nor all numbers.
    """
    count = len(several.targets)
    if several.binary:
        return "roc_auc_columns", f"{count} targets of 0 and 1"
    if several.numeric:
        return "mcrmse", f"{count} numeric targets"
    name, target = next((n, t) for n, t in several.targets.items() if not t.numeric)
    raise TaskError(
        f"train.csv: several targets must all be numbers, or all 0 and 1, but {name!r} holds {target.example[:40]!r}; "
        "name one as `target` in task.toml, or spell that one as 0 and 1."
    )


def misfit_several(info: MetricInfo, several: Several) -> str:
    """Return why a metric cannot be used with several targets, or an empty string where it can."""
    if info.kind not in ("probabilities", "values"):
        return "several targets take a metric of values, or of probabilities such as roc_auc_columns"
    if info.kind == "probabilities" and not several.binary:
        return "its probabilities are of targets that hold 0 and 1"
    for name, target in several.targets.items():
        if reason := misfit(info, target):
            return f"{name!r}: {reason}"
    return ""


def fitting_metrics(several: Several) -> tuple[str, ...]:
    """Return the registered metrics that these targets can be scored by, each as a mean over the columns."""
    return tuple(name for name, info in METRICS.items() if not misfit_several(info, several))


def sample_columns(sample: CsvFile | None, names: Sequence[str], id_name: str) -> tuple[str, ...]:
    """Return the prediction columns in the sample submission's order; they are the targets.

    Raises:
        TaskError: it has others.
    """
    if sample is None:
        return tuple(names)
    columns = tuple(column for column in sample.header if column != id_name)
    if set(columns) != set(names):
        raise TaskError(
            f"{sample.path.name}: its columns {', '.join(map(repr, columns[:6]))} are not the targets "
            f"({', '.join(map(repr, names[:6]))}); correct the file, or `target` in task.toml."
        )
    return columns
