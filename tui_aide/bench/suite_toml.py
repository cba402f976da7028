"""Suites as TOML: bundled ones and the user's own, read with every default filled in, and written back."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_aide.bench import toml_tables as toml
from tui_aide.bench.search_options import READERS, take_options, write_options
from tui_aide.bench.suite import AS, Suite, SuiteModel, SuiteRun, SuiteStrategy, SuiteTask
from tui_aide.errors import UsageError, nearest
from tui_aide.file_formats import FormatError, brought
from tui_aide.sessions import quantities
from tui_aide.tree.budget import Budget

if TYPE_CHECKING:
    from tui_aide.file_formats import Step

BUNDLED: Final = ("smoke", "mini", "thesis")
FORMAT: Final = 1
STEPS: Mapping[int, Step] = {}
"""How suites of older formats are brought on."""
_NAME = re.compile(r"\w[\w.-]{0,59}")
_TABLES = ("name", "about", "budget", "run", "models", "strategies", "tasks")
_TASK_KINDS = ("bundled", "folder", "mlebench")


def find_suite(word: str) -> Suite:
    """Return a bundled suite by its name, or that of a file.

    Raises:
        UsageError: there is none, or it cannot be used.
    """
    if word in BUNDLED:
        text = files(__package__).joinpath("suites", f"{word}.toml").read_text(encoding="utf-8")
        return parse_suite(text, f"{word}.toml", Path.cwd())
    path = Path(word).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = nearest(word, BUNDLED)
        raise UsageError(f"no suite and no file {word!r}.{hint} Bundled: {', '.join(BUNDLED)}") from None
    except (OSError, UnicodeDecodeError, ValueError) as e:
        raise UsageError(f"{word}: cannot be read: {getattr(e, 'strerror', None) or e}") from e
    return parse_suite(text, str(word), path.absolute().parent)


def parse_suite(text: str, file: str, place: Path, *, check_files: bool = True) -> Suite:
    """Return the suite that a text holds.

    Args:
        text: TOML.
        file: its name, for errors.
        place: absolute folder that relative paths in it start from.
        check_files: whether the files and folders that it names must be there, as they need not for a report.

    Raises:
        UsageError: it cannot be used.
    """
    try:
        tables = brought(tomllib.loads(text), FORMAT, STEPS)
    except FormatError as e:
        raise UsageError(f"{file}: {e}") from e
    except tomllib.TOMLDecodeError as e:
        raise UsageError(f"{file}: not valid TOML: {e}") from e
    for key in tables:
        if key not in _TABLES:
            raise UsageError(f"{file}: key {key!r} is not known.{nearest(key, _TABLES)} Known: {', '.join(_TABLES)}")
    strategies = {name: _strategy(name, table, where) for name, table, where in _named(tables, "strategies", file)}
    budget, tokens_as = _budget(tables.get("budget", {}), f"{file}: [budget]", strategies)
    run = _run(tables.get("run", {}), f"{file}: [run]", place)
    suite = Suite(
        name=check_name(tables.get("name", Path(file).stem), f"{file}: key 'name'"),
        about=_read(tables.get("about", ""), toml.any_text, f"{file}: key 'about'"),
        budget=budget,
        tokens_as=tokens_as,
        run=run,
        models={name: _model(name, table, where) for name, table, where in _named(tables, "models", file)},
        strategies=strategies,
        tasks={name: _task(name, table, where, place, run, check_files) for name, table, where in _tasks(tables, file)},
    )
    check_turns(suite, f"{file}: [run]: key 'parallel'")
    return suite


def check_turns(suite: Suite, where: str) -> None:
    """Refuse cells side by side that take turns on the GPU: one would put the server to sleep while another thinks.

    Raises:
        UsageError: they would; `where` begins the message.
    """
    modes = {suite.run.options.gpu}
    for tables in (suite.models, suite.strategies, suite.tasks):
        modes |= {table.options.gpu for table in tables.values()}
    if suite.run.parallel > 1 and "alternate" in modes:
        raise UsageError(f'{where}: gpu = "alternate" goes with one cell at a time; give 1, or gpu = "share"')


def _named(tables: dict[str, Any], kind: str, file: str) -> list[tuple[str, Any, str]]:
    """Return name, table and place of each table below `[kind]`."""
    found = tables.get(kind)
    one = kind.removesuffix("s") if kind != "strategies" else "strategy"
    if not isinstance(found, dict) or not found:
        raise UsageError(f"{file}: there is no [{kind}.NAME]; add a table for each {one}")
    return [(check_name(name, f"{file}: [{kind}]"), table, f"{file}: [{kind}.{name}]") for name, table in found.items()]


def _tasks(tables: dict[str, Any], file: str) -> list[tuple[str, Any, str]]:
    """Return the tasks; `tasks = "bundled"` is all that are bundled."""
    from tui_aide.tasks.bundled.catalogue import BUNDLED as TASKS

    if isinstance(tables.get("tasks"), str):
        if tables["tasks"] != "bundled":
            raise UsageError(f"{file}: key 'tasks' must be \"bundled\" or tables [tasks.NAME], not {tables['tasks']!r}")
        tables = {"tasks": {name: {} for name in TASKS}}
    return _named(tables, "tasks", file)


def check_name(value: object, where: str) -> str:
    """Return a name of a suite, a run, or a table of a suite.

    Raises:
        UsageError: it is none; `where` begins the message.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise UsageError(f"{where}: {value!r} is no name: use letters, digits, '-', '_' and '.', at most 60")
    return value


