"""What could stand for the word at the cursor: the commands' own parsers are asked, and for values what there is.

Each shell asks by one call, so that only the module of the command that is typed gets imported. argcomplete would need
all commands in one parser.
"""

from __future__ import annotations

import argparse
import importlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tui_aide.cli import COMMANDS, module_of
from tui_aide.cli.parser import Parser
from tui_aide.errors import TuiAideError


class Offer(NamedTuple):
    """A word that could come, and what it is in a few words; `:files` and `:folders` leave that to the shell."""

    word: str
    about: str = ""


class Typed(NamedTuple):
    """Where the cursor is: the command, the values of the options before it, and what of the word is there."""

    command: str
    given: Mapping[str, str]
    current: str


FILES, FOLDERS = Offer(":files"), Offer(":folders")
Source = Callable[[Typed], Iterator[Offer]]


def offers(words: Sequence[str]) -> list[Offer]:
    """Return what could stand for the last word.

    Args:
        words: those after the program's name; the last is typed up to the cursor, maybe empty.
    """
    *before, current = words
    try:
        found = list(_commands() if not before else _of_command(before, current))
    except (TuiAideError, OSError):
        return []  # whoever presses tab wants no error
    seen: dict[str, Offer] = {}
    for offer in found:
        if offer.word.startswith((current, ":")) and _is_typable(offer.word):
            seen.setdefault(offer.word, Offer(offer.word, _plain(offer.about)))
    return list(seen.values())


def _commands() -> Iterator[Offer]:
    yield from (Offer(name, about) for name, about in COMMANDS.items())
    yield Offer("--help", "all commands, with examples")
    yield Offer("--version", "the version")


def _of_command(before: Sequence[str], current: str) -> Iterator[Offer]:
    name, *rest = before
    if name not in COMMANDS:
        return
    module = importlib.import_module(module_of(name))
    below = getattr(module, "SUBCOMMANDS", ())
    if rest and rest[0] in below:
        name, *rest = f"{name} {rest[0]}", *rest[1:]
        module = importlib.import_module(module_of(name.replace(" ", "_")))
    elif not rest:
        for word in below:
            about = importlib.import_module(module_of(f"{name}_{word}")).__doc__ or ""
            yield Offer(word, about.partition("\n")[0])
    if "--" in rest:
        return
    parser = Parser(f"tui-aide {name}", "", "")
    module.add_arguments(parser)
    yield from _of_parser(parser, name, rest, current)


def _of_parser(parser: argparse.ArgumentParser, name: str, rest: Sequence[str], current: str) -> Iterator[Offer]:
    options = {word: action for action in parser._actions for word in action.option_strings}
    positionals = [action for action in parser._actions if not action.option_strings]
    pending: argparse.Action | None = None
    given: dict[str, str] = {}
    used: set[str] = set()
    taken = 0
    for word in rest:
        if pending is not None:
            given[pending.dest], pending = word, None
            continue
        option, equals, value = word.partition("=")
        if (action := options.get(option)) is not None and word.startswith("-"):
            used.update(() if isinstance(action, argparse._AppendAction) else action.option_strings)
            if equals:
                given[action.dest] = value
            elif action.nargs != 0:
                pending = action
        else:
            taken += 1
    typed = Typed(name, given, current)
    if pending is not None:
        yield from _values(pending, typed)
        return
    option, equals, value = current.partition("=")
    if equals and option in options:
        for offer in _values(options[option], typed._replace(current=value)):
            yield offer if offer in (FILES, FOLDERS) else Offer(f"{option}={offer.word}", offer.about)
        return
    at = min(taken, len(positionals) - 1) if positionals and positionals[-1].nargs in ("*", "+") else taken
    if at < len(positionals) and not current.startswith("-"):
        yield from _values(positionals[at], typed)
        if current:
            return
    if current.startswith("-") or at >= len(positionals):
        for word, action in options.items():
            if word.startswith("--") and word not in used:
                yield Offer(word, action.help or "")


def _values(action: argparse.Action, typed: Typed) -> Iterator[Offer]:
    if action.choices is not None:
        yield from (Offer(str(choice)) for choice in action.choices)
        return
    for key in (f"{typed.command} {action.dest}", action.dest):
        if key in SOURCES:
            yield from SOURCES[key](typed)
            return


def _files(typed: Typed) -> Iterator[Offer]:
    yield FILES


def _folders(typed: Typed) -> Iterator[Offer]:
    yield FOLDERS


