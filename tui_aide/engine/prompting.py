"""Writing the prompt from a proposal's facts: bounded sections, the stable part first, cuts recorded.

The prompt is one user message, since reasoning models of the R1 family are to be used without a system prompt
(DeepSeek-R1's model card, 2025); its beginning is the same for all nodes, so that a server's prefix cache serves it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import groupby
from string import Template

import msgspec

from tui_aide.engine.asking import Ask, Turn
from tui_aide.engine.script_python import packages_in_words, python_of
from tui_aide.models.chat import Attempt, Message, Proposal
from tui_aide.tasks.task import Column, TaskView

ALLOWANCE = {
    "description": 12_000,
    "columns": 12_000,
    "code": 24_000,
    "second_code": 24_000,
    "output": 4_000,
    "memory": 4_000,
    "findings": 4_000,
    "plan": 4_000,
    "review": 6_000,
    "plans": 12_000,
    "files": 12_000,
    "instruction": 6_000,
    "hints": 6_000,
}
"""Characters that each section may have at most; about four are one token. `_FIELD` is for any other."""

_FIELD = 4_000
_KEPT_END = ("output",)

_RUN = 8
"""From how many alike numbered columns on they are told in one line."""

_DARING = (
    "Keep it simple enough to work at the first run: sound preprocessing, one good model, no exhaustive tuning.",
    "A simple solution works already. Take another kind of model than those told of above, with features that suit it.",
    "Simple solutions work already. Dare more than they do: features made of several columns, a tuned model, or two "
    "that differ and are blended.",
)
"""What a draft is asked to be, by how many drafts work already (graded complexity: AIRA, Toledo et al., 2025)."""


class Prompt(msgspec.Struct, frozen=True):
    """The messages for the model, and for the user what was cut from them to keep them bounded."""

    messages: tuple[Message, ...]
    cuts: tuple[str, ...]

    def markdown(self) -> str:
        """Return the prompt as it is kept in the node's folder, with the record of cuts at its end."""
        text = "\n\n".join(m.content for m in self.messages)
        return text + "".join(f"\n<!-- cut: {c} -->" for c in self.cuts) + "\n"


class Cuts:
    """What was cut from a prompt so far, and how much of their allowances its sections may have."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.made: list[str] = []


def write_prompt(proposal: Proposal, ask: Ask | None = None, scale: float = 1.0) -> Prompt:
    """Return a prompt: task and contract, what other nodes taught, the operator's turn, the strategy's, the form.

    Args:
        proposal: the facts.
        ask: what the strategy adds; None asks for the script alone.
        scale: share of its allowance that each section may have, below 1 for a model whose context is too small.
    """
    ask, cuts = ask or Ask(), Cuts(scale)
    form = _template(ask.form).safe_substitute() if ask.form else ""
    parts = [_contract(proposal, cuts), _hints(proposal, cuts), _memory(proposal, cuts), _turn(proposal, cuts)]
    parts += [_added(turn, cuts) for turn in ask.turns]
    parts.append(form)
    if ask.again is not None:
        parts += [_added(ask.again, cuts), form]
    return Prompt((Message("user", "\n".join(p for p in parts if p)),), tuple(cuts.made))


def _added(turn: Turn, cuts: Cuts) -> str:
    """Return a strategy's own turn."""
    texts = {
        field: _cut(field, text.strip(), cuts, "end" if field in _KEPT_END else "start")
        for field, text in turn.texts.items()
    }
    return _template(turn.template).safe_substitute(texts)


@cache
def _template(name: str) -> Template:
    return Template((resources.files("tui_aide.engine.prompts") / f"{name}.md").read_text(encoding="utf-8"))


def _contract(proposal: Proposal, cuts: Cuts) -> str:
    view, limits = proposal.view, proposal.limits
    python = python_of(limits)
    files = [f"- {path} ({size:,} bytes)" for path, size in sorted(view.files.items())]
    return _template("contract").safe_substitute(
        name=view.name,
        goal=view.goal,
        metric=view.metric,
        better="lower" if view.direction == "min" else "higher",
        target=_target(view, cuts),
        counts=_COUNTS.get(view.score, _COUNTS["holdout"]),
        description=_cut("description", view.description.strip() or "(none)", cuts),
        files=_cut("files", "\n".join(files), cuts),
        tables=_tables(view, cuts),
        handed_in=_handed_in(view, cuts),
        seconds=f"{limits.seconds:.0f} seconds",
        threads=limits.threads,
        memory=f" and {limits.memory / 1e9:.1f} GB of memory" if limits.memory else "",
        gpu=f"GPU: {limits.gpu}." if limits.gpu else "No GPU.",
        network="" if limits.network else " no network,",
        online=" The network may be used." if limits.network else "",
        python=".".join(map(str, python.release)),
        packages=packages_in_words(python.packages),
    )