def _read(value: object, reader: toml.Reader, where: str) -> Any:
    try:
        return reader(value)
    except UsageError as e:
        raise UsageError(f"{where}: {e}") from e


def _budget(table: object, where: str, strategies: dict[str, SuiteStrategy]) -> tuple[Budget, str]:
    count = toml.quantity(quantities.count)
    duration = toml.quantity(quantities.duration)

    def tokens(value: object) -> Any:
        return value if isinstance(value, str) and value.startswith(AS) else count(value)

    readers = {"nodes": count, "tokens": tokens, "time": duration, "execution_time": duration}
    found = toml.read_table(table, readers, where)
    reference = ""
    if isinstance(found.get("tokens"), str):
        reference = found.pop("tokens").removeprefix(AS)
        if reference not in strategies:
            raise UsageError(
                f"{where}: key 'tokens': {AS}{reference} names no strategy.{nearest(reference, strategies)} "
                f"Known: {', '.join(strategies)}"
            )
        if "nodes" not in found:
            raise UsageError(f'{where}: tokens = "{AS}{reference}" needs nodes, too: those of {reference}')
    budget = Budget(
        nodes=found.get("nodes"),
        tokens=found.get("tokens"),
        wall_seconds=found.get("time"),
        execution_seconds=found.get("execution_time"),
    )
    return budget if budget != Budget() else Budget(nodes=20), reference


def _run(table: object, where: str, place: Path) -> SuiteRun:
    readers = {
        "parallel": toml.quantity(quantities.at_most(256)),
        "seeds": toml.seeds,
        "retries": toml.quantity(quantities.seed),
        "mlebench_dir": toml.text,
        "mlebench_python": toml.text,
        **READERS,
    }
    found = toml.read_table(table, readers, where)
    options = take_options(found)
    for key in ("mlebench_dir", "mlebench_python"):
        if key in found:
            found[key] = str(place / Path(found[key]).expanduser())
    return SuiteRun(options=options, **found)


def _model(name: str, table: object, where: str) -> SuiteModel:
    found = toml.read_table(table, {"model": toml.text, "serve": toml.flag, **READERS}, where)
    options = take_options(found)
    model = SuiteModel(model=found.pop("model", name), options=options, **found)
    if model.serve and (options.base_urls or model.model == "builtin"):
        with_what = "base_url" if options.base_urls else "the built-in proposer"
        raise UsageError(f"{where}: serve = true starts a server, which does not go with {with_what}; leave out one")
    return model


def _strategy(name: str, table: object, where: str) -> SuiteStrategy:
    from tui_aide.engine.policies import make_policy
    from tui_aide.engine.presets import PRESETS
    from tui_aide.engine.strategies import make_strategy

    readers = {"preset": toml.one_of(tuple(PRESETS)), "strategy": toml.text, "policy": toml.text, **READERS}
    found = toml.read_table(table, readers, where)
    options = take_options(found)
    if "preset" in found and "strategy" in found:
        raise UsageError(f"{where}: has both preset and strategy; leave out one")
    made = SuiteStrategy(
        strategy=found.get("preset") or found.get("strategy") or name, policy=found.get("policy"), options=options
    )
    try:
        strategy, policy = made.specs
        make_strategy(strategy)
        make_policy(policy)
    except UsageError as e:
        raise UsageError(f"{where}: {str(e).removeprefix('--')}") from e
    return made