def _sessions(typed: Typed) -> Iterator[Offer]:
    from tui_aide.sessions.places import all_sessions, sessions_dir

    yield from (Offer(f.id, "session") for f in all_sessions(sessions_dir(typed.given.get("sessions_dir"))))
    yield FOLDERS


def _shown_sessions(typed: Typed) -> Iterator[Offer]:
    from tui_aide.sessions.places import recordings

    yield from _sessions(typed)
    yield from (Offer(word, "recording") for word in recordings())


def _bundled_tasks(typed: Typed) -> Iterator[Offer]:
    from tui_aide.tasks.bundled.catalogue import BUNDLED

    yield from (Offer(task.name, task.summary) for task in BUNDLED.values())


def _tasks(typed: Typed) -> Iterator[Offer]:
    yield from _bundled_tasks(typed)
    yield FOLDERS


def _strategies(typed: Typed) -> Iterator[Offer]:
    from tui_aide.engine.presets import PRESETS
    from tui_aide.engine.strategies import STRATEGIES

    yield from (Offer(name, preset.summary) for name, preset in PRESETS.items())
    yield from (Offer(name, (kind.__doc__ or "").partition("\n")[0]) for name, kind in STRATEGIES.items())


def _policies(typed: Typed) -> Iterator[Offer]:
    from tui_aide.engine.policies import POLICIES

    yield from (Offer(name, (kind.__doc__ or "").partition("\n")[0]) for name, kind in POLICIES.items())


def _strategies_and_policies(typed: Typed) -> Iterator[Offer]:
    yield from _strategies(typed)
    yield from _policies(typed)


def _presets(typed: Typed) -> Iterator[Offer]:
    from tui_aide.models.serving.presets import presets

    yield from (Offer(name, source.about) for name, source in presets().items())


def _models(typed: Typed) -> Iterator[Offer]:
    yield Offer("builtin", "no model at all: rules that write scikit-learn scripts")
    yield from _presets(typed)


def _executors(typed: Typed) -> Iterator[Offer]:
    yield from (Offer("local", "this machine"), Offer("docker", "containers"), Offer("ray", "a Ray cluster"))


def _statuses(typed: Typed) -> Iterator[Offer]:
    from tui_aide.sessions.listing import STATUSES

    yield from (Offer(status) for status in STATUSES)


def _suites(typed: Typed) -> Iterator[Offer]:
    from tui_aide.bench.suite_toml import BUNDLED

    yield from (Offer(name, "bundled suite") for name in BUNDLED)
    yield FILES


def _runs(typed: Typed) -> Iterator[Offer]:
    from tui_aide.bench.run_folder import all_runs, bench_dir

    yield from (Offer(run.name, "run") for run in all_runs(bench_dir(typed.given.get("bench_dir"))))


def _steering(typed: Typed) -> Iterator[Offer]:
    from tui_aide.cli.send import COMMANDS as STEERING

    yield from (Offer(word) for word in STEERING)


SOURCES: dict[str, Source] = {
    "session": _shown_sessions,
    **dict.fromkeys(("rename session", "resume session", "send session", "delete sessions"), _sessions),
    **dict.fromkeys(("compare a", "compare b"), _shown_sessions),
    "task": _tasks,
    **dict.fromkeys(("bench task", "bench leaderboard task", "sessions task"), _bundled_tasks),
    "strategy": _strategies,
    "policy": _policies,
    "strategies name": _strategies_and_policies,
    "model": _models,
    "serve model": _presets,
    **dict.fromkeys(("bench model", "sessions model"), lambda typed: iter(())),
    "executor": _executors,
    "status": _statuses,
    "suite": _suites,
    "run": _runs,
    "what": _steering,
    **dict.fromkeys(("sessions_dir", "bench_dir", "folder"), _folders),
    **dict.fromkeys(("file", "output", "python", "vllm_python", "mount", "journal", "mlebench"), _files),
}
"""What an argument can be: by command and name, else by name. What is not here is a number, a text or an address."""


def _is_typable(word: str) -> bool:
    """Whether a word can stand on a command line as it is; a folder's name may hold anything."""
    return not any(c.isspace() or c in "\"'\\$`;&|<>*?!" or unicodedata.category(c)[0] == "C" for c in word)


def _plain(about: str) -> str:
    """Return a text as one line without control characters, cut where it is long."""
    line = " ".join(about.replace("%%", "%").split())
    line = "".join(c for c in line if unicodedata.category(c)[0] != "C")
    return line if len(line) <= 70 else line[:69].rstrip() + "…"