def _target(view: TaskView, cuts: Cuts) -> str:
    if not view.targets:
        return f" Target column: `{view.target}`." if view.target else ""
    return f" Target columns: {_cut('columns', ', '.join(f'`{n}`' for n in view.targets), cuts)}."


def _tables(view: TaskView, cuts: Cuts) -> str:
    """Return what is known of the tables; a task that hides nothing may have none, or only one of them."""
    if not view.columns:
        return ""
    name = "train.csv" if "input/train.csv" in view.files else "the training table"
    rows = [f"{view.train_rows:,} rows in {name}"]
    if "input/test.csv" in view.files:
        rows.append(f"{view.test_rows:,} rows in test.csv")
    told = f"{', '.join(rows)}."
    if view.separator != ",":
        told += f" Their fields are separated by {view.separator!r}."
    if view.encoding.lower() not in ("utf-8", "utf-8-sig", "ascii"):
        told += f" They are written in {view.encoding}."
    return f"## Columns of {name}\n\n{told}\n\n{_cut('columns', _columns(view.columns), cuts)}\n\n"


def _handed_in(view: TaskView, cuts: Cuts) -> str:
    """Return what the script must leave behind, by who scores it."""
    names = [view.id, *view.prediction_columns] if view.id else list(view.prediction_columns)
    lines = []
    if view.prediction_columns:
        order = f", with its `{view.id}`" if view.id else ", in the same order"
        listed = next((n for n in ("input/test.csv", "input/sample_submission.csv") if n in view.files), "")
        each = f", one row for every row of `{listed}`{order}" if listed else ""
        columns = _cut("columns", ", ".join(f"`{n}`" for n in names), cuts)
        lines += [f"- Write `./submission.csv` with the columns {columns}{each}.", f"- Predict {_prediction(view)}."]
    elif view.score == "command":
        lines.append("- Write `./submission.csv` as the description asks.")
    if view.score == "reported":
        lines.append(
            f"- Print as its last line `score: <number>`: its {view.metric}, told honestly, as a plain number."
        )
    return "\n".join(lines)


_COUNTS = {
    "holdout": "The script is run and its predictions are scored by somebody else; nothing that it prints counts.",
    "command": "The script is run and what it writes is scored by somebody else; nothing that it prints counts.",
    "reported": "The script is run, and the score counts that it prints itself: one on rows that it was not fitted on.",
}
"""Who scores, by the source of the score."""


def _prediction(view: TaskView) -> str:
    if view.targets:
        what = "a number" if view.kind == "values" else "the probability of 1"
        return f"{what} for each of the {len(view.targets)} target columns and each row"
    if view.kind == "values":
        return "a number for each row"
    if view.kind == "texts":
        return "a text for each row, right only where it is the same to the letter"
    if view.kind == "labels":
        return f"one of the classes {', '.join(view.classes[:50])} for each row"
    if len(view.prediction_columns) == 1:
        positive = f" of the class {view.classes[-1]}" if view.classes else ""
        return f"the probability{positive} for each row"
    return "the probability of each class for each row; a row's probabilities sum to 1"


def _columns(columns: Sequence[Column]) -> str:
    """Return a line a column; a long run of alike ones that are numbered (pixels, sensors) is one line."""
    lines: list[str] = []
    for (kind, dtype, stem), group in groupby(columns, key=_likeness):
        run = list(group)
        if stem is None or len(run) < _RUN:
            lines += [_column(c) for c in run]
            continue
        low = min(c.minimum for c in run if c.minimum is not None)
        high = max(c.maximum for c in run if c.maximum is not None)
        gaps = max(c.missing for c in run)
        missing = f", up to {gaps:.1%} missing" if gaps else ""
        span = f"`{run[0].name}` to `{run[-1].name}`"
        lines.append(f"- {span}: {len(run)} columns, each {kind}, {dtype}, from {low:g} to {high:g}{missing}")
    return "\n".join(lines)