def _task(name: str, table: object, where: str, place: Path, run: SuiteRun, check_files: bool) -> SuiteTask:
    from tui_aide.tasks.bundled.catalogue import BUNDLED as TASKS

    readers = {
        **dict.fromkeys((*_TASK_KINDS, "answers", "leaderboard"), toml.text),
        "salt": toml.any_text,
        **READERS,
    }
    found = toml.read_table(table, readers, where)
    options = take_options(found)
    kinds = [kind for kind in _TASK_KINDS if kind in found]
    if len(kinds) > 1:
        raise UsageError(f"{where}: has both {kinds[0]} and {kinds[1]}; leave out one")
    if not kinds:
        found["bundled"] = name
    if (bundled := found.get("bundled")) is not None and bundled not in TASKS:
        raise UsageError(
            f"{where}: no bundled task {bundled!r}.{nearest(bundled, TASKS)} Bundled: {', '.join(TASKS)}; "
            "or give a folder, or mlebench"
        )
    for key in ("folder", "answers", "leaderboard"):
        if key in found:
            found[key] = str(place / Path(found[key]).expanduser())
            if check_files:
                _check_there(Path(found[key]), f"{where}: key {key!r}", folder=key == "folder")
    _check_answers(found, where)
    if "mlebench" in found:
        _check_competition(found["mlebench"], where)
        found |= {"mlebench_dir": run.mlebench_dir, "mlebench_python": run.mlebench_python}
    return SuiteTask(options=options, **found)


def _check_competition(id_: str, where: str) -> None:
    from tui_aide.tasks.mlebench.competitions import COMPETITIONS

    if "/" in id_ or id_.startswith("."):
        raise UsageError(f"{where}: key 'mlebench': {id_!r} is no id; its folder's place is mlebench_dir in [run]")
    if id_ not in COMPETITIONS and (hint := nearest(id_, COMPETITIONS)):
        raise UsageError(f"{where}: key 'mlebench': MLE-bench has no {id_!r}.{hint}")


def _check_there(path: Path, where: str, *, folder: bool) -> None:
    if not (path.is_dir() if folder else path.is_file()):
        raise UsageError(f"{where}: there is no {'folder' if folder else 'file'} {path}")


def _check_answers(found: dict[str, Any], where: str) -> None:
    """Refuse answers where they mean nothing, or where scripts would find them."""
    if found.get("salt") and "bundled" not in found:
        raise UsageError(f"{where}: key 'salt' goes with a bundled task")
    if "answers" not in found:
        return
    if "folder" not in found:
        raise UsageError(f"{where}: key 'answers' goes with a folder; bundled tasks know their own")
    if Path(found["answers"]).resolve().is_relative_to(Path(found["folder"]).resolve()):
        raise UsageError(
            f"{where}: key 'answers': {found['answers']} lies in the task's folder, whose files scripts may see; "
            "move it elsewhere"
        )


def write_suite(suite: Suite) -> bytes:
    """Return the TOML that reads as this suite, wherever it lies: all that was left open is filled in."""
    import tomli_w

    budget: dict[str, Any] = {
        "nodes": suite.budget.nodes,
        "tokens": AS + suite.tokens_as if suite.tokens_as else suite.budget.tokens,
        "time": suite.budget.wall_seconds,
        "execution_time": suite.budget.execution_seconds,
    }
    run = suite.run
    tables = {
        "name": suite.name,
        "about": suite.about,
        "budget": budget,
        "run": {
            "parallel": run.parallel,
            "seeds": run.seeds,
            "retries": run.retries,
            "mlebench_dir": run.mlebench_dir or None,
            "mlebench_python": run.mlebench_python or None,
            **write_options(run.options),
        },
        "models": {
            n: {"model": m.model, "serve": m.serve, **write_options(m.options)} for n, m in suite.models.items()
        },
        "strategies": {
            n: {"strategy": s.strategy, "policy": s.policy, **write_options(s.options)}
            for n, s in suite.strategies.items()
        },
        "tasks": {n: _written_task(t) for n, t in suite.tasks.items()},
    }
    return tomli_w.dumps(_plain(tables)).encode()


def _written_task(task: SuiteTask) -> dict[str, Any]:
    keys = (*_TASK_KINDS, "answers", "leaderboard")
    return {key: getattr(task, key) for key in keys} | {"salt": task.salt, **write_options(task.options)}


def _plain(value: Any) -> Any:
    """Return what TOML can hold: no None, lists for tuples."""
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items() if v is not None}
    return list(value) if isinstance(value, tuple) else value
