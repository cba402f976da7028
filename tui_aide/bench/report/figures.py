"""The report as JSON: every estimate, contrast and curve, and every cell's record."""

from __future__ import annotations

import msgspec

from tui_aide.bench.report.summary import MEASURES, Summary, counts, plain
from tui_aide.bench.report.words import budget_words, specs

FORMAT = 1


def figures(summary: Summary) -> str:
    """Return the report as JSON text, keys in a fixed order; what is not known is null."""
    data = {
        "format": FORMAT,
        "run": summary.name,
        "facts": plain(summary.facts),
        "budget": plain(summary.suite.budget) | {"words": budget_words(summary.suite.budget, summary.suite.tokens_as)},
        "models": {name: model.model for name, model in summary.suite.models.items()},
        "strategies": {name: {"strategy": spec, "policy": policy} for name, spec, policy in specs(summary)},
        "tasks": list(summary.suite.tasks),
        "seeds": list(summary.suite.run.seeds),
        "unfinished": summary.unfinished,
        "warnings": summary.warnings,
        "measures": list(MEASURES),
        "rows": plain(summary.rows),
        "contrasts": plain(summary.contrasts),
        "cells": [
            {"id": record.cell.id, "counted": counts(record, summary.unfinished), **plain(record)}
            for record in summary.records
        ],
    }
    return msgspec.json.format(msgspec.json.encode(data)).decode() + "\n"
