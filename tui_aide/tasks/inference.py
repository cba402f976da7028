"""Choosing the metric, the prediction kind and the split where task.toml leaves them out, with the reason in words."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from tui_aide.errors import TaskError, UsageError, nearest
from tui_aide.tasks.csv_rows import CsvFile
from tui_aide.tasks.metric import MOST_CLASSES, MetricInfo
from tui_aide.tasks.metrics import METRICS, is_custom, metric_info
from tui_aide.tasks.sample import SampleOutline
from tui_aide.tasks.several import Several, misfit_several, sample_columns, usual_metric
from tui_aide.tasks.target import Target
from tui_aide.tasks.task import PredictionKind
from tui_aide.tasks.task_toml import TaskToml

MOST_INTEGER_CLASSES = 20
"""Whole-number targets with more distinct values than this are taken for quantities, not classes."""

SPLITS = ("random", "stratified", "group:<column>", "time:<column>", "none")


class MetricChoice(msgspec.Struct, frozen=True):
    """The metric with its kind, and the sample's prediction columns (empty where there is no sample)."""

    info: MetricInfo
    kind: PredictionKind
    columns: tuple[str, ...]


def is_classification(target: Target, sample: SampleOutline | None) -> bool:
    """Whether a target whose metric is not named looks like classes."""
    if sample is not None and sample.by_class:
        return True
    if not target.numeric or target.count <= 2:
        return True
    if sample is not None and sample.holds == "fractions":
        return False
    return target.integer and target.count <= min(MOST_INTEGER_CLASSES, max(3, target.rows // 5))


def choose_metric(
    keys: TaskToml,
    target: Target,
    target_name: str,
    sample: SampleOutline | None,
    folder: Path,
    inferred: dict[str, str],
) -> MetricChoice:
    """Return the metric: the one that task.toml names, or the usual one for such a target.

    Raises:
        TaskError: the keys contradict each other, or the sample submission does not fit.
        UsageError: there is no such metric.
    """
    if keys.metric is None and keys.kind == "texts":
        info, inferred["metric"] = METRICS["accuracy"], "the share of texts that are right"
    elif keys.metric is None:
        name, why = _usual_metric(target, target_name, sample, keys)
        inferred["metric"] = why
        info = METRICS[name]
    elif is_custom(keys.metric):
        info = _custom_info(keys, target, sample, folder, inferred)
    else:
        info = _known_metric(keys.metric)
    if info.name == "accuracy" and (keys.kind == "texts" or (keys.kind is None and _is_free_text(target))):
        return _texts(keys, target, info, sample, inferred)
    _check_keys(keys, info, inferred)
    if sample is not None and sample.by_class and info.kind != "probabilities":
        raise TaskError(
            f"{sample.file}: it has one column a class, but the metric {info.name!r} takes {info.kind}; "
            "give it one prediction column, or use a metric of probabilities such as log_loss."
        )
    wide = info.kind == "probabilities" and target.count > 2
    if sample is not None and wide and not sample.by_class:
        raise TaskError(
            f"{sample.file}: it has one prediction column, but {info.name} needs a probability for each of "
            f"{target.count} classes; give it one column a class, or use accuracy."
        )
    return MetricChoice(info, info.kind, sample.columns if sample else ())


def choose_metric_of_several(
    keys: TaskToml, several: Several, sample: CsvFile | None, id_name: str, folder: Path, inferred: dict[str, str]
) -> MetricChoice:
    """Return the metric of several targets, with its kind and the prediction columns, which are the targets.

    Raises:
        TaskError: the keys contradict each other, or metric or sample submission do not fit the targets.
        UsageError: there is no such metric.
    """
    if keys.metric is None:
        name, inferred["metric"] = usual_metric(several)
        info = METRICS[name]
    elif is_custom(keys.metric):
        from tui_aide.tasks.custom_metric import load_custom_metric

        kind = keys.kind or ("probabilities" if several.binary else "values")
        if keys.kind is None:
            inferred["kind"] = "the targets hold 0 and 1" if several.binary else "the targets are numeric"
        info = load_custom_metric(keys.metric, folder, keys.direction, kind).info  # type: ignore[arg-type]
    else:
        info = _known_metric(keys.metric)
    _check_keys(keys, info, inferred)
    if reason := misfit_several(info, several):
        raise TaskError(f"task.toml: metric {info.name!r} does not fit the targets {several.title}: {reason}.")
    return MetricChoice(info, info.kind, sample_columns(sample, tuple(several.targets), id_name))


def _check_keys(keys: TaskToml, info: MetricInfo, inferred: dict[str, str]) -> None:
    """Refuse a direction or kind that is not the metric's."""
    if keys.direction is not None and keys.direction != info.direction:
        raise TaskError(
            f'task.toml: `direction` is "{keys.direction}", but {info.name} is "{info.direction}"; leave it out.'
        )
    if "direction" not in inferred and keys.direction is None:
        inferred["direction"] = f"known of {info.name}"
    if keys.kind is not None and keys.kind != info.kind:
        raise TaskError(f"task.toml: `kind` is {keys.kind!r}, but {info.name} takes {info.kind}; leave it out.")
    if "kind" not in inferred and keys.kind is None:
        inferred["kind"] = f"what {info.name} takes"


def _is_free_text(target: Target) -> bool:
    """Whether a target holds more different texts than a task can have classes."""
    return not target.numeric and target.count > MOST_CLASSES


def _texts(
    keys: TaskToml, target: Target, info: MetricInfo, sample: SampleOutline | None, inferred: dict[str, str]
) -> MetricChoice:
    if keys.kind is None:
        inferred["kind"] = f"{target.count:,} different texts are too many for classes"
    _check_keys(msgspec.structs.replace(keys, kind=None), info, {**inferred, "kind": ""})
    if keys.direction is None:
        inferred["direction"] = f"known of {info.name}"
    if sample is not None and len(sample.columns) != 1:
        raise TaskError(f"{sample.file}: free text is predicted in one column; correct the file.")
    return MetricChoice(info, "texts", sample.columns if sample else ())


def _known_metric(name: str) -> MetricInfo:
    try:
        return metric_info(name)
    except UsageError as error:
        raise TaskError(f"task.toml: `metric`: {error}") from error


def _usual_metric(target: Target, name: str, sample: SampleOutline | None, keys: TaskToml) -> tuple[str, str]:
    if not is_classification(target, sample) or keys.kind == "values":
        return "rmse", f"{name!r} is numeric with {target.count:,} different values"
    if target.count > MOST_CLASSES or (not target.numeric and target.count > max(2, target.rows / 2)):
        raise TaskError(
            f"train.csv: the target {name!r} is neither a number nor a class: {target.count:,} different values, such "
            f'as {target.example[:40]!r}; correct the column or `target` in task.toml, or set kind = "texts" there '
            "where free text is to be predicted."
        )
    if target.count <= 2:
        if (sample is not None and sample.holds == "labels") or keys.kind == "labels":
            return "accuracy", f"{name!r} has two classes, and the sample submission holds labels"
        return "roc_auc", f"{name!r} has two classes ({', '.join(target.values)})"
    if (sample is not None and sample.by_class) or keys.kind == "probabilities":
        return "log_loss", f"{name!r} has {target.count} classes, and the sample submission has one column a class"
    return "accuracy", f"{name!r} has {target.count} classes"


def _custom_info(
    keys: TaskToml, target: Target, sample: SampleOutline | None, folder: Path, inferred: dict[str, str]
) -> MetricInfo:
    from tui_aide.tasks.custom_metric import load_custom_metric

    kind: PredictionKind
    if keys.kind is not None:
        kind = keys.kind  # type: ignore[assignment]  # checked as task.toml was read
    elif not is_classification(target, sample):
        kind, inferred["kind"] = "values", "the target is numeric"
    elif sample is not None and (sample.by_class or sample.holds == "fractions"):
        kind, inferred["kind"] = "probabilities", "the sample submission holds probabilities"
    else:
        kind, inferred["kind"] = "labels", "the target has classes"
    assert keys.metric is not None
    return load_custom_metric(keys.metric, folder, keys.direction, kind).info  # type: ignore[arg-type]


_SUSPECT = re.compile(r"(^|_)(group|patient|subject|user|customer|session|site|household|store)(_?id)?$")
_TIMELIKE = re.compile(r"(^|_)(date|datetime|time|timestamp|year|month|week)$")


def choose_split(
    keys: TaskToml,
    train: CsvFile,
    kind: PredictionKind,
    classes: tuple[str, ...],
    id_name: str,
    inferred: dict[str, str],
    notes: list[str],
) -> str:
    """Return the split: task.toml's, else stratified for classes and random for values.

    A grouped or timed split is never inferred; a column that suggests one is noted.
    """
    if keys.split is not None:
        return keys.split
    for column in train.header:
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).replace(" ", "_").casefold()
        if column != id_name and _SUSPECT.search(snake):
            cells = train.columns([column])[column]
            notes.append(
                f'{column!r} may hold groups; if rows of one group belong together, set split = "group:{column}".'
                if len(set(cells)) < len(cells)
                else f'{column!r} is another one in each row; if it names the rows, set id = "{column}".'
            )
        elif column != id_name and _TIMELIKE.search(snake):
            notes.append(
                f'{column!r} looks like time; if test.csv is later than train.csv, set split = "time:{column}".'
            )
    other = "the target is free text" if kind == "texts" else "the target is numeric"
    inferred["split"] = "each class keeps its share" if classes else other
    return "stratified" if classes else "random"


def check_split(split: str, train: CsvFile) -> None:
    """Check a split's spelling and its column.

    Raises:
        TaskError: there is no such split or column.
    """
    how, colon, column = split.partition(":")
    if split in ("random", "stratified"):
        return
    if how not in ("group", "time") or not colon:
        raise TaskError(f"task.toml: `split` is {split!r}; it must be one of {', '.join(SPLITS)}.")
    if column not in train.header:
        hint = nearest(column, train.header)
        raise TaskError(f"task.toml: `split` is {split!r}, but {train.path.name} has no column {column!r}.{hint}")