def _likeness(column: Column) -> tuple[str, str, str | None]:
    """Return what numbered columns of one run share; the stem is None for a column that is in no run."""
    match = re.fullmatch(r"(\D*)\d+", column.name)
    numbered = match is not None and column.minimum is not None and column.maximum is not None and column.in_test
    return (column.kind, column.dtype, match[1] if match and numbered else None)


def _column(column: Column) -> str:
    parts = [f"- `{column.name}`: {column.kind}, {column.dtype}, {column.unique} different values"]
    if column.missing:
        parts.append(f"{column.missing:.1%} missing")
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"from {column.minimum:g} to {column.maximum:g}")
    if column.samples:
        parts.append("such as " + ", ".join(repr(s) for s in column.samples[:4]))
    if not column.in_test:
        parts.append("not in test.csv")
    return ", ".join(parts)


def _hints(proposal: Proposal, cuts: Cuts) -> str:
    """Return what the user tells every script; it changes seldom, so it stands near the stable beginning."""
    rows = "\n".join(f"- {' '.join(hint.split())}" for hint in proposal.hints)
    return f"# What the user wants every script to heed\n\n{_cut('hints', rows, cuts)}\n" if rows else ""


def _memory(proposal: Proposal, cuts: Cuts) -> str:
    """Return what is remembered: other scripts, the way that led to the parent, what failed again and again."""
    shown = {p.node for p in (*proposal.parents, *proposal.ancestors)}
    others = [f"- {_summary(a)}" for a in proposal.memory if a.node not in shown]
    chain = [f"- {a.operator}: {_summary(a)}" for a in reversed(proposal.ancestors)]
    failed = [f"- {f.count} scripts: {f.verdict}: {' '.join(f.example.split())}" for f in proposal.failures]
    sections = (
        ("What other scripts did", others),
        ("How the script below came about, the oldest first", chain),
        ("What failed more than once; avoid it", failed),
    )
    return "\n".join(f"# {name}\n\n{_cut('memory', chr(10).join(rows), cuts)}\n" for name, rows in sections if rows)


def _summary(attempt: Attempt) -> str:
    plan = " ".join(attempt.plan.split())[:300] or "(no plan)"
    if attempt.score is not None:
        return f"scored {_score(attempt)}: {plan}"
    if attempt.verdict == "cancelled":
        return f"being tried, or cut off: {plan}"
    if attempt.verdict == "killed":
        return f"stopped by the operator while it ran, so nothing is known of it: {plan}"
    return f"failed ({attempt.verdict}: {attempt.message[:120]}): {plan}"


def _turn(proposal: Proposal, cuts: Cuts) -> str:
    if not proposal.parents:
        told = f"{_cut('instruction', proposal.instruction, cuts)}\n" if proposal.instruction else ""
        daring = _DARING[min(proposal.working, len(_DARING) - 1)]
        return _template("draft").safe_substitute(instruction=told, daring=daring)
    parent = proposal.parents[0]
    second = proposal.parents[1] if len(proposal.parents) > 1 else None
    name: str = proposal.operator if proposal.operator in ("debug", "improve", "branch") else "improve"
    if proposal.operator == "merge" and second is not None:
        name = "merge"
    return _template(name).safe_substitute(
        verdict=parent.verdict,
        message=parent.message,
        code=_cut("code", parent.code.strip(), cuts),
        second_code=_cut("second_code", second.code.strip(), cuts) if second else "",
        second_score=_score(second) if second else "",
        output=_cut("output", parent.output_tail.strip() or "(nothing)", cuts, keep="end"),
        score=_score(parent),
        instruction=_cut("instruction", proposal.instruction, cuts),
    )


def _score(attempt: Attempt) -> str:
    if attempt.score is None:
        return "nothing"
    own = " by its own account" if attempt.score.source == "reported" else ""
    return f"{attempt.score.value:.5g}{own}"


def _cut(section: str, text: str, cuts: Cuts, keep: str = "start") -> str:
    allowed = int(ALLOWANCE.get(section, _FIELD) * cuts.scale)
    if len(text) <= allowed:
        return text
    cuts.made.append(f"{section}: {len(text):,} characters to {allowed:,}, the {keep} kept")
    mark = "[... cut ...]"
    return text[:allowed] + "\n" + mark if keep == "start" else mark + "\n" + text[-allowed:]
