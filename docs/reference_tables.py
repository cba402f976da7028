"""The tables of docs/reference/, made from the code: commands, keys of task.toml, metrics, strategies and policies.

python docs/reference_tables.py          write them into the pages
python docs/reference_tables.py --check  exit code 1 where a page's are not what the code says
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec
from session_tables import in_words, write_pages

from tui_aide.cli import COMMANDS, module_of
from tui_aide.cli.parser import Parser
from tui_aide.engine.policies import POLICIES
from tui_aide.engine.presets import PRESETS
from tui_aide.engine.spec import parameters_of
from tui_aide.engine.strategies import STRATEGIES
from tui_aide.tasks.metrics import METRICS
from tui_aide.tasks.task_toml import PythonTable, TaskToml

FOLDER = Path(__file__).with_name("reference")


def parsers() -> Iterator[tuple[str, Parser]]:
    """Return every command, those of two words too, with its parser."""
    for command in COMMANDS:
        module = importlib.import_module(module_of(command))
        words = [command, *(f"{command} {word}" for word in getattr(module, "SUBCOMMANDS", ()))]
        for name in words:
            module = importlib.import_module(module_of(name.replace(" ", "_")))
            parser = Parser(f"tui-aide {name}", module.__doc__ or "", module.EPILOG)
            module.add_arguments(parser)
            yield name, parser


def commands() -> list[str]:
    """Return a section a command: what it does, its options, the end of its help."""
    lines = []
    for name, parser in parsers():
        rows = [_row(parser, action) for action in parser._actions if action.dest != "help"]
        lines += ["", f"## tui-aide {name}", "", _cell(parser.description or ""), ""]
        if rows:
            lines += ["| | does |", "|---|---|", *rows, ""]
        lines += ["```text", textwrap.dedent(parser.epilog or "").strip(), "```"]
    return [*lines, ""]


def _row(parser: Parser, action: argparse.Action) -> str:
    """Return the row of an argument: how it is written, then its values where there are few, and what it does."""
    value = action.metavar or ("" if action.choices else action.dest.upper())
    value = value if isinstance(value, str) else " ".join(value)
    shown = ", ".join(action.option_strings) or value
    if action.option_strings and action.nargs != 0 and value:
        shown += f" {value}"
    does = _cell(parser._get_formatter()._expand_help(action) if action.help else "")
    if action.choices:
        *others, last = (f"`{choice}`" for choice in action.choices)
        does = f"{', '.join(others)} or {last}: {does}"
    return f"| `{shown.replace('|', chr(92) + '|')}` | {does} |"


def task_keys() -> list[str]:
    """Return the table of task.toml's keys."""
    meanings = _attributes(TaskToml)
    rows = [f"| `{f.name}` | {_kind(f.type)} | {_cell(meanings[f.name])} |" for f in msgspec.structs.fields(TaskToml)]
    return ["| key | is | says |", "|---|---|---|", *rows]


def _kind(kind: object) -> str:
    """Return a type of TOML in words; None, which a key has that is left out, is no type there."""
    words = {"str": "text", "float": "number", "int": "whole number", "bool": "`true` or `false`"}
    kinds = [k for k in typing.get_args(kind) or (kind,) if k is not type(None)]
    told = ["table" if k is PythonTable else in_words(k) for k in kinds]
    return " or ".join(re.sub(r"\b(str|float|int|bool)\b", lambda m: words[m[0]], word) for word in told)


def _attributes(kind: type) -> dict[str, str]:
    """Return what a structure's docstring says of each field."""
    section = inspect.cleandoc(kind.__doc__ or "").partition("\nAttributes:\n")[2]
    told = re.findall(r"^(\w+): ((?:.+\n?(?:[ \t]+.+\n?)*))", textwrap.dedent(section), re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in told}


def metrics() -> list[str]:
    """Return the table of metrics."""
    rows = []
    for info in METRICS.values():
        limits = [
            "two classes" if info.binary else "",
            "labels that are numbers" if info.numeric else "",
            f"targets of {info.minimum:g} or more" if info.minimum is not None else "",
            "no target of 0" if info.nonzero else "",
        ]
        better = "lower" if info.direction == "min" else "higher"
        needs = ", ".join(filter(None, limits))
        rows.append(f"| `{info.name}` | {better} | {info.kind} | {_cell(info.summary)} | {needs} | {info.best:g} |")
    return ["| metric | better | predictions | what | needs | perfect |", "|---|---|---|---|---|--:|", *rows]


def strategies() -> list[str]:
    """Return a section a strategy."""
    return [line for name, kind in STRATEGIES.items() for line in _explained(name, kind)]


def policies() -> list[str]:
    """Return a section a policy."""
    return [line for name, kind in POLICIES.items() for line in _explained(name, kind)]


def _explained(name: str, kind: type) -> list[str]:
    text = re.split(r"\n(?:Args|Attributes):", inspect.cleandoc(kind.__doc__ or ""))[0].strip()
    facts = [("Costs", "cost"), ("Good for", "good_for"), ("Source", "source")]
    told = [f"{title}: {getattr(kind, key)}." for title, key in facts if getattr(kind, key, "")]
    rows = [f"| `{p.name}` | `{p.default}` | {_cell(p.kind)} | {_cell(p.meaning)} |" for p in parameters_of(kind)]
    table = ["", "| parameter | default | is | says |", "|---|---|---|---|", *rows] if rows else []
    return ["", f"### {name}", "", text, "", *"\n\n".join(told).splitlines(), *table, ""]


def presets() -> list[str]:
    """Return the table of presets."""
    rows = [f"| `{name}` | `{p.strategy}` | `{p.policy}` | {_cell(p.summary)} |" for name, p in PRESETS.items()]
    return ["| preset | strategy | policy | what |", "|---|---|---|---|", *rows]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


PAGES = {
    FOLDER / "commands.md": {"commands": commands},
    FOLDER / "task-toml.md": {"task keys": task_keys},
    FOLDER / "metrics.md": {"metrics": metrics},
    FOLDER / "strategies.md": {"strategies": strategies, "policies": policies, "presets": presets},
}

if __name__ == "__main__":
    sys.exit(write_pages(PAGES, __doc__))
