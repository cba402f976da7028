"""The report as CSV: one row a cell, all figures as they were measured."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from tui_aide.bench.record import Record
from tui_aide.bench.report.summary import Unfinished, counts

HEAD = """
cell model strategy task seed standing counted why touched made valid score direction medal above_median
percentile normalised validation gap regret final_gain nodes valid_nodes first_valid samples truncated
prompt_tokens reasoning_tokens answer_tokens tokens execution_seconds model_seconds wall_seconds gpu_seconds
""".split()  # noqa: SIM905 - one name a line would be 34 lines


def table(records: Sequence[Record], unfinished: Unfinished) -> str:
    """Return the table; what is not known is empty. `unfinished` is as in `summary.summarise`."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEAD)
    for record in records:
        writer.writerow(_row(record, counted=counts(record, unfinished)))
    return target.getvalue()


def _row(record: Record, *, counted: bool) -> list[str]:
    cell, grade, process = record.cell, record.grade, record.process
    values: list[object] = [cell.id, cell.model, cell.strategy, cell.task, cell.seed, record.standing, counted]
    values += [record.why or grade.why, record.touched, grade.made, grade.valid, grade.score]
    values += [record.terms.direction if record.terms is not None else None, grade.medal, grade.above_median]
    values += [grade.percentile, grade.normalised, record.validation, record.gap, record.regret, record.final_gain]
    values += [process.nodes, process.valid_nodes, process.first_valid, process.samples, process.truncated]
    values += [process.tokens.prompt, process.tokens.reasoning, process.tokens.answer, process.tokens.total]
    values += [process.execution_seconds, process.model_seconds, process.wall_seconds, process.gpu_seconds]
    return [_shown(value) for value in values]


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    text = f"{value:.9g}" if isinstance(value, float) else " ".join(str(value).split())
    # a text that begins like a formula must not become one in a spreadsheet
    return f"'{text}" if isinstance(value, str) and text[:1] in "=+-@" and text else text
